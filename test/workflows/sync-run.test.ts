import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heartbeat, sleep } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { jobWorkflowId, syncWorkflowId } from '../../domain/names.ts';
import type { RunSummary } from '../../domain/run.ts';
import { testTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import type { SyncInput, SyncResult } from '../../workflows/sync-run.ts';
import {
  failure,
  gate,
  jobOf,
  outage,
  planned,
  planOf,
  SIX_JOBS,
  succeedingJobs,
  summaryOf,
  type Activities,
} from './fake-activities.ts';
import { withWorker } from './with-worker.ts';

const { client, unique } = await testTemporal();

/** Starts a sync as the connection does. */
function startSync(
  taskQueue: string,
  input: Pick<SyncInput, 'connection'> & Partial<SyncInput>,
): Promise<WorkflowHandle> {
  return client.workflow.start('syncRun', {
    taskQueue,
    workflowId: syncWorkflowId(input.connection, unique('sync')),
    args: [{ trigger: 'manual', ...input }],
  });
}

const resultOf = (sync: WorkflowHandle): Promise<SyncResult> => sync.result() as Promise<SyncResult>;

/** Runs a whole sync over fakes, alone on a worker. */
async function sync(
  activities: Partial<Activities>,
  input: Partial<SyncInput> = {},
): Promise<{ ends: Record<string, string>; jobs: readonly RunSummary[]; connection: string }> {
  const connection = unique('acme');
  return withWorker({ ...succeedingJobs, ...activities }, async ({ taskQueue }) => {
    const { jobs } = await resultOf(await startSync(taskQueue, { connection, ...input }));
    return { jobs, connection, ends: Object.fromEntries(jobs.map(({ job, status }) => [job, status])) };
  });
}

test('what the jobs of an org ask for is dealt out fairly between orgs', async () => {
  const { connection } = await sync({
    planSync: async () => ({ jobs: [planned('user-sync')], searchable: true, org: '00D000000000001AAA' }),
  });
  const { events } = await client.workflow.getHandle(jobWorkflowId(connection, 'user-sync')).fetchHistory();
  const priority = events?.[0]?.workflowExecutionStartedEventAttributes?.priority;
  assert.equal(priority?.fairnessKey, '00D000000000001AAA');
});

/** Notes when each job begins and ends; a job lasts until all that may run beside it has begun, or a moment. */
function diary() {
  const log: string[] = [];
  return {
    log,
    before: (first: string, then: string): boolean => log.indexOf(first) >= 0 && log.indexOf(first) < log.indexOf(then),
    activities: {
      async beginRun(input: Parameters<Activities['beginRun']>[0]) {
        log.push(`${input.job} begins`);
        return succeedingJobs.beginRun(input);
      },
      async finishRun(input: Parameters<Activities['finishRun']>[0]) {
        log.push(`${jobOf(input.runId)} ends`);
        return succeedingJobs.finishRun(input);
      },
    },
  };
}

test('the six jobs run in the order of their dependencies, and those side by side that may', async () => {
  const { log, before, activities } = diary();
  const both = gate();
  const extract: Activities['extract'] = async ({ runId, reading }) => {
    // Neither of these two goes on before the other has come as far.
    if (['company-person-sync', 'relationship-type-sync'].includes(jobOf(runId))) {
      if (log.includes('company-person-sync begins') && log.includes('relationship-type-sync begins')) both.open();
      await both.opened;
    }
    return succeedingJobs.extract({ runId, reading });
  };
  const { ends, jobs } = await sync({ planSync: planOf(SIX_JOBS), ...activities, extract });
  assert.deepEqual(
    jobs.map(({ job }) => job),
    SIX_JOBS.map(({ name }) => name),
  );
  assert.ok(Object.values(ends).every((status) => status === 'success'));
  for (const { name, after } of SIX_JOBS)
    for (const first of after)
      assert.ok(before(`${first} ends`, `${name} begins`), `${first} before ${name}: ${log.join()}`);
});

test('a sync of some jobs does not wait for dependencies that it does not run', async () => {
  const { ends } = await sync({ planSync: planOf(SIX_JOBS) }, { jobs: ['relationship-sync', 'user-sync'] });
  assert.deepEqual(ends, { 'user-sync': 'success', 'relationship-sync': 'success' });
});

test('what comes after a failed job is skipped with the reason, all the way down; the rest of a diamond runs', async () => {
  const plan = [
    planned('top'),
    planned('left', 'top'),
    planned('right', 'top'),
    planned('bottom', 'left', 'right'),
    planned('tail', 'bottom'),
  ];
  const extract: Activities['extract'] = async ({ runId, reading }) => {
    if (jobOf(runId) === 'left') throw failure('SF_QUERY_REFUSED', 'Salesforce refused the query.');
    return succeedingJobs.extract({ runId, reading });
  };
  const { ends, jobs } = await sync({ planSync: planOf(plan), extract });
  assert.deepEqual(ends, { top: 'success', left: 'failed', right: 'success', bottom: 'skipped', tail: 'skipped' });
  const reasons = Object.fromEntries(jobs.map(({ job, reason, errorCode }) => [job, [errorCode, reason]]));
  assert.deepEqual(reasons['left'], ['SF_QUERY_REFUSED', 'Salesforce refused the query.']);
  assert.deepEqual(reasons['bottom'], [undefined, 'Job "left", which it comes after, ended failed.']);
  assert.deepEqual(reasons['tail'], [undefined, 'Job "bottom", which it comes after, was skipped.']);
});

test('a job that cannot begin fails with the reason, and one that the org does not offer holds nobody back', async () => {
  const plan = [planned('absent'), planned('next', 'absent'), planned('broken')];
  const { ends, jobs } = await sync({
    planSync: planOf(plan),
    async beginRun(input) {
      if (input.job === 'absent')
        return {
          summary: summaryOf('absent', {
            status: 'skipped',
            reason: 'The org has no object "X".',
            errorCode: 'SF_OBJECT_UNKNOWN',
          }),
        };
      if (input.job === 'broken') throw failure('SF_FIELD_UNKNOWN', 'There is no field "Y".');
      return succeedingJobs.beginRun(input);
    },
  });
  assert.deepEqual(ends, { absent: 'skipped', next: 'success', broken: 'failed' });
  assert.deepEqual(
    jobs.filter(({ job }) => job === 'broken').map(({ errorCode, reason }) => [errorCode, reason]),
    [['SF_FIELD_UNKNOWN', 'There is no field "Y".']],
  );
});

test('a partial success holds nobody back', async () => {
  const { ends } = await sync({
    planSync: planOf([planned('first'), planned('second', 'first')]),
    finishRun: async ({ runId }) => summaryOf(jobOf(runId), { status: 'partial_success', rejected: 1 }),
  });
  assert.deepEqual(ends, { first: 'partial_success', second: 'partial_success' });
});

test('who waits for success is skipped after rejects, with the reason; who runs after any end runs', async () => {
  const plan = [
    planned('partly'),
    { ...planned('strict', 'partly'), onDependency: 'success' as const },
    planned('next', 'strict'),
    { ...planned('always', 'strict', 'broken'), onDependency: 'any' as const },
    planned('broken'),
  ];
  const extract: Activities['extract'] = async ({ runId, reading }) => {
    if (jobOf(runId) === 'broken') throw failure('SF_QUERY_REFUSED', 'Salesforce refused the query.');
    return succeedingJobs.extract({ runId, reading });
  };
  const { ends, jobs } = await sync({
    planSync: planOf(plan),
    extract,
    finishRun: async (input) =>
      jobOf(input.runId) === 'partly'
        ? summaryOf('partly', { status: 'partial_success', rejected: 1 })
        : succeedingJobs.finishRun(input),
  });
  assert.deepEqual(ends, {
    ...{ partly: 'partial_success', strict: 'skipped', next: 'skipped', always: 'success', broken: 'failed' },
  });
  assert.deepEqual(
    jobs.flatMap(({ status, reason }) => (status === 'skipped' ? [reason] : [])),
    [
      'Job "partly", which it comes after, ended with rejects, and "onDependency: success" waits for all rows.',
      'Job "strict", which it comes after, was skipped.',
    ],
  );
});

test('a cancelled sync starts nothing more, not even what runs after any end', async () => {
  const connection = unique('acme');
  let isLoading = false;
  const begun: string[] = [];
  const activities: Partial<Activities> = {
    ...succeedingJobs,
    planSync: planOf([planned('user-sync'), { ...planned('company-sync', 'user-sync'), onDependency: 'any' }]),
    async beginRun(input) {
      begun.push(input.job);
      return succeedingJobs.beginRun(input);
    },
    extract: async () => ({ strategy: 'rest', next: 'load-pages', rowsExpected: 5000, firstPage: 0 }),
    async loadPage() {
      isLoading = true;
      return loadsForEver();
    },
  };
  await withWorker(activities, async ({ taskQueue }) => {
    const running = await startSync(taskQueue, { connection });
    await until('a page loads', () => isLoading);
    await running.cancel();
    const { jobs } = await resultOf(running);
    assert.deepEqual([jobs.map(({ status }) => status), begun], [['cancelled', 'cancelled'], ['user-sync']]);
  });
});

test('a refused sync skips every job with the refusal', async () => {
  const refusal = 'Connection "acme" is revoked; no job of it may run.';
  const { jobs } = await sync({ planSync: async () => ({ jobs: ['user-sync', 'company-sync'], refusal }) });
  assert.deepEqual(
    jobs.map(({ job, status, reason }) => [job, status, reason]),
    [
      ['user-sync', 'skipped', refusal],
      ['company-sync', 'skipped', refusal],
    ],
  );
});

test('jobs are children with the ids, types, summaries and search attributes that people look for', async () => {
  const { connection } = await sync({ planSync: planOf(SIX_JOBS) });
  const types: Record<string, string> = {};
  for (const { name } of SIX_JOBS) {
    const child = await client.workflow.getHandle(jobWorkflowId(connection, name)).describe();
    types[name] = child.type;
    assert.equal(child.status.name, 'COMPLETED');
    assert.equal(await child.staticSummary(), `${name}: Thing → model.${name.replaceAll('-', '_')}`);
    assert.equal(child.parentExecution?.workflowId?.startsWith(`sync/${connection}/`), true);
    const attributes = Object.fromEntries(
      child.typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]),
    );
    assert.deepEqual(
      [attributes['MooringConnection'], attributes['MooringJob'], attributes['MooringState']],
      [connection, name, 'success'],
    );
  }
  assert.deepEqual(types, {
    'picklist-sync': 'picklistSync',
    'user-sync': 'userSync',
    'company-sync': 'companySync',
    'company-person-sync': 'companyPersonSync',
    'relationship-type-sync': 'relationshipTypeSync',
    'relationship-sync': 'relationshipSync',
  });
});

