import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { createApiTokens } from '../../adapters/postgres/api-tokens.ts';
import { createDataConverter } from '../../adapters/temporal/data-converter.ts';
import { connectionWorkflowId, jobScheduleId, jobWorkflowId } from '../../domain/names.ts';
import { findTemporal } from '../../services/temporal-binary.ts';
import { until } from '../support/until.ts';
import { startStory } from './story.ts';

const UI = 'http://127.0.0.1:8233';
const key = `c1:${randomBytes(32).toString('base64')}`;
const story = await startStory(
  'jobs: { user-sync: { schedule: { every: 1d } }, company-sync: { filter: "Nothing__c = true" } }',
  {
    sizes: { users: 5, accounts: 20, contacts: 20, relationshipTypes: 2, relationships: 5, opportunities: 5, cases: 5 },
  },
  { codec: { key, uiOrigins: [UI] } },
);
const { connection, mooring, temporal, baseUrl } = story;
const connectionId = connectionWorkflowId(connection);

/** A client of somebody who may read the namespace and has no key. */
const stranger = temporal.client;
const reader = new Client({ connection: temporal.connection, dataConverter: createDataConverter(key) });

interface Found {
  readonly path: string;
  readonly payload: { readonly metadata: Readonly<Record<string, string>>; readonly data?: string };
}

/** Every payload of a JSON document, with the way to it. */
function payloadsOf(value: unknown, path = ''): Found[] {
  if (typeof value !== 'object' || value === null) return [];
  const { metadata } = value as { metadata?: Record<string, string> };
  if (metadata?.['encoding'] !== undefined) return [{ path, payload: value as Found['payload'] }];
  return Object.entries(value).flatMap(([name, one]) => payloadsOf(one, `${path}/${name}`));
}

/** Every failure's own words: of a worker's they are in a payload, of the server's they are its own. */
function failureTexts(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const { source, message, stackTrace } = value as Record<string, string | undefined>;
  const own = source === 'TypeScriptSDK' ? [message ?? '', stackTrace ?? ''] : [];
  return [...own, ...Object.values(value).flatMap(failureTexts)];
}

const text = (base64 = ''): string => Buffer.from(base64, 'base64').toString('utf8');

async function historyOf(workflowId: string): Promise<unknown> {
  return JSON.parse(historyToJSON(await stranger.workflow.getHandle(workflowId).fetchHistory()));
}

/** Search attributes are indexed by the server: they hold names and states, and stay readable. */
const isIndexed = ({ path }: Found): boolean => path.includes('/searchAttributes/');

const wanted = { role: 'codec', lifetimeMs: 600_000, actor: 'test' } as const;
const { token } = await createApiTokens(story.pool).create(wanted);

test('with the codec on, no payload and no failure of a whole life can be read in event history', async () => {
  const first = await story.authorize();
  assert.equal(first.jobs.find(({ job }) => job === 'user-sync')?.status, 'success');
  const failed = first.jobs.find(({ job }) => job === 'company-sync');
  assert.equal(failed?.status, 'failed', 'there is a failure to look at');
  await stranger.workflow.getHandle(connectionId).signal('oauthCallback', { attemptId: 'in-the-clear' });
  await until('it complains', async () => (await mooring.status(connection)).lastRefusal !== undefined);
  const { username } = await mooring.status(connection);

  const ids = [
    connectionId,
    first.syncId,
    ...['picklist-sync', 'user-sync', 'company-sync'].map((job) => jobWorkflowId(connection, job)),
  ];
  let failures = 0;
  for (const id of ids) {
    const history = await historyOf(id);
    const found = payloadsOf(history).filter((one) => !isIndexed(one));
    assert.ok(found.length >= 3, `${id} has payloads`);
    const readable = found.filter(({ payload }) => text(payload.metadata['encoding']) !== 'binary/encrypted');
    // What came from outside without the codec is as it was sent.
    const sentInClear = readable.filter(({ payload }) => text(payload.data).includes('in-the-clear'));
    assert.deepEqual(
      readable.filter((one) => !sentInClear.includes(one)),
      [],
      id,
    );
    const said = failureTexts(history);
    failures += said.length;
    assert.deepEqual(
      said.filter((words) => !['Encoded failure', ''].includes(words)),
      [],
      id,
    );
    const everything = JSON.stringify(history);
    for (const word of [username ?? 'nobody', 'Nothing__c', 'workflows/', 'Reads', 'Salesforce'])
      assert.ok(!everything.includes(word), `${id} does not hold "${word}"`);
  }
  assert.ok(failures > 0, 'failures were looked at');
});

