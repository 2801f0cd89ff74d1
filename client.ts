import {
  type Client,
  ServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { MooringError } from './domain/errors.ts';
import { connectionWorkflowId, jobWorkflowId, TASK_QUEUE } from './domain/names.ts';
import type { RunMode } from './domain/run.ts';
import {
  configure,
  oauthCallback,
  pauseSchedule,
  resumeSchedule,
  runJobs,
  status,
  type ConnectionStatus,
} from './workflows/messages.ts';
import type { connection as connectionWorkflow } from './workflows/connection.ts';
import type { SyncResult } from './workflows/sync-run.ts';

export interface MooringClientDeps {
  readonly client: Client;
  readonly taskQueue?: string;
  /** Whether the server has Mooring's search attributes. */
  readonly searchable?: boolean;
}

const connectionKey = defineSearchAttributeKey('MooringConnection', 'KEYWORD');

/** How long a command waits for a worker before it says that there is none. */
const WORKER_PATIENCE_MS = 10_000;

/** What the outside does to a running system through Temporal. Commands that need a worker answer within seconds when there is none. */
export function createMooringClient({ client, taskQueue = TASK_QUEUE, searchable = false }: MooringClientDeps) {
  const handle = (connection: string) =>
    client.workflow.getHandle<typeof connectionWorkflow>(connectionWorkflowId(connection));

  const asked = async <T>(connection: string, ask: () => Promise<T>): Promise<T> => {
    try {
      return await client.withDeadline(Date.now() + WORKER_PATIENCE_MS, ask);
    } catch (error) {
      throw named(error, connection);
    }
  };

  return {
    /** Starts the connection's workflow, or does nothing when it runs. */
    async startConnection(connection: string): Promise<void> {
      try {
        await client.workflow.start<typeof connectionWorkflow>('connection', {
          workflowId: connectionWorkflowId(connection),
          taskQueue,
          args: [{ connection, searchable }],
          staticSummary: `Connection ${connection} to Salesforce`,
          ...(searchable ? { typedSearchAttributes: [{ key: connectionKey, value: connection }] } : {}),
        });
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw named(error, connection);
      }
    },

    /** Tells the workflow that PostgreSQL holds a new configuration, and returns what is in force. */
    configure: (connection: string): Promise<ConnectionStatus> =>
      asked(connection, () => handle(connection).executeUpdate(configure)),

    /** Starts a sync and returns its workflow id. */
    runJobs: (connection: string, choice: { jobs?: readonly string[]; mode?: RunMode }): Promise<{ syncId: string }> =>
      asked(connection, () => handle(connection).executeUpdate(runJobs, { args: [choice] })),

    pauseSchedules: (connection: string, name?: string): Promise<readonly string[]> =>
      asked(connection, () =>
        handle(connection).executeUpdate(pauseSchedule, { args: [name === undefined ? {} : { name }] }),
      ),

    resumeSchedules: (connection: string, name?: string): Promise<readonly string[]> =>
      asked(connection, () =>
        handle(connection).executeUpdate(resumeSchedule, { args: [name === undefined ? {} : { name }] }),
      ),

    status: (connection: string): Promise<ConnectionStatus> =>
      asked(connection, () => handle(connection).query(status)),

    /** Wakes the connection: a consent waits to be exchanged. */
    signalConsent: (connection: string, attemptId: string): Promise<void> =>
      asked(connection, () => handle(connection).signal(oauthCallback, { attemptId })),

    /** Waits for a sync to end. */
    syncResult: (syncId: string): Promise<SyncResult> =>
      client.workflow.getHandle(syncId).result() as Promise<SyncResult>,

    /** Whether somebody runs the job now. */
    async isJobRunning(connection: string, job: string): Promise<boolean> {
      try {
        const { status: state } = await client.workflow.getHandle(jobWorkflowId(connection, job)).describe();
        return state.name === 'RUNNING';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      }
    },
  };
}

export type MooringClient = ReturnType<typeof createMooringClient>;

const UNAVAILABLE = 14;
const DEADLINE_EXCEEDED = 4;

const grpcCode = (error: unknown): number | undefined => {
  const cause = error instanceof ServiceError ? error.cause : error;
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'number' ? cause.code : undefined;
};

/** Names what Temporal throws at us. */
function named(error: unknown, connection: string): unknown {
  if (error instanceof WorkflowUpdateFailedError) {
    return new MooringError('REFUSED', error.cause?.message ?? error.message, { cause: error });
  }
  if (error instanceof WorkflowNotFoundError) {
    return new MooringError(
      'CONNECTION_UNKNOWN',
      `Connection "${connection}" is not deployed. Run: mooring apply DIR`,
      { cause: error },
    );
  }
  const code = grpcCode(error);
  if (code === DEADLINE_EXCEEDED) {
    return new MooringError(
      'NO_WORKER',
      `Connection "${connection}" did not answer within ${WORKER_PATIENCE_MS / 1000} seconds: no worker seems to run. Start one: mooring worker`,
      { cause: error },
    );
  }
  if (code === UNAVAILABLE) {
    return new MooringError(
      'TEMPORAL_UNREACHABLE',
      'Temporal cannot be reached. Check TEMPORAL_ADDRESS, or start everything with: mooring dev',
      {
        cause: error,
      },
    );
  }
  return error;
}