/** A first sync holds the job until `release`; the second is started while it does. */
async function whileRunning(
  second: Partial<SyncInput>,
  release: (moment: { open: () => void; waits: () => boolean; second: WorkflowHandle }) => Promise<void>,
) {
  const connection = unique('acme');
  const { open, opened } = gate();
  let begun = 0;
  let hasLooked = false;
  const running = async (): Promise<boolean> =>
    (await client.workflow.getHandle(jobWorkflowId(connection, 'user-sync')).describe()).status.name === 'RUNNING';
  const activities: Partial<Activities> = {
    ...succeedingJobs,
    planSync: planOf([planned('user-sync')]),
    async extract(input) {
      begun += 1;
      if (begun === 1) await opened;
      return succeedingJobs.extract(input);
    },
    async awaitJobEnd() {
      hasLooked = true;
      if (await running()) throw outage('JOB_RUNNING');
    },
  };
  return withWorker(activities, async ({ taskQueue }) => {
    const first = await startSync(taskQueue, { connection });
    await until('the job runs', () => begun === 1);
    const other = await startSync(taskQueue, { connection, ...second });
    await release({ open, waits: () => hasLooked, second: other });
    const [one, two] = await Promise.all([resultOf(first), resultOf(other)]);
    return { one, two, begun };
  });
}

