import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createJobs } from '../../../adapters/postgres/jobs.ts';
import { hasCode } from '../../errors.ts';
import { catalogJob, connectionSpec, customJob, field } from '../../jobs.ts';
import { at } from '../../pages.ts';
import { createEngine } from '../../sync-engine.ts';

const engine = await createEngine();
const jobs = createJobs(engine.pool);
const users = catalogJob('user-sync');
const companies = catalogJob('company-sync');

let connections = 0;
async function declared(...specs: readonly (typeof users)[]): Promise<{ name: string; connectionId: string }> {
  const name = `acme-${(connections += 1)}`;
  const connectionId = await engine.connection(name);
  await jobs.save(connectionId, connectionSpec(name, specs));
  await engine.pool.query('UPDATE mooring.connection SET spec = $2 WHERE id = $1', [
    connectionId,
    JSON.stringify(connectionSpec(name, specs)),
  ]);
  return { name, connectionId };
}
const revisions = (connectionId: string) =>
  engine.rows('SELECT job_name, revision FROM mooring.job_revision WHERE connection_id = $1 ORDER BY 1, 2', [
    connectionId,
  ]);

test('a job gets a revision for each change, and none for being applied again', async () => {
  const { name, connectionId } = await declared(users, companies);
  await jobs.save(connectionId, connectionSpec(name, structuredClone([users, companies])));
  await jobs.save(connectionId, connectionSpec(name, [{ ...users, onDelete: 'deactivate' }, companies]));
  assert.deepEqual(await revisions(connectionId), [
    { job_name: 'company-sync', revision: 1 },
    { job_name: 'user-sync', revision: 1 },
    { job_name: 'user-sync', revision: 2 },
  ]);
});

test('a job that left the files is unknown, keeps what it has, and comes back as it was', async () => {
  const { name, connectionId } = await declared(users, companies);
  await engine.pool.query(
    `INSERT INTO mooring.watermark (connection_id, job_name, modstamp, revision) VALUES ($1, 'user-sync', $2, 1)`,
    [connectionId, at(0)],
  );
  await jobs.save(connectionId, connectionSpec(name, [companies]));
  await assert.rejects(jobs.context(name, 'user-sync'), hasCode('JOB_UNKNOWN'));
  await jobs.save(connectionId, connectionSpec(name, [users, companies]));
  const context = await jobs.context(name, 'user-sync');
  assert.deepEqual([context.watermark, context.revision], [at(0), 1]);
});

test('the context of a job holds the connection’s state, its watermark and the keys of every table', async () => {
  const { name, connectionId } = await declared(users, companies, customJob('Deal', [field('sfid', 'Id')]));
  const context = await jobs.context(name, 'company-sync');
  assert.deepEqual(context.job, companies);
  assert.deepEqual(
    [context.connectionId, context.connectionState, context.schema, context.watermark],
    [connectionId, 'active', 'model', undefined],
  );
  assert.deepEqual(context.upsertKeys, { app_user: ['sfdc_user_id'], company: ['sfdc_account_id'], deal: ['sfid'] });
  await assert.rejects(jobs.context('nobody', 'company-sync'), hasCode('CONNECTION_UNKNOWN'));
});

test('a job is unavailable until the org has its object, and a changed file does not make it available', async () => {
  const { name, connectionId } = await declared(users, { ...companies, enabled: false });
  const status = async () => (await jobs.list(name)).map((job) => [job.job, job.status, job.statusReason]);
  await jobs.setStatus(connectionId, 'user-sync', 'unavailable', 'No such object.');
  await jobs.setStatus(connectionId, 'company-sync', 'unavailable', 'No such object.');
  const unavailable = [
    ['user-sync', 'unavailable', 'No such object.'],
    ['company-sync', 'disabled', undefined],
  ];
  assert.deepEqual(await status(), unavailable);
  await jobs.save(
    connectionId,
    connectionSpec(name, [
      { ...users, title: 'Users' },
      { ...companies, enabled: false },
    ]),
  );
  assert.deepEqual(await status(), unavailable);
  await jobs.setStatus(connectionId, 'user-sync', 'available');
  assert.deepEqual((await status())[0], ['user-sync', 'available', undefined]);
});

test('the list of jobs tells where rows come from and go to, when, and how the last run ended', async () => {
  const name = 'listed';
  const connectionId = await engine.connection(name);
  const spec = connectionSpec(name, [{ ...users, schedule: { every: '1h' } }, companies, catalogJob('picklist-sync')], {
    chains: [{ name: 'nightly', schedule: { cron: '0 2 * * *' }, jobs: ['company-sync'] }],
  });
  await jobs.save(connectionId, spec);
  await engine.pool.query('UPDATE mooring.connection SET spec = $2 WHERE id = $1', [
    connectionId,
    JSON.stringify(spec),
  ]);
  const run = await engine.runs.begin({
    ...{ connectionId, job: 'user-sync', revision: 1, workflowRunId: 'w', mode: 'full', apiCalls: 0 },
  });
  const listed = await jobs.list(name);
  assert.deepEqual(
    listed.map(({ title, source, destination, scheduleType, lastRunStatus }) => [
      title,
      source,
      destination,
      scheduleType,
      lastRunStatus,
    ]),
    [
      ['User Sync_listed', 'User', 'model.app_user', 'every 1h', 'running'],
      ['Company Sync_listed', 'Account', 'model.company', 'chain nightly', undefined],
      ['Picklist Sync_listed', 'describe', 'model.dropdown_list', 'on demand', undefined],
    ],
  );
  assert.equal(listed[0]?.lastRunOn, run.startedAt);
  assert.deepEqual(
    listed.map(({ openRejects }) => openRejects),
    [0, 0, 0],
  );
  await engine.pool.query(
    `INSERT INTO mooring.rejected_row (connection_id, job_name, source_id, run_id, field, code, message)
     SELECT $1, 'company-sync', '001' || n, $2, 'Name', 'REQUIRED', 'A name is missing.' FROM generate_series(1, 2) AS n`,
    [connectionId, run.runId],
  );
  assert.deepEqual(
    (await jobs.list(name)).map(({ openRejects }) => openRejects),
    [0, 2, 0],
  );
});
