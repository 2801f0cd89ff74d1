import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createJobs } from '../../adapters/postgres/jobs.ts';
import { until } from '../support/until.ts';
import { startStory } from './story.ts';

const SIZES = {
  users: 10,
  accounts: 1_200,
  contacts: 60,
  relationshipTypes: 4,
  relationships: 20,
  opportunities: 10,
  cases: 5,
};
const story = await startStory('jobs: { company-sync: { extract: bulk } }', { sizes: SIZES });
const { connection, mooring, pool } = story;

const count = async (sql: string): Promise<number> => Number((await pool.query<{ count: string }>(sql)).rows[0]?.count);
const watermarks = async (): Promise<unknown> =>
  (await pool.query('SELECT job_name, modstamp FROM mooring.watermark ORDER BY job_name')).rows;
const stateIs = (state: string) =>
  until(`the connection is ${state}`, async () => (await mooring.status(connection)).state === state);

/** Ends every session and grant of the org, as an administrator's "Revoke All" does. */
async function revokeAllAtSalesforce(): Promise<void> {
  for (const route of ['revoke-grants', 'expire-sessions']) {
    const answer = await fetch(`${story.org.url}/__emulator/orgs/acme/${route}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    assert.ok(answer.ok, `${route}: ${answer.status}`);
  }
}

test('the jobs exist from the first authorization on, under their names', async () => {
  const { jobs } = await story.authorize();
  assert.ok(jobs.every(({ status }) => status === 'success' || status === 'partial_success'));
  const listed = await createJobs(pool).list(connection);
  assert.deepEqual(
    listed.map(({ title }) => title),
    [
      'Picklist Sync',
      'User Sync',
      'Company Sync',
      'Company Person Sync',
      'Relationship Type Sync',
      'Relationship Sync',
    ].map((title) => `${title}_${connection}`),
  );
});

test('a job under way waits while the grant is lost, and goes on when somebody has re-authorized', async () => {
  await revokeAllAtSalesforce();
  const running = story.run(['company-sync']);
  await stateIs('reauthorization_required');
  const lost = await count(`SELECT count(*) FROM mooring.audit WHERE event = 'grant_lost'`);
  assert.equal(lost, 1, 'one notification');
  await assert.rejects(mooring.runJobs(connection, {}), /reauthorization required/);
  await story.consent();
  const { jobs } = await running;
  assert.deepEqual(
    jobs.map(({ job, status }) => [job, status]),
    [['company-sync', 'success']],
  );
  assert.equal((await mooring.status(connection)).state, 'active');
});

test('a revoke stops everything, keeps rows and watermarks, and a new authorization goes on from them', async () => {
  const before = { rows: await count('SELECT count(*) FROM model.company'), marks: await watermarks() };
  await mooring.signalRevoke(connection, 'test');
  await stateIs('revoked');
  await assert.rejects(mooring.runJobs(connection, {}), /is revoked; no job of it may run/);
  assert.equal(await count('SELECT count(*) FROM mooring.oauth_grant WHERE refresh_token_sealed IS NOT NULL'), 0);
  await until(
    'Salesforce has been told',
    async () => (await count('SELECT count(*) FROM mooring.pending_revocation')) === 0,
  );
  assert.deepEqual({ rows: await count('SELECT count(*) FROM model.company'), marks: await watermarks() }, before);

  await story.consent();
  await stateIs('active');
  const { jobs } = await story.run(['company-sync']);
  assert.deepEqual(
    jobs.map(({ status, mode, inserted }) => [status, mode, inserted]),
    [['success', 'incremental', 0]],
  );
});

test('destroying ends the connection and touches no row', async () => {
  const rows = await count('SELECT count(*) FROM model.company');
  const { state } = await mooring.destroy(connection);
  assert.equal(state, 'destroyed');
  assert.equal(await count('SELECT count(*) FROM model.company'), rows);
  assert.equal(await count(`SELECT count(*) FROM mooring.connection WHERE state <> 'destroyed'`), 0);
});
