import { setTimeout as delay } from 'node:timers/promises';
import {
  type Client,
  ServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type WorkflowUpdateHandle,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  WorkflowUpdateStage,
} from '@temporalio/client';
import { ApplicationFailure, defineSearchAttributeKey } from '@temporalio/common';
import type { DryRun } from './domain/dry-run.ts';
import { ERRORS, MooringError, type ErrorCode } from './domain/errors.ts';
import type { Examination } from './domain/examination.ts';
import { connectionWorkflowId, TASK_QUEUE } from './domain/names.ts';
import {
  configure,
  destroy,
  dryRun,
  examine,
  oauthCallback,
  pauseSchedule,
  resumeSchedule,
  revoke,
  runJobs,
  status,
  type ConnectionStatus,
  type DryRunChoice,
  type ExamineChoice,
  type SyncChoice,
} from './workflows/messages.ts';
import type { connection as connectionWorkflow } from './workflows/connection.ts';
import type { SyncResult } from './workflows/sync-run.ts';

export interface MooringClientDeps {
  readonly client: Client;
  readonly taskQueue?: string;
  /** Whether the server has Mooring's search attributes. */
  readonly searchable?: boolean;
  readonly patience?: Patience;
}

export interface Patience {
  /** How long a command waits for a worker before it says that there is none. */
  readonly workerMs: number;
  /** How long it waits for the answer once a worker has taken the request: work that came before it has to end first. */
  readonly answerMs: number;
}

const PATIENCE: Patience = { workerMs: 10_000, answerMs: 60_000 };

/** Reading and loading ten thousand rows takes seconds; 50,000 wide ones take minutes. */
const DRY_RUN_MS = 5 * 60_000;

const connectionKey = defineSearchAttributeKey('MooringConnection', 'KEYWORD');

const REACH_MS = 2_000;

const TAKEN = { waitForStage: WorkflowUpdateStage.ACCEPTED } as const;

/** How long an announced sync may take to start, and how often to look. */
const START_PATIENCE_MS = 10_000;
const START_LOOK_MS = 100;

