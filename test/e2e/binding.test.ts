import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConnections } from '../../adapters/postgres/connections.ts';
import { addApply } from '../../cli/apply.ts';
import { addConnection } from '../../cli/connection.ts';
import { addJobs } from '../../cli/jobs.ts';
import { addPrune } from '../../cli/prune.ts';
import { addRevoke } from '../../cli/revoke.ts';
import { addRun } from '../../cli/run.ts';
import { addStatus } from '../../cli/status.ts';
import { chainScheduleId, connectionWorkflowId, jobScheduleId } from '../../domain/names.ts';
import { hasCode } from '../errors.ts';
import { until } from '../support/until.ts';
import { startTwoOrgs } from './two-orgs.ts';

const YAML = `
jobs:
  user-sync: { schedule: { every: 12h } }
chains:
  nightly: { schedule: { cron: "0 2 * * *", timezone: Europe/Berlin }, jobs: [company-sync, company-person-sync] }
`;
const world = await startTwoOrgs(YAML);
const { pool, files, emulator } = world;
let life = await world.startLife();
const SCHEDULES = [jobScheduleId('acme', 'user-sync'), chainScheduleId('acme', 'nightly')];

const orgId = (name: string): string => emulator.orgs.find((org) => org.name === name)?.id ?? '';
const count = async (sql: string): Promise<number> => Number((await pool.query<{ count: string }>(sql)).rows[0]?.count);
const companies = () => count('SELECT count(*) FROM model.company');
const record = () => createConnections(pool).findOrThrow('acme');
const settled = () =>
  until('no sync runs', async () => {
    const { runningSyncs, jobs } = await life.mooring.status('acme');
    return runningSyncs.length === 0 && jobs.some(({ lastRun }) => lastRun !== undefined);
  });
const schedule = (id: string) => life.client.schedule.getHandle(id).describe();
const pauses = () =>
  Promise.all(SCHEDULES.map(async (id) => (await schedule(id)).state)).then((states) =>
    states.map(({ paused, note }) => (paused ? (note ?? '') : 'runs')),
  );
/** All that was applied or learned, and that no authorization may touch. */
const configuration = async (): Promise<unknown> => {
  const tables = {
    connection: `SELECT id, name, org_id, org_name, spec, revision, created_at FROM mooring.connection WHERE state <> 'destroyed'`,
    job: 'SELECT * FROM mooring.job ORDER BY connection_id, name',
    revisions: 'SELECT * FROM mooring.job_revision ORDER BY connection_id, job_name, revision',
    watermarks: 'SELECT * FROM mooring.watermark ORDER BY connection_id, job_name',
  };
  const read = Object.entries(tables).map(async ([name, sql]) => [name, (await pool.query(sql)).rows] as const);
  return Object.fromEntries(await Promise.all(read));
};

test('after the first authorization the six jobs are listed, and status tells who, where and for what', async () => {
  const applied = await life.run(addApply, 'apply', files, '--yes');
  assert.match(applied.stdout, /\nacme: revision 1, awaiting authorization\n {2}Authorize it: mooring authorize acme$/);
  const said = await life.authorize('acme');
  assert.deepEqual([said.status, said.stderr], [0, ''], said.stdout);
  assert.match(said.stdout, /is authorized for ".+" \(00D\w{15}\) as "admin@acme\.example"\.$/);
  await settled();
  const jobs = JSON.parse((await life.run(addJobs, 'jobs', '--json')).stdout) as Record<string, string>[];
  assert.deepEqual(
    jobs.map(({ title, source, destination, lastRunStatus, scheduleType }) => [
      ...[title, source, destination, lastRunStatus === undefined ? undefined : 'ran', scheduleType],
    ]),
    [
      ['Picklist Sync_acme', 'describe', 'model.dropdown_list', 'ran', 'on demand'],
      ['User Sync_acme', 'User', 'model.app_user', 'ran', 'every 12h'],
      ['Company Sync_acme', 'Account', 'model.company', 'ran', 'chain nightly'],
      ['Company Person Sync_acme', 'Contact', 'model.company_person', 'ran', 'chain nightly'],
      ['Relationship Type Sync_acme', 'JBCXM__GSRelationshipType__c', 'model.relationship_type', 'ran', 'on demand'],
      ['Relationship Sync_acme', 'JBCXM__GSRelationship__c', 'model.relationship', 'ran', 'on demand'],
    ],
  );
  const { stdout } = await life.run(addStatus, 'status', 'acme');
  assert.match(
    stdout,
    /^acme: active, revision 1, .* \(00D\w{15}\), authorized by admin@acme\.example on \S+ for .*api/,
  );
});

