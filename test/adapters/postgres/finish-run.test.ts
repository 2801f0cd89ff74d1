import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredRun } from '../../../activities/sync-ports.ts';
import { ACCOUNT } from '../../describes.ts';
import { catalogJob } from '../../jobs.ts';
import { at, sfid, type SourceRow } from '../../pages.ts';
import { createEngine } from '../../sync-engine.ts';

const engine = await createEngine();
const plan = await engine.compile(catalogJob('company-sync'), [ACCOUNT]);

const account = (number: number, rest: SourceRow = {}): SourceRow => ({
  ...{ Id: sfid('001', number), Name: `Account ${number}`, SystemModstamp: at(0), IsDeleted: 'false' },
  ...rest,
});
const watermark = async (connection: string): Promise<unknown> => {
  const rows = await engine.rows('SELECT modstamp FROM mooring.watermark WHERE connection_id = $1', [connection]);
  return (rows[0]?.['modstamp'] as Date | undefined)?.toISOString();
};
const until = (run: StoredRun, minutes: number): StoredRun => ({ ...run, nextWatermark: at(minutes) });

test('a run adds its pages up, and a second end of it only reads what the first one stored', async () => {
  const connection = await engine.connection();
  const run = await engine.begin(connection, plan, { pages: 3 });
  await engine.load(run, [account(1), account(2), account(3, { Name: null })]);
  await engine.load(run, [account(1), account(4, { ParentId: sfid('001', 99) })], { page: 1 });
  await engine.load(run, [account(2, { IsDeleted: 'true', SystemModstamp: at(1) })], { page: 2 });
  await engine.runs.countCalls(run.runId, 4);
  const { seconds, ...summary } = await engine.finish(run);
  assert.deepEqual(summary, {
    ...{
      job: 'company',
      runId: run.runId,
      status: 'partial_success',
      mode: 'incremental',
      apiCalls: 4,
      pending: 1,
      outOfScope: 0,
    },
    ...{ read: 6, inserted: 3, updated: 0, unchanged: 1, deleted: 1, rejected: 1, openRejects: 1 },
  });
  assert.ok(seconds >= 0);
  const [stored] = await engine.rows('SELECT * FROM mooring.run WHERE id = $1', [run.runId]);
  assert.deepEqual(
    [stored?.['status'], stored?.['rows_read'], stored?.['rows_rejected']],
    ['partial_success', '6', '1'],
  );
  const again = await engine.finish(run, { status: 'failed', errorCode: 'RUN_LOST', errorMessage: 'Late.' });
  assert.deepEqual({ ...again, seconds: 0 }, { ...summary, seconds: 0 });
  const [same] = await engine.rows('SELECT * FROM mooring.run WHERE id = $1', [run.runId]);
  assert.deepEqual(same, stored);
});

test('a run of nothing but rejects is a partial success, and its watermark moves: the rejects are kept', async () => {
  const connection = await engine.connection();
  const summary = await engine.sync(connection, plan, [account(1, { Name: null })]);
  assert.deepEqual([summary.status, summary.rejected, await watermark(connection)], ['partial_success', 1, at(0)]);
});

test('what earlier runs rejected is told by every run after them, until it loads', async () => {
  const connection = await engine.connection();
  const ends = [];
  for (const rows of [
    [account(1, { Name: null }), account(2, { Name: null })],
    [account(3)],
    [account(1, { SystemModstamp: at(1) })],
    [],
    [account(2, { SystemModstamp: at(1) })],
  ]) {
    const { rejected, openRejects, status } = await engine.sync(connection, plan, rows);
    ends.push([rejected, openRejects, status]);
  }
  assert.deepEqual(ends, [
    [2, 2, 'partial_success'],
    [0, 2, 'success'],
    [0, 1, 'success'],
    [0, 1, 'success'],
    [0, 0, 'success'],
  ]);
});

