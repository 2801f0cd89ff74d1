import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { NewRun } from '../../../activities/sync-ports.ts';
import { syncProgress } from '../../../adapters/postgres/sync-progress.ts';
import { ACCOUNT } from '../../describes.ts';
import { hasCode } from '../../errors.ts';
import { catalogJob } from '../../jobs.ts';
import { at, sfid } from '../../pages.ts';
import { createEngine } from '../../sync-engine.ts';

const engine = await createEngine();
const { runs } = engine;
const plan = await engine.compile(catalogJob('company-sync'), [ACCOUNT]);

const newRun = (connectionId: string, rest: Partial<NewRun> = {}): NewRun => ({
  ...{ connectionId, job: 'company-sync', revision: 3, workflowRunId: randomUUID(), mode: 'full', apiCalls: 2, plan },
  ...rest,
});

test('a run comes back as it was begun', async () => {
  const connectionId = await engine.connection();
  const begun = await runs.begin(
    newRun(connectionId, { windowFrom: at(0), nextWatermark: at(5), mode: 'incremental' }),
  );
  assert.deepEqual(begun, await runs.get(begun.runId));
  assert.deepEqual(begun.plan, { ...plan, fillsEmptyTable: true });
  assert.deepEqual(
    [begun.fence, begun.status, begun.mode, begun.nextWatermark, begun.apiCalls, begun.revision],
    ['1', 'running', 'incremental', at(5), 2, 3],
  );
  await assert.rejects(runs.get(randomUUID()), hasCode('RUN_UNKNOWN'));
});

test('a repeated beginning gets the run that it began before, under the same fence', async () => {
  const connectionId = await engine.connection();
  const input = newRun(connectionId);
  const all = await Promise.all(Array.from({ length: 8 }, () => runs.begin(input)));
  assert.equal(new Set(all.map(({ runId }) => runId)).size, 1);
  assert.equal(new Set(all.map(({ fence }) => fence)).size, 1);
  const found = await runs.findByWorkflowRun(connectionId, input.job, input.workflowRunId);
  assert.equal(found?.runId, all[0]?.runId);
  assert.equal(await runs.findByWorkflowRun(connectionId, input.job, 'another'), undefined);
});

test('a new run of a job closes the one that was left open, and takes a higher fence', async () => {
  const connectionId = await engine.connection();
  const first = await runs.begin(newRun(connectionId));
  const other = await runs.begin(newRun(connectionId, { job: 'user-sync' }));
  const second = await runs.begin(newRun(connectionId));
  assert.equal(BigInt(second.fence), BigInt(first.fence) + 1n);
  assert.equal((await runs.get(first.runId)).status, 'failed');
  assert.equal((await runs.get(other.runId)).status, 'running');
});

test('no run begins for a connection that is not active', async () => {
  const connectionId = await engine.connection();
  await engine.pool.query(`UPDATE mooring.connection SET state = 'revoked' WHERE id = $1`, [connectionId]);
  await assert.rejects(runs.begin(newRun(connectionId)), hasCode('CONNECTION_NOT_AUTHORIZED'));
});

test('pages are noted once, in order, and a list that comes after another way of reading replaces what was not loaded', async () => {
  const connectionId = await engine.connection();
  const run = await engine.begin(connectionId, plan, { pages: 1 });
  await runs.addPages(run.runId, ['one', 'two', 'three'], 0);
  await runs.addPages(run.runId, ['one', 'two', 'three'], 0);
  const locators = await Promise.all([0, 1, 2, 3].map(async (page) => (await runs.page(run.runId, page))?.locator));
  assert.deepEqual(locators, ['one', 'two', 'three', undefined]);
  await engine.load(run, [{ Id: sfid('001', 1), Name: 'x', SystemModstamp: at(0) }]);
  await runs.addPages(run.runId, ['other'], 0);
  assert.equal((await runs.page(run.runId, 0))?.locator, 'one');
  assert.equal((await runs.page(run.runId, 0))?.counts?.inserted, 1);
});