test('a human’s pause of a schedule survives a revoke and the authorization after it, unchanged', async () => {
  const [, nightly = ''] = SCHEDULES;
  await life.client.schedule.getHandle(nightly).pause('month end');
  const before = await configuration();
  const revoked = await life.run(addRevoke, 'revoke', 'acme', '--reason', 'test');
  assert.deepEqual([revoked.status, revoked.stderr], [0, '']);
  await until('ours is paused', async () => (await pauses())[0] === 'mooring: revoked');
  assert.deepEqual(await pauses(), ['mooring: revoked', 'month end']);
  await assert.rejects(life.run(addRun, 'run', 'acme'), hasCode('REFUSED'));

  assert.equal((await life.authorize('acme')).status, 0);
  await until('ours runs again', async () => (await pauses())[0] === 'runs');
  assert.deepEqual(await pauses(), ['runs', 'month end']);
  assert.deepEqual(await configuration(), before, 'nothing but the grant has changed');
});

test('neither a re-authorization nor a refused one changes a field of the configuration', async () => {
  const before = await configuration();
  const refused = await life.authorize('refreshed');
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, new RegExp(`bound to org "${orgId('acme')}"; .* "${orgId('refreshed')}" was refused`));
  assert.deepEqual(await configuration(), before);
  const shown = await life.run(addStatus, 'status');
  assert.match(
    shown.stdout,
    /^acme: active[^\n]*\n {2}The last authorization did not succeed: The connection is bound/,
  );
  assert.equal((await life.authorize('acme')).status, 0);
  assert.deepEqual(await configuration(), before);
  assert.deepEqual(await pauses(), ['runs', 'month end']);
  await life.client.schedule.getHandle(SCHEDULES[1] ?? '').unpause();
});

test('without a worker revoke holds and says what is left; authorize says what to start before anybody consents', async () => {
  await life.stopWorker();
  const asked = assert.rejects(life.authorize('acme'), hasCode('NO_WORKER'));
  const revoked = await life.run(addRevoke, 'revoke', 'acme');
  await asked;
  assert.equal(revoked.status, 1);
  assert.match(revoked.stdout, /^Connection "acme" is revoked: nothing of it can run/);
  assert.match(revoked.stderr, /^What is left to do waits: .* Start one: mooring worker \[NO_WORKER\]$/);
  assert.equal((await record()).state, 'revoked');
  await life.startWorker();
  const untold = () => count('SELECT count(*) FROM mooring.pending_revocation');
  await until('Salesforce has been told', async () => (await untold()) === 0);
  assert.equal((await life.authorize('acme')).status, 0);
});

test('the binding outlives its workflow: terminated, deleted and made again by apply', async () => {
  const { client } = life;
  const handle = client.workflow.getHandle(connectionWorkflowId('acme'));
  const { runId } = await handle.describe();
  await handle.terminate('test');
  await client.workflowService.deleteWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: connectionWorkflowId('acme'), runId },
  });
  const applied = await life.run(addApply, 'apply', files, '--yes');
  assert.match(applied.stdout, /\+ workflow connection\/acme.*\n(.*\n)*acme: revision 1, active$/);
  assert.equal((await life.authorize('refreshed')).status, 1, 'another org is refused as before');
  assert.equal((await record()).orgId, orgId('acme'));
  const ran = await life.run(addRun, 'run', 'acme', 'user-sync', '--json');
  assert.equal(ran.status, 0, ran.stdout);
});

test('after the loss of all of Temporal apply rebuilds it: bound, authorized, scheduled, and jobs run', async () => {
  const before = await record();
  await life.end();
  life = await world.startLife();
  await assert.rejects(life.run(addRun, 'run', 'acme'), hasCode('CONNECTION_UNKNOWN'));
  const applied = await life.run(addApply, 'apply', files, '--yes');
  assert.match(applied.stdout, /\+ workflow connection\/acme.*\n(.*\n)*acme: revision 1, active$/);
  assert.deepEqual(await record(), before);
  assert.deepEqual(await pauses(), ['runs', 'runs']);
  const ran = await life.run(addRun, 'run', 'acme', '--json');
  assert.equal(ran.status, 0, ran.stdout);
  // The schedule itself works, too.
  await life.client.schedule.getHandle(SCHEDULES[0] ?? '').trigger('SKIP');
  const byHand = await count(`SELECT count(*) FROM mooring.run WHERE job_name = 'user-sync'`);
  await until(
    'it has run',
    async () =>
      (await count(`SELECT count(*) FROM mooring.run WHERE job_name = 'user-sync' AND status = 'success'`)) > byHand,
  );
  assert.equal((await life.authorize('refreshed')).status, 1, 'another org is refused as before');
});

