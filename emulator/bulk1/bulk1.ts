import { join } from 'node:path';
import type { Pool } from 'pg';
import { MESSAGES } from '../error-strings.ts';
import { createAsyncStore, type AsyncStore } from './async-store.ts';
import { createBatchRunner, type BatchRunner, type BatchRunnerDeps } from './batch-runner.ts';

/** Bulk API 1.0 of one emulator. */
export interface Bulk1 {
  readonly store: AsyncStore;
  readonly runner: BatchRunner;
  /** Folder of all results. */
  readonly dataDir: string;
}

/** Opens Bulk API 1.0: begins batches that wait for it, and ends those whose changes an earlier process was torn from. */
export async function openBulk1(
  pool: Pool,
  { dataDir: resultsDir, ...deps }: Omit<BatchRunnerDeps, 'pool' | 'store'>,
): Promise<Bulk1> {
  const dataDir = join(resultsDir, 'async');
  const store = createAsyncStore(pool);
  const runner = createBatchRunner({ ...deps, pool, store, dataDir });
  for (const { job, batch } of await store.takeUnfinished(MESSAGES.interrupted)) runner.start(job, batch);
  return { store, runner, dataDir };
}
