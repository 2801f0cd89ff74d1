import { MooringError } from '../domain/errors.ts';
import type { ConnectionState } from '../domain/lifecycle.ts';
import { jobWorkflowId } from '../domain/names.ts';
import { toFailure } from './to-failure.ts';

export interface RunningJobsPorts {
  readonly connection: (name: string) => Promise<{ readonly connectionId: string; readonly state: ConnectionState }>;
  /** Names of all jobs that the connection has or had, and ids of the syncs whose runs are open. */
  readonly open: (
    connectionId: string,
  ) => Promise<{ readonly jobs: readonly string[]; readonly syncs: readonly string[] }>;
  /** Asks a workflow to cancel; one that does not run is no error. Returns whether it ran. */
  readonly cancel: (workflowId: string) => Promise<boolean>;
  readonly isRunning: (workflowId: string) => Promise<boolean>;
}

/** How often a job that waits looks whether somebody has re-authorized: a look costs one query and no event. */
const LOOK_AGAIN_MS = 5_000;

export type RunningJobsActivities = ReturnType<typeof createRunningJobsActivities>;

async function named<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toFailure(error);
  }
}

/** What a sync of the connection may be called, and its jobs. */
export interface RunsOf {
  readonly connection: string;
  /** Syncs that the caller knows of, besides those whose runs PostgreSQL knows. */
  readonly syncs: readonly string[];
}

export const createRunningJobsActivities = ({ connection: find, open, cancel, isRunning }: RunningJobsPorts) => {
  /** Known from PostgreSQL and from how job ids are made, never from a visibility list, which lags behind. */
  const idsOf = async ({ connection, syncs }: RunsOf): Promise<readonly string[]> => {
    const { connectionId } = await find(connection);
    const known = await open(connectionId);
    // Syncs first: one that loses a job must not start the next.
    return [...new Set([...syncs, ...known.syncs]), ...known.jobs.map((job) => jobWorkflowId(connection, job))];
  };
  const those = async (ids: readonly string[], predicate: (id: string) => Promise<boolean>): Promise<string[]> => {
    const chosen: string[] = [];
    for (const id of ids) if (await predicate(id)) chosen.push(id);
    return chosen;
  };

  return {
    /** Cancels whatever runs for a connection and returns the ids of what ran. Safe to repeat. */
    cancelRuns: (runs: RunsOf): Promise<readonly string[]> => named(async () => those(await idsOf(runs), cancel)),

    /** Returns the ids of the connection's syncs and jobs that run now. Reads only. */
    findRunning: (runs: RunsOf): Promise<readonly string[]> => named(async () => those(await idsOf(runs), isRunning)),

    /**
     * Returns once the connection is authorized again; until then Temporal calls again. Reads only.
     *
     * @throws CONNECTION_NOT_AUTHORIZED when it was revoked or destroyed meanwhile: nobody will authorize the same run again
     */
    awaitAuthorization: ({ connection }: { readonly connection: string }): Promise<void> =>
      named(async () => {
        const { state } = await find(connection);
        if (state === 'active') return;
        if (state === 'reauthorization_required') {
          throw new MooringError(
            'REAUTHORIZATION_AWAITED',
            `Connection "${connection}" waits for somebody to re-authorize it.`,
            { retryAfterMs: LOOK_AGAIN_MS },
          );
        }
        throw new MooringError(
          'CONNECTION_NOT_AUTHORIZED',
          `Connection "${connection}" is ${state.replaceAll('_', ' ')}; its jobs do not go on.`,
        );
      }),
  };
};