test('a destroyed connection’s rows are adopted by its own org only, and go on from where they were', async () => {
  const { connectionId } = await record();
  const before = await companies();
  assert.ok(before > 0);
  await assert.rejects(life.run(addPrune, 'prune', 'acme', '--yes'), hasCode('REFUSED'), 'it is alive');
  const destroyed = await life.run(addConnection, 'connection', 'destroy', 'acme', '--confirm', 'acme');
  assert.match(
    destroyed.stdout,
    /is destroyed: .* Its rows and its audit stay\.\nTo delete the rows: mooring prune acme/,
  );
  assert.equal(await companies(), before);
  for (const id of SCHEDULES) await assert.rejects(schedule(id));

  await assert.rejects(life.run(addApply, 'apply', files, '--yes'), hasCode('CONNECTION_ROWS_REMAIN'));
  const adopted = await life.run(addConnection, 'connection', 'adopt', 'acme');
  assert.match(adopted.stdout, new RegExp(`revoked, and bound to .* \\(${orgId('acme')}\\)`));
  assert.match(
    (await life.run(addApply, 'apply', files, '--yes')).stdout,
    /revoked\n {2}Authorize it: mooring authorize acme$/,
  );
  assert.equal((await life.authorize('refreshed')).status, 1);
  assert.equal((await life.authorize('acme')).status, 0);
  assert.equal((await record()).connectionId, connectionId);
  const { syncId } = await life.mooring.runJobs('acme', { jobs: ['company-sync'] });
  const { jobs } = await life.mooring.syncResult(syncId);
  assert.deepEqual(
    jobs.map(({ mode, status, inserted }) => [mode, status, inserted]),
    [['incremental', 'success', 0]],
  );
  await until('schedules are back', () =>
    pauses().then(
      (now) => now.every((state) => state === 'runs'),
      () => false,
    ),
  );
});

test('a refreshed sandbox is another org: destroy, prune, apply and authorize lead to it', async () => {
  const old = (await record()).connectionId;
  await life.run(addConnection, 'connection', 'destroy', 'acme', '--confirm', 'acme');
  const listed = await life.run(addPrune, 'prune');
  assert.match(listed.stdout, /acme .* model\.company +│ +\d+/);
  const unanswered = await life.run(addPrune, 'prune', 'acme', '--json');
  assert.equal((JSON.parse(unanswered.stdout) as unknown[]).length, 1, 'a list, and nothing is deleted');
  const pruned = await life.run(addPrune, 'prune', 'acme', '--yes');
  assert.match(pruned.stdout, /^Deleted \d+ rows of model\.app_user\.$/m);
  assert.match((await life.run(addPrune, 'prune')).stdout, /^Nothing is orphaned/);

  await life.run(addApply, 'apply', files, '--yes');
  assert.equal((await life.authorize('refreshed')).status, 0);
  const now = await record();
  assert.deepEqual([now.orgId, now.connectionId === old], [orgId('refreshed'), false]);
  await settled();
  assert.ok((await companies()) > 0);
  assert.equal(await count(`SELECT count(*) FROM model.company WHERE connection_id = '${old}'`), 0);
});

test('jobs whose object the org lacks are unavailable, with the reason, and do not fail', async () => {
  const { stdout } = await life.run(addJobs, 'jobs', 'acme');
  assert.match(
    stdout,
    /Relationship Sync_acme +│ acme +│ JBCXM__GSRelationship__c +│ model\.relationship +│ unavailable/,
  );
  assert.match(stdout, /^Relationship Sync_acme: .*JBCXM__GSRelationship__c/m);
  const { jobs } = await life.mooring.status('acme');
  assert.ok(jobs.every(({ lastRun }) => lastRun?.status !== 'failed'));
});
