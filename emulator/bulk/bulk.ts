import type { Pool } from 'pg';
import { createFinishedResults, type FinishedResults } from './finished-results.ts';
import { createJobRunner, type JobRunner, type JobRunnerDeps } from './job-runner.ts';
import { createJobStore, type JobStore } from './job-store.ts';

/** The Bulk API of one emulator. */
export interface Bulk {
  readonly store: JobStore;
  readonly runner: JobRunner;
  readonly results: FinishedResults;
}

/** Opens the Bulk API and begins unfinished jobs of an earlier process anew. */
export async function openBulk(pool: Pool, deps: Omit<JobRunnerDeps, 'store'>): Promise<Bulk> {
  const store = createJobStore(pool);
  const runner = createJobRunner({ ...deps, store });
  for (const job of await store.unfinished()) await runner.start(job);
  return { store, runner, results: createFinishedResults(store, runner.folderOf) };
}
