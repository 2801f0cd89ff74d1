import assert from 'node:assert/strict';
import { test } from 'node:test';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import pg from 'pg';
import { connectionWorkflowId, jobWorkflowId } from '../../domain/names.ts';
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

const BASE64 = /^[A-Za-z0-9+/]{8,}={0,2}$/;

/** Every text of a JSON document, and what those that are base64 stand for: payloads of event history are. */
function texts(value: unknown): string[] {
  if (typeof value === 'string') return BASE64.test(value) ? [value, Buffer.from(value, 'base64').toString()] : [value];
  if (Array.isArray(value)) return value.flatMap(texts);
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([key, one]) => [key, ...texts(one)]);
  return [];
}

/** All that Temporal keeps of a workflow and shows of it: history, search attributes, memo, current details. */
async function everythingAbout(workflowId: string): Promise<string> {
  const handle = temporal.client.workflow.getHandle(workflowId);
  const { raw } = await handle.describe();
  const details = await handle.query('__temporal_workflow_metadata');
  const history: unknown = JSON.parse(historyToJSON(await handle.fetchHistory()));
  return texts([history, JSON.parse(JSON.stringify(raw)), details]).join('\n');
}

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

test('no token, code, secret or row value of an authorization, a sync and a revoke is kept by Temporal', async () => {
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
});

test('a canary that is planted in a workflow is found, in its input and in what it shows', async () => {
  const canary = 'canary-5f0c-in-a-payload';
  const handle = await temporal.client.workflow.start('connection', {
    workflowId: connectionWorkflowId(temporal.unique('acme')),
    taskQueue: temporal.unique('nobody'),
    args: [{ connection: canary }],
    memo: { note: `${canary}-memo` },
  });
  const history: unknown = JSON.parse(historyToJSON(await handle.fetchHistory()));
  const { raw } = await handle.describe();
  await handle.terminate();
  assert.ok(texts(history).join('\n').includes(canary));
  assert.ok(
    texts(JSON.parse(JSON.stringify(raw)))
      .join('\n')
      .includes(`${canary}-memo`),
  );
});