test('a job that somebody else runs is waited for and run afterwards', async () => {
  const { one, two, begun } = await whileRunning({ trigger: 'manual' }, async ({ open, waits }) => {
    await until('the second sync waits', waits);
    open();
  });
  assert.deepEqual([one.jobs[0]?.status, two.jobs[0]?.status, begun], ['success', 'success', 2]);
});

test('a lone scheduled job that is still running is skipped, and says so', async () => {
  const { one, two, begun } = await whileRunning({ trigger: 'schedule' }, async ({ open, second }) => {
    await second.result();
    open();
  });
  assert.deepEqual([one.jobs[0]?.status, two.jobs[0]?.status, begun], ['success', 'skipped', 1]);
  assert.match(two.jobs[0]?.reason ?? '', /still running when its schedule came round/);
});

/** Loads until it is cancelled, as a real page does: by the answer to a heartbeat. */
const loadsForEver = async (): Promise<never> => {
  for (;;) {
    heartbeat();
    await sleep(50);
  }
};

test('cancelling a sync cancels its jobs; each run is finished as cancelled and the rest does not start', async () => {
  const connection = unique('acme');
  const finished: string[] = [];
  let isLoading = false;
  const plan = [planned('user-sync'), planned('company-sync', 'user-sync')];
  const activities: Partial<Activities> = {
    ...succeedingJobs,
    planSync: planOf(plan),
    extract: async () => ({ strategy: 'rest', next: 'load-pages', rowsExpected: 5000, firstPage: 0 }),
    async loadPage() {
      isLoading = true;
      return loadsForEver();
    },
    async finishRun(input) {
      finished.push(`${jobOf(input.runId)} ${input.end.status} ${input.end.errorCode ?? ''}`);
      return succeedingJobs.finishRun(input);
    },
  };
  await withWorker(activities, async ({ taskQueue }) => {
    const running = await startSync(taskQueue, { connection });
    await until('a page loads', () => isLoading);
    await running.cancel();
    const { jobs } = await resultOf(running);
    assert.deepEqual(
      jobs.map(({ job, status }) => [job, status]),
      [
        ['user-sync', 'cancelled'],
        ['company-sync', 'skipped'],
      ],
    );
  });
  assert.deepEqual(finished, ['user-sync cancelled CANCELLED']);
});

test('a job that is terminated by hand fails in its sync, and what does not depend on it goes on', async () => {
  const connection = unique('acme');
  let isLoading = false;
  const activities: Partial<Activities> = {
    ...succeedingJobs,
    planSync: planOf([planned('user-sync'), planned('company-sync')]),
    async extract(input) {
      if (jobOf(input.runId) !== 'user-sync') return succeedingJobs.extract(input);
      isLoading = true;
      return loadsForEver();
    },
  };
  await withWorker(activities, async ({ taskQueue }) => {
    const running = await startSync(taskQueue, { connection });
    await until('the job runs', () => isLoading);
    await client.workflow.getHandle(jobWorkflowId(connection, 'user-sync')).terminate('by hand');
    const { jobs } = await resultOf(running);
    assert.deepEqual(
      jobs.map(({ job, status, errorCode }) => [job, status, errorCode]),
      [
        ['user-sync', 'failed', 'RUN_LOST'],
        ['company-sync', 'success', undefined],
      ],
    );
  });
});

test('a sync whose connection has no workflow ends all the same', async () => {
  const { ends } = await sync({ planSync: planOf([planned('user-sync')]) });
  assert.deepEqual(ends, { 'user-sync': 'success' });
});
