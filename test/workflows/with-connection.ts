import assert from 'node:assert/strict';
import { until } from '../support/until.ts';
import { testTemporal } from '../support/temporal.ts';
import { planOf, SIX_JOBS, succeedingJobs, type Activities, type FakeConnection } from './fake-activities.ts';
import { withWorker, type Server, type WorkerEnvironment } from './with-worker.ts';

export interface WithConnectionOptions {
  /** In place of the fake's and of jobs that succeed. */
  readonly activities?: Partial<Activities>;
  readonly server?: Server;
  /** With 0, ask seldom: a query that meets an eviction holds the workflow up for as long as a task may take (10 s). */
  readonly maxCachedWorkflows?: number;
}

/** Starts the workflow of a new connection over a fake, waits until it has loaded it, and sees that it lives when `work` is done. */
export async function withConnection(
  fake: FakeConnection,
  work: (name: string, environment: WorkerEnvironment) => Promise<void>,
  { activities, ...options }: WithConnectionOptions = {},
): Promise<void> {
  const { unique, searchable }: Server = options.server ?? (await testTemporal());
  const name = unique('acme');
  await withWorker(
    { ...fake.activities, ...succeedingJobs, planSync: planOf(SIX_JOBS, searchable), ...activities },
    async (environment) => {
      const { mooring, connectionOf } = environment;
      await mooring.startConnection(name);
      const isLoaded = async () => (await mooring.status(name)).revision > 0;
      await until('the connection is loaded', isLoaded, 60_000, options.maxCachedWorkflows === 0 ? 1000 : 20);
      await work(name, environment);
      assert.equal((await connectionOf(name).describe()).status.name, 'RUNNING', 'nothing may end a connection');
    },
    options,
  );
}