test('a first load leaves the planner a count of its rows, whatever was counted before they were committed', async () => {
  const connection = await engine.connection();
  const run = await engine.begin(connection, plan);
  const rows = Array.from({ length: 500 }, (_, number) => account(number));
  await engine.load(run, rows);
  const counted = async (): Promise<number> => {
    const [table] = await engine.rows(
      `SELECT reltuples::int AS rows FROM pg_class WHERE oid = 'model.company'::regclass`,
    );
    return Number(table?.['rows']);
  };
  await engine.rows(`UPDATE pg_class SET reltuples = 0 WHERE oid = 'model.company'::regclass`);
  assert.equal(await counted(), 0);
  await engine.finish(run);
  const after = await counted();
  assert.ok(after >= rows.length, `${after} rows`);
});

test('an empty run is a success', async () => {
  assert.equal((await engine.sync(await engine.connection(), plan, [])).status, 'success');
});

test('the watermark moves forward only', async () => {
  const connection = await engine.connection();
  await engine.finish(until(await engine.begin(connection, plan), 10));
  assert.equal(await watermark(connection), at(10));
  await engine.finish(until(await engine.begin(connection, plan), 5));
  assert.equal(await watermark(connection), at(10));
  await engine.finish(until(await engine.begin(connection, plan), 11));
  assert.equal(await watermark(connection), at(11));
});

test('a run that failed or was cancelled keeps its rows, says why, and leaves the watermark', async () => {
  for (const status of ['failed', 'cancelled'] as const) {
    const connection = await engine.connection();
    const run = await engine.begin(connection, plan);
    await engine.load(run, [account(1, { ParentId: sfid('001', 2) }), account(2)]);
    const summary = await engine.finish(until(run, 10), { status, errorCode: 'SF_FORBIDDEN', errorMessage: 'No.' });
    assert.deepEqual(
      [summary.status, summary.inserted, summary.errorCode, summary.reason, summary.pending],
      [status, 2, 'SF_FORBIDDEN', 'No.', 0],
    );
    assert.equal(await watermark(connection), undefined);
  }
});

test('a run that was replaced ends cancelled, whatever it thinks, and moves nothing', async () => {
  const connection = await engine.connection();
  const run = await engine.begin(connection, plan);
  await engine.load(run, [account(1, { ParentId: sfid('001', 2) })]);
  await engine.pool.query('UPDATE mooring.job_fence SET fence = fence + 1 WHERE connection_id = $1', [connection]);
  await engine.pool.query(
    `INSERT INTO model.company (connection_id, sfdc_account_id, name) VALUES ($1, $2, 'Parent')`,
    [connection, sfid('001', 2)],
  );
  const summary = await engine.finish(run);
  assert.deepEqual([summary.status, summary.errorCode, summary.inserted], ['cancelled', 'FENCED', 1]);
  assert.equal(await watermark(connection), undefined);
  const [child] = await engine.rows(
    'SELECT parent_company_id FROM model.company WHERE sfdc_account_id = $1 AND connection_id = $2',
    [sfid('001', 1), connection],
  );
  assert.equal(child?.['parent_company_id'], null);
});

test('a run whose successor has begun is lost, and stays so', async () => {
  const connection = await engine.connection();
  const [lost] = [await engine.begin(connection, plan), await engine.begin(connection, plan)];
  const summary = await engine.finish(lost);
  assert.deepEqual([summary.status, summary.errorCode], ['failed', 'RUN_LOST']);
  assert.equal(await watermark(connection), undefined);
});

test('two ends at once agree', async () => {
  const connection = await engine.connection();
  const run = await engine.begin(connection, plan);
  await engine.load(run, [account(1)]);
  const [one, other] = await Promise.all([
    engine.finish(run),
    engine.finish(run, { status: 'failed', errorCode: 'RUN_LOST' }),
  ]);
  assert.equal(one.status, other.status);
  assert.deepEqual([one.inserted, other.inserted], [1, 1]);
});
