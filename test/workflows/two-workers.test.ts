import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobWorkflowId } from '../../domain/names.ts';
import { NO_ROWS, type RunSummary } from '../../domain/run.ts';
import { testTemporal } from '../support/temporal.ts';
import { gate, succeedingJobs, type Activities } from './fake-activities.ts';
import { withWorker } from './with-worker.ts';

const { client, unique } = await testTemporal();
const PAGES = 6;

test('two workers share the pages of one job, each page once', async () => {
  const loaded: { worker: string; page: number }[] = [];
  const both = gate();
  let begun = 0;
  const activitiesOf = (worker: string): Partial<Activities> => ({
    ...succeedingJobs,
    extract: async () => ({ strategy: 'bulk', next: 'await-bulk', rowsExpected: 300_000, firstPage: 0 }),
    awaitBulk: async () => ({ pages: PAGES }),
    async loadPage({ page }) {
      loaded.push({ worker, page });
      begun += 1;
      // The first two pages end together, and each worker carries out one activity at a time: neither can have loaded both.
      if (begun === 2) both.open();
      await both.opened;
      return { counts: { ...NO_ROWS, read: 1 }, hasNext: page < PAGES - 1 };
    },
  });
  const summary = await withWorker(
    activitiesOf('one'),
    async ({ taskQueue }) => {
      const connection = unique('acme');
      return (await client.workflow.execute('companySync', {
        taskQueue,
        workflowId: jobWorkflowId(connection, 'company-sync'),
        args: [{ connection, job: 'company-sync', searchable: true }],
      })) as RunSummary;
    },
    { beside: [activitiesOf('other')], activitySlots: 1 },
  );
  assert.equal(summary.status, 'success');
  assert.deepEqual(loaded.map(({ page }) => page).sort(), [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(new Set(loaded.slice(0, 2).map(({ worker }) => worker)), new Set(['one', 'other']));
});
