import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { activityInfo, heartbeat, sleep } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { jobWorkflowId } from '../../domain/names.ts';
import { NO_ROWS, type RunSummary } from '../../domain/run.ts';
import { testTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import { failure, outage, succeedingJobs, summaryOf, type Activities } from './fake-activities.ts';
import { withWorker } from './with-worker.ts';

const { client, unique } = await testTemporal();

const LOADED = { counts: { ...NO_ROWS, read: 1 }, hasNext: true };

type End = Parameters<Activities['finishRun']>[0]['end'];

interface Ran {
  readonly summary: RunSummary;
  readonly ends: readonly End[];
  readonly handle: WorkflowHandle;
}

/** Runs Company Sync over fakes. `beside` happens while it runs. */
async function runJob(
  activities: Partial<Activities>,
  { type = 'companySync', beside }: { type?: string; beside?: (handle: WorkflowHandle) => Promise<void> } = {},
): Promise<Ran> {
  const connection = unique('acme');
  const ends: End[] = [];
  const finishRun: Activities['finishRun'] = async (input) => {
    ends.push(input.end);
    return succeedingJobs.finishRun(input);
  };
  return withWorker({ ...succeedingJobs, finishRun, ...activities }, async ({ taskQueue }) => {
    const handle = await client.workflow.start(type, {
      taskQueue,
      workflowId: jobWorkflowId(connection, 'company-sync'),
      args: [{ connection, job: 'company-sync', searchable: true }],
    });
    await beside?.(handle);
    return { summary: (await handle.result()) as RunSummary, ends, handle };
  });
}

const restPages: Activities['extract'] = async () => ({
  strategy: 'rest',
  next: 'load-pages',
  rowsExpected: 9_000,
  firstPage: 0,
});
const bulkPages = (pages: number): Partial<Activities> => ({
  extract: async () => ({ strategy: 'bulk', next: 'await-bulk', rowsExpected: pages * 50_000, firstPage: 0 }),
  awaitBulk: async () => ({ pages }),
});

test('one small page is loaded by extract alone', async () => {
  const { summary, ends } = await runJob({
    loadPage: () => Promise.reject(failure('USAGE', 'There is no second page.')),
  });
  assert.equal(summary.status, 'success');
  assert.deepEqual(ends, [{ status: 'success' }]);
});

test('a job with nothing to do is three activities and forty events at most', async () => {
  const { handle } = await runJob({
    extract: async () => ({ strategy: 'rest', next: 'done', rowsExpected: 0, firstPage: 0 }),
  });
  const { events } = await handle.fetchHistory();
  const activities = (events ?? []).filter((event) => event.activityTaskScheduledEventAttributes);
  assert.equal(activities.length, 3);
  assert.ok((events ?? []).length <= 40, `${String(events?.length)} events`);
});

test('REST pages are walked from the second on, one after the other, until there is no next', async () => {
  const pages: number[] = [];
  let atOnce = 0;
  const { summary } = await runJob({
    extract: restPages,
    async loadPage({ page }) {
      atOnce += 1;
      assert.equal(atOnce, 1);
      pages.push(page);
      await sleep(20);
      atOnce -= 1;
      return { ...LOADED, hasNext: page < 4 };
    },
  });
  assert.equal(summary.status, 'success');
  assert.deepEqual(pages, [1, 2, 3, 4]);
});

test('Bulk pages load in two lanes, each page once', async () => {
  const pages: number[] = [];
  let atOnce = 0;
  let most = 0;
  const { summary } = await runJob({
    ...bulkPages(7),
    async loadPage({ page }) {
      atOnce += 1;
      most = Math.max(most, atOnce);
      pages.push(page);
      await sleep(50);
      atOnce -= 1;
      return { ...LOADED, hasNext: page < 6 };
    },
  });
  assert.equal(summary.status, 'success');
  assert.deepEqual([...pages].sort(), [0, 1, 2, 3, 4, 5, 6]);
  assert.equal(most, 2);
});

for (const { expected, loads } of [
  { expected: 0, loads: 1 },
  { expected: 2, loads: 5 },
  { expected: 6, loads: 4 },
]) {
  test(`a Bulk job that is expected to have ${expected} pages and has ${loads} loads those`, async () => {
    const pages: number[] = [];
    const { summary, handle } = await runJob({
      ...bulkPages(expected),
      async loadPage({ page }) {
        if (page < loads) pages.push(page);
        return { ...LOADED, hasNext: page < loads - 1 };
      },
    });
    assert.equal(summary.status, 'success');
    assert.deepEqual(
      pages.sort(),
      Array.from({ length: loads }, (_, page) => page),
    );
    const { raw } = await handle.describe();
    const events = Number(raw.workflowExecutionInfo?.historyLength);
    assert.ok(events <= 40 + 6 * Math.max(loads, expected), `${events} events`);
  });
}

test('a Bulk job that is not ready yet is asked about again', async () => {
  const attempts: number[] = [];
  const { summary } = await runJob({
    ...bulkPages(1),
    async awaitBulk() {
      const { attempt } = activityInfo();
      attempts.push(attempt);
      if (attempt < 4) throw outage('SF_BULK_JOB_RUNNING');
      return { pages: 1 };
    },
  });
  assert.equal(summary.status, 'success');
  assert.deepEqual(attempts, [1, 2, 3, 4]);
});

test('the first page that fails cancels the one beside it, and the run ends failed with its code', async () => {
  const pages: number[] = [];
  let isCancelled = false;
  const { summary, ends } = await runJob({
    ...bulkPages(50),
    async loadPage({ page }) {
      pages.push(page);
      if (page === 3) {
        await until('the page beside it loads', () => pages.includes(4));
        throw failure('SF_PAGE_INCOMPLETE', 'Page 4 of the result is incomplete.');
      }
      if (page < 3) return LOADED;
      try {
        for (;;) {
          heartbeat();
          await sleep(50);
        }
      } catch (error) {
        isCancelled = true;
        throw error;
      }
    },
  });
  assert.deepEqual([summary.status, summary.errorCode], ['failed', 'SF_PAGE_INCOMPLETE']);
  assert.deepEqual(ends, [
    { status: 'failed', errorCode: 'SF_PAGE_INCOMPLETE', errorMessage: 'Page 4 of the result is incomplete.' },
  ]);
  assert.equal(isCancelled, true);
  assert.deepEqual(pages.sort(), [0, 1, 2, 3, 4]);
});

test('a page whose database is away is loaded once it is back', async () => {
  const attempts: number[] = [];
  const { summary } = await runJob({
    ...bulkPages(1),
    async loadPage() {
      const { attempt } = activityInfo();
      attempts.push(attempt);
      if (attempt < 3) throw outage('PG_UNREACHABLE');
      return { ...LOADED, hasNext: false };
    },
  });
  assert.equal(summary.status, 'success');
  assert.deepEqual(attempts, [1, 2, 3]);
});

/** Loads pages until the org forgets where they are, so many times. */
function forgetful(times: number): { readonly log: string[]; readonly activities: Partial<Activities> } {
  const log: string[] = [];
  let left = times;
  const lost = (): Error => failure('SF_CURSOR_LOST', 'The locator has expired.');
  return {
    log,
    activities: {
      beginRun: async (input) => ({ ...(await succeedingJobs.beginRun(input)), readings: 2 }),
      async extract({ reading }) {
        log.push(`asks for ${reading}`);
        return { strategy: 'rest', next: 'load-pages', rowsExpected: 9_000, firstPage: 10 * log.length };
      },
      async loadPage({ page }) {
        left -= 1;
        if (left >= 0) throw lost();
        log.push(`loads ${page}`);
        return { ...LOADED, hasNext: false };
      },
      async restartReading() {
        log.push('starts over');
      },
    },
  };
}

test('a reading that the org has forgotten starts over, and what comes after it is read as well', async () => {
  const { log, activities } = forgetful(2);
  const { summary } = await runJob(activities);
  assert.equal(summary.status, 'success');
  assert.deepEqual(log, [
    ...['asks for 0', 'starts over', 'asks for 0', 'starts over', 'asks for 0', 'loads 51'],
    ...['asks for 1', 'loads 71'],
  ]);
});

test('a job that must not spend more calls waits by a timer, says so, and is cancelled at once', async () => {
  const words = 'Of the 5,000 API calls 4,600 are used.';
  const timers: unknown[] = [];
  let details = '';
  const { ends } = await runJob(
    { extract: () => Promise.reject(failure('SF_BUDGET_SPENT', words)) },
    {
      async beside(handle) {
        await until('it waits', async () => {
          const { events } = await handle.fetchHistory();
          timers.push(
            ...(events ?? []).flatMap(({ timerStartedEventAttributes: timer }) => timer?.startToFireTimeout ?? []),
          );
          return timers.length > 0;
        });
        details = await handle.query('__temporal_workflow_metadata').then((metadata) => JSON.stringify(metadata));
        await handle.cancel();
      },
    },
  );
  assert.equal(Number((timers[0] as { seconds: unknown }).seconds), 15 * 60);
  assert.match(details, /Waiting: Of the 5,000 API calls/);
  assert.deepEqual(
    ends.map(({ status }) => status),
    ['cancelled'],
  );
});

test('a reading that starts over again and again ends the run, and says why', async () => {
  const { log, activities } = forgetful(Number.POSITIVE_INFINITY);
  const { ends } = await runJob(activities);
  assert.equal(log.filter((line) => line === 'starts over').length, 5);
  assert.deepEqual(ends, [{ status: 'failed', errorCode: 'SF_CURSOR_LOST', errorMessage: 'The locator has expired.' }]);
});

test('a run that a revoke fenced off ends cancelled, not failed', async () => {
  const { ends } = await runJob({
    ...bulkPages(2),
    loadPage: () => Promise.reject(failure('FENCED', 'A newer run of the job has begun.')),
  });
  assert.deepEqual(ends, [
    { status: 'cancelled', errorCode: 'FENCED', errorMessage: 'A newer run of the job has begun.' },
  ]);
});

test('a job that is cancelled while it loads finishes its run as cancelled, once its pages have stopped', async () => {
  let isLoading = false;
  const order: string[] = [];
  const ends: End[] = [];
  const { summary } = await runJob(
    {
      ...bulkPages(2),
      async loadPage() {
        isLoading = true;
        try {
          for (;;) {
            heartbeat();
            await sleep(50);
          }
        } catch (error) {
          await delay(500); // a transaction takes a moment to roll back
          order.push('page stops');
          throw error;
        }
      },
      async finishRun(input) {
        order.push('run is finished');
        ends.push(input.end);
        return succeedingJobs.finishRun(input);
      },
    },
    {
      async beside(handle) {
        await until('a page loads', () => isLoading);
        await handle.cancel();
      },
    },
  );
  assert.equal(summary.status, 'cancelled');
  assert.deepEqual(ends, [{ status: 'cancelled', errorCode: 'CANCELLED', errorMessage: 'The run was cancelled.' }]);
  assert.deepEqual(order, ['page stops', 'page stops', 'run is finished']);
});

test('a job that waits for Salesforce is cancelled at once', async () => {
  let isWaiting = false;
  const awaitBulk = (): Promise<never> => {
    isWaiting = true;
    return Promise.reject(outage('SF_BULK_JOB_RUNNING'));
  };
  const { ends } = await runJob(
    { ...bulkPages(2), awaitBulk },
    {
      async beside(handle) {
        await until('it waits', () => isWaiting);
        await handle.cancel();
      },
    },
  );
  assert.deepEqual(
    ends.map(({ status }) => status),
    ['cancelled'],
  );
});

test('a job that is cancelled while it begins still finishes the run that it began', async () => {
  let hasBegun = false;
  const { ends } = await runJob(
    {
      async beginRun(input) {
        hasBegun = true;
        await delay(1_000);
        return succeedingJobs.beginRun(input);
      },
    },
    {
      async beside(handle) {
        await until('it begins', () => hasBegun);
        await handle.cancel();
      },
    },
  );
  assert.deepEqual(
    ends.map(({ status }) => status),
    ['cancelled'],
  );
});

test('a run is finished although the database is away when it ends', async () => {
  const attempts: number[] = [];
  const { summary } = await runJob({
    async finishRun(input) {
      const { attempt } = activityInfo();
      attempts.push(attempt);
      if (attempt < 4) throw outage('PG_UNREACHABLE');
      return succeedingJobs.finishRun(input);
    },
  });
  assert.equal(summary.status, 'success');
  assert.deepEqual(attempts, [1, 2, 3, 4]);
});

test('a job that must not begin ends with the summary that says why, and finishes no run', async () => {
  const reason = 'Connection "acme" is revoked.';
  const { summary, ends } = await runJob({
    beginRun: async ({ job }) => ({ summary: summaryOf(job, { status: 'skipped', reason }) }),
  });
  assert.deepEqual([summary.status, summary.reason, ends], ['skipped', reason, []]);
});

for (const type of [
  'picklistSync',
  'userSync',
  'companyPersonSync',
  'relationshipTypeSync',
  'relationshipSync',
  'customSync',
]) {
  test(`${type} begins a run, does its work and finishes it`, async () => {
    const begun: unknown[] = [];
    const { ends, summary } = await runJob(
      {
        beginRun(input) {
          begun.push(input.workflowRunId);
          return succeedingJobs.beginRun(input);
        },
      },
      { type },
    );
    assert.deepEqual([begun.length, ends, summary.status], [1, [{ status: 'success' }], 'success']);
  });
}

test('picklists that the org lacks fail the run with the reason', async () => {
  const { ends } = await runJob(
    { loadPicklists: () => Promise.reject(failure('SF_FIELD_UNKNOWN', 'The org has no picklist "X.Y".')) },
    { type: 'picklistSync' },
  );
  assert.deepEqual(ends, [
    { status: 'failed', errorCode: 'SF_FIELD_UNKNOWN', errorMessage: 'The org has no picklist "X.Y".' },
  ]);
});

for (const strategy of ['rest', 'bulk'] as const) {
  test(`a job of more than 500 ${strategy} pages continues as new and loads each page once`, async () => {
    const PAGES = 503;
    const pages: number[] = [];
    const runs = new Set<unknown>();
    const begun: string[] = [];
    const { summary, ends, handle } = await runJob({
      ...(strategy === 'bulk' ? bulkPages(PAGES) : { extract: restPages }),
      beginRun(input) {
        begun.push(input.workflowRunId);
        return succeedingJobs.beginRun(input);
      },
      async loadPage({ page }) {
        pages.push(page);
        runs.add(activityInfo().workflowExecution?.runId);
        return { ...LOADED, hasNext: page < PAGES - 1 };
      },
    });
    const first = strategy === 'bulk' ? 0 : 1;
    const expected = Array.from({ length: PAGES - first }, (_, index) => index + first);
    assert.deepEqual(
      pages.sort((a, b) => a - b),
      expected,
    );
    assert.deepEqual([runs.size, begun.length, ends], [2, 1, [{ status: 'success' }]]);
    assert.equal(summary.status, 'success');
    const { raw } = await handle.describe();
    assert.ok(Number(raw.workflowExecutionInfo?.historyLength) < 100, 'the second history is short');
  });
}