test('what workflow code itself throws cannot be read either', async () => {
  const workflowId = jobWorkflowId(connection, 'not-a-job');
  const taskQueue = `${temporal.taskQueue}-${connection}`;
  const handle = await reader.workflow.start('userSync', { workflowId, taskQueue, args: [null] });
  await until('its task has failed', async () => failureTexts(await historyOf(workflowId)).length > 0);
  assert.deepEqual(failureTexts(await historyOf(workflowId)), ['Encoded failure', '']);
  await handle.terminate();
});

test('who has no key can neither query nor read what a workflow shows', async () => {
  await assert.rejects(
    stranger.workflow.getHandle(connectionId).query('status'),
    /Unknown encoding: binary\/encrypted/,
  );
  await assert.rejects(
    stranger.workflow.getHandle(connectionId).query('__temporal_workflow_metadata'),
    /Unknown encoding: binary\/encrypted/,
    'current details and descriptions',
  );
  const keyless = new Client({ connection: temporal.connection, dataConverter: createDataConverter(undefined) });
  await assert.rejects(keyless.workflow.getHandle(connectionId).query('status'), /MOORING_CODEC_KEY is not set/);
  const { raw } = await stranger.workflow.getHandle(connectionId).describe();
  const shown = payloadsOf(JSON.parse(JSON.stringify(raw))).filter((one) => !isIndexed(one));
  assert.ok(shown.length > 0);
  for (const { path, payload } of shown) assert.equal(text(payload.metadata['encoding']), 'binary/encrypted', path);
});

test('a schedule that did not change is not written again: its memo is read through the codec', async () => {
  const describe = () => reader.schedule.getHandle(jobScheduleId(connection, 'user-sync')).describe();
  const before = await describe();
  await mooring.configure(connection);
  assert.deepEqual((await describe()).info.lastUpdatedAt, before.info.lastUpdatedAt);
});

const decode = (payloads: readonly unknown[], headers: Record<string, string>) =>
  fetch(`${baseUrl}/codec/decode`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ payloads }),
  });

test('the Web UI reads a history through our server, with a token and from its own origin only', async () => {
  const payloads = payloadsOf(await historyOf(connectionId))
    .filter((one) => !isIndexed(one))
    .map(({ payload }) => payload);
  const authorization = `Bearer ${token}`;
  const answer = await decode(payloads, { authorization, origin: UI });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('access-control-allow-origin'), UI);
  const { payloads: decoded } = (await answer.json()) as { payloads: Found['payload'][] };
  const values = decoded.map(({ data }) => text(data)).join('\n');
  assert.match(values, new RegExp(`"connection":"${connection}"`));
  assert.match(values, /Connection .* to Salesforce/, 'the summary of the workflow');
  assert.match(values, /stack_trace/, 'the words of a failure');

  assert.equal((await decode(payloads, { authorization, origin: 'http://127.0.0.1:9999' })).status, 403);
  assert.equal((await decode(payloads, { origin: UI })).status, 401);
});

test('the temporal command reads a history through our server', async () => {
  const args = ['workflow', 'show', '--workflow-id', connectionId, '--address', temporal.address, '--output', 'json'];
  const show = async (...more: readonly string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)(await findTemporal(), [...args, ...more], {
      maxBuffer: 64 * 1024 * 1024,
    });
    return JSON.stringify(JSON.parse(stdout));
  };
  assert.doesNotMatch(await show(), /to Salesforce/);
  const endpoint = ['--codec-endpoint', `${baseUrl}/codec`, '--codec-auth', `Bearer ${token}`];
  const shown = payloadsOf(JSON.parse(await show(...endpoint))).filter((one) => !isIndexed(one));
  assert.ok(shown.some(({ payload }) => text(payload.data).includes('to Salesforce')));
  assert.ok(shown.every(({ payload }) => text(payload.metadata['encoding']) !== 'binary/encrypted'));
});
