import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { connectionWorkflowId, jobWorkflowId } from '../../domain/names.ts';
import { keptOfRun, shownOf } from '../support/kept-by-temporal.ts';
import { until } from '../support/until.ts';
import { startStory } from './story.ts';

const SIZES = {
  users: 20,
  accounts: 1_100,
  contacts: 80,
  relationshipTypes: 4,
  relationships: 30,
  opportunities: 10,
  cases: 5,
};
// One job reads by Bulk, so that its locators and pages pass by too; the generator plants rows that are rejected.
const story = await startStory('jobs: { company-sync: { extract: bulk } }', { sizes: SIZES });
const { connection, mooring, org, temporal } = story;

/** All that Temporal keeps of a workflow and shows of it: history, search attributes, memo, current details. */
const everythingAbout = async (workflowId: string): Promise<string> =>
  `${await keptOfRun(temporal.client, workflowId)}\n${await shownOf(temporal.client, workflowId)}`;

async function column(sql: string): Promise<string[]> {
  const { rows } = await org.pool.query<{ value: string | null }>(sql);
  return rows.flatMap(({ value }) => value ?? []);
}

/** Values that could come from nowhere but a row: long enough not to be found by chance. */
async function rowValues(): Promise<string[]> {
  const of = (table: string, field: string): Promise<string[]> =>
    column(
      `SELECT ${pg.escapeIdentifier(field)} AS value FROM ${pg.escapeIdentifier(org.schema)}.${pg.escapeIdentifier(table)}`,
    );
  const values = await Promise.all([
    of('Account', 'Name'),
    of('Account', 'Id'),
    of('Contact', 'Email'),
    of('Contact', 'Id'),
    of('Contact', 'Phone'),
    of('User', 'Email'),
  ]);
  return [...new Set(values.flat())].filter((value) => value.length >= 10);
}

test('no token, code, secret or row value of an authorization, a sync and a revoke is kept by Temporal or logged', async () => {
  await story.consent();
  await until('it is active', async () => (await mooring.status(connection)).state === 'active');
  await until(
    'the first sync has ended',
    async () => {
      const { jobs, runningSyncs } = await mooring.status(connection);
      return runningSyncs.length === 0 && jobs.every(({ lastRun }) => lastRun !== undefined);
    },
    60_000,
  );
  const again = await story.run();
  const tokens = [
    ...(await column('SELECT code AS value FROM emulator.auth_code')),
    ...(await column('SELECT token AS value FROM emulator.refresh_token')),
    ...(await column('SELECT access_token AS value FROM emulator.session')),
  ];
  // Who authorized is no secret: the status shows it.
  const { username } = await mooring.status(connection);
  const rows = (await rowValues()).filter((value) => value !== username);
  assert.ok(tokens.length >= 3, 'a code, a refresh token and an access token were given out');
  assert.ok(rows.length > SIZES.accounts);
  const { jobs } = await mooring.status(connection);
  await temporal.client.workflow.getHandle(connectionWorkflowId(connection)).signal('revoke', { reason: 'canary' });
  await until('it is revoked', async () => (await mooring.status(connection)).state === 'revoked');

  const ids = [
    connectionWorkflowId(connection),
    again.syncId,
    ...jobs.map(({ name }) => jobWorkflowId(connection, name)),
  ];
  for (const id of ids) {
    const kept = await everythingAbout(id);
    assert.ok(kept.includes(connection), `${id} was read, payloads included`);
    const leaked = [...tokens, ...story.secrets, ...rows].filter((secret) => kept.includes(secret));
    assert.deepEqual(leaked, [], id);
  }
  const logs = story.said.join('');
  assert.ok(logs.includes('/oauth/callback'), 'the server has logged');
  assert.deepEqual(
    [...tokens, ...story.secrets, ...rows].filter((secret) => logs.includes(secret)),
    [],
    'logs',
  );
});

test('a canary that is planted in a workflow is found, in its input and in what it shows', async () => {
  const canary = 'canary-5f0c-in-a-payload';
  const handle = await temporal.client.workflow.start('connection', {
    workflowId: connectionWorkflowId(temporal.unique('acme')),
    taskQueue: temporal.unique('nobody'),
    args: [{ connection: canary }],
    memo: { note: `${canary}-memo` },
  });
  const kept = await keptOfRun(temporal.client, handle.workflowId);
  await handle.terminate();
  assert.ok(kept.includes(canary));
  assert.ok(kept.includes(`${canary}-memo`));
});
