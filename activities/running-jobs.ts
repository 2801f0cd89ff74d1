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

export const createRunningJobsActivities = ({ connection: find, open, cancel }: RunningJobsPorts) => ({
  /**
   * Cancels whatever runs for a connection and returns the ids of what ran. Knows what to cancel from PostgreSQL and from how job ids are made,
   * never from a visibility list, which lags behind. Safe to repeat.
   */
  cancelRuns: ({
    connection,
    syncs,
  }: {
    readonly connection: string;
    readonly syncs: readonly string[];
  }): Promise<readonly string[]> =>
    named(async () => {
      const { connectionId } = await find(connection);
      const known = await open(connectionId);
      // Syncs first: one that loses a job must not start the next.
      const ids = [...new Set([...syncs, ...known.syncs]), ...known.jobs.map((job) => jobWorkflowId(connection, job))];
      const cancelled: string[] = [];
      for (const id of ids) if (await cancel(id)) cancelled.push(id);
      return cancelled;
    }),

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
});