test('a reading has its pages behind those of the one before, however often it is started', async () => {
  const { runId } = await engine.begin(await engine.connection(), plan, { pages: 3 });
  await runs.setBulkJob(runId, '750xx');
  assert.deepEqual(await runs.startReading(runId, 0), await runs.get(runId));
  for (const _ of [1, 2]) {
    const run = await runs.startReading(runId, 1);
    assert.deepEqual([run.reading, run.firstPage, run.bulkJobId], [1, 3, undefined]);
    await runs.addPages(runId, ['four', 'five'], run.firstPage);
  }
  assert.equal((await runs.page(runId, 4))?.locator, 'five');
});

test('a reading that starts over keeps what was loaded and forgets the rest', async () => {
  const run = await engine.begin(await engine.connection(), plan, { pages: 4 });
  await engine.load(run, [{ Id: sfid('001', 1), Name: 'x', SystemModstamp: at(0) }], { page: 1 });
  await runs.setBulkJob(run.runId, '750xx');
  for (const _ of [1, 2]) {
    await runs.restartReading(run.runId);
    const again = await runs.get(run.runId);
    assert.deepEqual([again.reading, again.firstPage, again.bulkJobId], [0, 2, undefined]);
    const left = await Promise.all([0, 1, 2, 3].map((page) => runs.page(run.runId, page)));
    assert.deepEqual(
      left.map((page) => page?.counts?.inserted),
      [undefined, 1, undefined, undefined],
    );
  }
});

test('a page of a Bulk job is noted while the run reads by it, and not once it has been given up', async () => {
  const { runId } = await engine.begin(await engine.connection(), plan, { pages: 1 });
  await runs.setBulkJob(runId, '750one');
  const first = await runs.get(runId);
  await runs.addBulkPage(first, 0, 'one/0');
  await runs.addBulkPage(first, 1, 'one/1');
  assert.deepEqual(
    [await runs.page(runId, 0), await runs.page(runId, 1)],
    [{ locator: 'one/0' }, { locator: 'one/1' }],
  );
  await runs.restartReading(runId);
  await runs.addBulkPage(first, 1, 'one/1'); // a page of the first job that still streams
  await runs.setBulkJob(runId, '750two');
  await runs.addBulkPage(await runs.get(runId), 0, 'two/0');
  await runs.addBulkPage(first, 0, 'one/0');
  assert.deepEqual([await runs.page(runId, 0), await runs.page(runId, 1)], [{ locator: 'two/0' }, undefined]);
});

test('strategy, Bulk job and calls are kept with the run', async () => {
  const run = await engine.begin(await engine.connection(), plan);
  await runs.setStrategy(run.runId, 'bulk', 12_345);
  await runs.setBulkJob(run.runId, '750xx');
  await Promise.all([1, 2, 3].map((calls) => runs.countCalls(run.runId, calls)));
  const { strategy, bulkJobId, apiCalls, rowsExpected } = await runs.get(run.runId);
  assert.deepEqual([strategy, bulkJobId, apiCalls, rowsExpected], ['bulk', '750xx', 6, 12_345]);
});

test('the progress of a sync counts what its pages have read', async () => {
  const connectionId = await engine.connection();
  const syncId = randomUUID();
  const first = await runs.begin(newRun(connectionId, { syncId }));
  await runs.begin(newRun(connectionId, { syncId, job: 'user-sync' }));
  await runs.begin(newRun(connectionId, { job: 'company-person-sync' }));
  await runs.setStrategy(first.runId, 'rest', 10);
  await runs.addPages(first.runId, ['a', 'b'], 0);
  await engine.load(first, [{ Id: sfid('001', 1), Name: 'x', SystemModstamp: at(0) }], { page: 1 });
  assert.deepEqual(await syncProgress(engine.pool, syncId), [
    { job: 'company-sync', status: 'running', expected: 10, read: 1 },
    { job: 'user-sync', status: 'running', read: 0 },
  ]);
});