/** What the outside does to a running system through Temporal. Commands that need a worker answer within seconds when there is none. */
export function createMooringClient({
  client,
  taskQueue = TASK_QUEUE,
  searchable = false,
  patience = PATIENCE,
}: MooringClientDeps) {
  const { workerMs, answerMs } = patience;
  const handle = (connection: string) =>
    client.workflow.getHandle<typeof connectionWorkflow>(connectionWorkflowId(connection));

  const asked = async <T>(connection: string, ask: () => Promise<T>): Promise<T> => {
    try {
      return await client.withDeadline(Date.now() + workerMs, ask);
    } catch (error) {
      if (!isTimeUp(error) || !(await isReachable())) throw named(error, connection);
      throw new MooringError(
        'NO_WORKER',
        `Connection "${connection}" did not answer within ${workerMs / 1000} seconds: no worker seems to run. Start one: mooring worker`,
        { cause: error },
      );
    }
  };

  /** The SDK repeats a request that found nobody until its time is up, so that both look alike. */
  const isReachable = (): Promise<boolean> =>
    client
      .withDeadline(Date.now() + REACH_MS, () => client.workflowService.getSystemInfo({}))
      .then(
        () => true,
        () => false,
      );

  /** In two steps: that the request is taken shows that a worker runs, and the answer may take longer than that. */
  const update = async <T>(
    connection: string,
    start: (workflow: ReturnType<typeof handle>) => Promise<WorkflowUpdateHandle<T>>,
    answerWithinMs = answerMs,
  ): Promise<T> => {
    const taken = await asked(connection, () => start(handle(connection)));
    try {
      return await client.withDeadline(Date.now() + answerWithinMs, () => taken.result());
    } catch (error) {
      if (!isTimeUp(error)) throw named(error, connection);
      throw new MooringError(
        'CONNECTION_BUSY',
        `Connection "${connection}" took the request and has not answered within ${answerWithinMs / 1000} seconds. It will do what was asked; its workflow "${connectionWorkflowId(connection)}" shows what it waits for.`,
        { cause: error },
      );
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
      update(connection, (workflow) => workflow.startUpdate(configure, TAKEN)),

    /** Checks a configuration against the connection's org, by a worker; changes nothing. */
    examine: (connection: string, choice: ExamineChoice): Promise<Examination> =>
      update(connection, (workflow) => workflow.startUpdate(examine, { ...TAKEN, args: [choice] })),

    /** Loads the first rows of a job and takes them back, by a worker. */
    dryRun: (connection: string, choice: DryRunChoice): Promise<DryRun> =>
      update(connection, (workflow) => workflow.startUpdate(dryRun, { ...TAKEN, args: [choice] }), DRY_RUN_MS),

    /** Ends the connection for good; refused while runs are active. */
    destroy: (connection: string): Promise<ConnectionStatus> =>
      update(connection, (workflow) => workflow.startUpdate(destroy, TAKEN)),

    /** Starts a sync and returns its workflow id. */
    runJobs: (connection: string, choice: SyncChoice): Promise<{ syncId: string }> =>
      update(connection, (workflow) => workflow.startUpdate(runJobs, { ...TAKEN, args: [choice] })),

    pauseSchedules: (connection: string, name?: string): Promise<readonly string[]> =>
      update(connection, (workflow) =>
        workflow.startUpdate(pauseSchedule, { ...TAKEN, args: [name === undefined ? {} : { name }] }),
      ),

    resumeSchedules: (connection: string, name?: string): Promise<readonly string[]> =>
      update(connection, (workflow) =>
        workflow.startUpdate(resumeSchedule, { ...TAKEN, args: [name === undefined ? {} : { name }] }),
      ),

    status: (connection: string): Promise<ConnectionStatus> =>
      asked(connection, async () => {
        const ask = () => handle(connection).query(status);
        try {
          return await client.withDeadline(Date.now() + workerMs / 3, ask);
        } catch (error) {
          if (!isTimeUp(error)) throw error;
          return ask(); // Temporal may lose a query that meets a workflow being evicted from a worker's cache
        }
      }),

    /** Wakes the connection: a consent waits to be exchanged. */
    signalConsent: (connection: string, attemptId: string): Promise<void> =>
      asked(connection, () => handle(connection).signal(oauthCallback, { attemptId })),

    /** Waits for a sync to end. One that has just been announced may not have started yet. */
    async syncResult(syncId: string): Promise<SyncResult> {
      for (const deadline = Date.now() + START_PATIENCE_MS; ;) {
        try {
          return (await client.workflow.getHandle(syncId).result()) as SyncResult;
        } catch (error) {
          if (error instanceof WorkflowFailedError) {
            const { code = 'RUN_LOST', message } = rootOf(error);
            throw new MooringError(code, `Sync "${syncId}" ended without a result: ${message}`, { cause: error });
          }
          if (!(error instanceof WorkflowNotFoundError) || Date.now() > deadline) throw error;
        }
        await delay(START_LOOK_MS);
      }
    },

    /** Asks a workflow to cancel, and returns whether it ran. */
    async cancel(workflowId: string): Promise<boolean> {
      const workflow = client.workflow.getHandle(workflowId);
      try {
        if ((await workflow.describe()).status.name !== 'RUNNING') return false;
        await workflow.cancel();
        return true;
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      }
    },

    /** Asks for the stop of everything; the workflow does it as soon as a worker runs. */
    signalRevoke: (connection: string, reason?: string): Promise<void> =>
      asked(connection, () => handle(connection).signal(revoke, reason === undefined ? {} : { reason })),

    /** Whether the workflow is under way now. */
    async isRunning(workflowId: string): Promise<boolean> {
      try {
        const { status: state } = await client.workflow.getHandle(workflowId).describe();
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
/** What a call comes to when its time is up while the SDK is about to repeat it. */
const CANCELLED = 1;

const grpcCode = (error: unknown): number | undefined => {
  const isWrapped = error instanceof ServiceError || error instanceof WorkflowUpdateRPCTimeoutOrCancelledError;
  const cause = isWrapped ? error.cause : error;
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'number' ? cause.code : undefined;
};

const isTimeUp = (error: unknown): boolean => [DEADLINE_EXCEEDED, CANCELLED].includes(grpcCode(error) ?? 0);

/** Temporal wraps what went wrong in where it went wrong; we want the innermost, which is ours more often than not. */
function rootOf(error: Error): { readonly code?: ErrorCode; readonly message: string } {
  if (error.cause instanceof Error) return rootOf(error.cause);
  const { message } = error;
  const type = error instanceof ApplicationFailure ? (error.type ?? '') : '';
  return Object.hasOwn(ERRORS, type) ? { code: type as ErrorCode, message } : { message };
}

/** Names what Temporal throws at us. */
function named(error: unknown, connection: string): unknown {
  if (error instanceof WorkflowUpdateFailedError) {
    const { code = 'REFUSED', message } = rootOf(error);
    return new MooringError(code, message, { cause: error });
  }
  if (error instanceof WorkflowNotFoundError) {
    return new MooringError(
      'CONNECTION_UNKNOWN',
      `Connection "${connection}" is not deployed. Run: mooring apply DIR`,
      { cause: error },
    );
  }
  const code = grpcCode(error);
  if (code === UNAVAILABLE || isTimeUp(error)) {
    return new MooringError(
      'TEMPORAL_UNREACHABLE',
      'Temporal cannot be reached. Check TEMPORAL_ADDRESS, or start everything with: mooring dev',
      { cause: error },
    );
  }
  return error;
}
