import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../domain/names.ts';
import { missingSearchAttributes } from '../../services/search-attributes.ts';
import { startTemporal } from '../../services/temporal.ts';
import { blocksOf } from './pages.ts';
import { startDevSystem } from './dev-system.ts';
import { temporalCommands, type DocumentedCommand } from './temporal-commands.ts';
import { until } from '../support/until.ts';

const COMMANDS = temporalCommands();
const untried = new Set(COMMANDS.map(({ text }) => text));

/** The one documented command that holds all these words; it counts as tried. */
function documented(...words: readonly string[]): DocumentedCommand {
  const [command, ...others] = COMMANDS.filter(({ text }) => words.every((word) => text.includes(word)));
  assert.ok(command && others.length === 0, `one documented command holds "${words.join('", "')}"`);
  untried.delete(command.text);
  return command;
}

const system = await startDevSystem();
const { mooring, pool, client, shell } = system;
const NIGHTLY = 'schedule/acme/chain/nightly';
/** What the pages have in the place of a sync's id, and say so. */
const SOME_SYNC = 'sync/acme/2eeb06d7';

const run = (...words: readonly string[]): Promise<string> => shell(documented(...words).text);
const count = async (sql: string): Promise<number> => Number((await pool.query<{ count: string }>(sql)).rows[0]?.count);
const nightly = async () => (await client.schedule.getHandle(NIGHTLY).describe()).state;
const syncIdIn = (text: string): string => /sync\/acme\/[0-9a-f]+/.exec(text)?.[0] ?? assert.fail(text);
const stateIs = (state: string): Promise<void> =>
  until(`the connection is ${state}`, async () => (await mooring.status('acme')).state === state);

/** Holds jobs that load companies until `work` has ended. */
async function whileCompaniesAreLocked<T>(work: () => Promise<T>): Promise<T> {
  const locker = await pool.connect();
  try {
    await locker.query('BEGIN; LOCK TABLE model.company IN ACCESS EXCLUSIVE MODE');
    return await work();
  } finally {
    await locker.query('ROLLBACK');
    locker.release();
  }
}

test('the search attributes of the first start are what Mooring asks for', async () => {
  const bare = await startTemporal({ headless: true, searchAttributes: [] });
  try {
    await shell(documented('operator search-attribute create').text, {});
    // Beside mooring dev they exist already, and that is no failure; on a bare server they are made.
    await shell(`export TEMPORAL_ADDRESS=${bare.address}\n${documented('operator search-attribute create').text}`);
    const connection = await Connection.connect({ address: bare.address });
    await until('they are there', async () => {
      const missing = await missingSearchAttributes(connection, 'default', SEARCH_ATTRIBUTES);
      return missing.length === 0;
    });
    await connection.close();
  } finally {
    await bare.stop();
  }
});

test('the status query tells state, org, user and jobs', async () => {
  const answer = await run('workflow query', '--type status');
  for (const word of ['active', 'Acme Corporation', 'admin@acme.example', 'company-sync', 'lastRun'])
    assert.ok(answer.includes(word), `${word} in: ${answer}`);
});

test('lists, histories and the task queue can be looked at', async () => {
  const untilItLists = (what: string, ...words: readonly string[]): Promise<void> =>
    until(`the list holds ${what}`, async () => (await run('workflow list', ...words)).includes(what));
  await untilItLists('connection/acme', 'ExecutionStatus');
  await untilItLists('job/acme/relationship-sync', 'partial_success');
  assert.match(
    await run('workflow show', 'its event history'),
    /WorkflowExecutionStarted[^]*oauthCallback|WorkflowExecutionSignaled/,
  );
  assert.match(await run('task-queue describe'), /workflow|activity/i);
});

test('every filter for the list of the Web UI finds what it says', async () => {
  const filters = blocksOf('docs/operate.md', 'text').find((block) => block.startsWith('MooringConnection ='));
  assert.ok(filters !== undefined);
  for (const filter of filters.trim().split('\n')) {
    const listed = await shell(`temporal workflow list --query '${filter}'`);
    const wanted = filter.includes('!=') ? 0 : 1;
    assert.ok(wanted === 0 || /acme/.test(listed), `${filter}: ${listed}`);
  }
});

test('runJobs starts the jobs that it is given, or all, and result waits for their end', async () => {
  const one = syncIdIn(await run('--name runJobs', 'company-sync'));
  const result = await shell(documented('workflow result', SOME_SYNC).text.replace(SOME_SYNC, one));
  assert.match(result, /company-sync/);
  assert.doesNotMatch(result, /user-sync/);
  const all = await mooring.syncResult(syncIdIn(await run('--name runJobs', "--input '{}'")));
  assert.ok(all.jobs.length >= 6);
});

test('pauseSchedule and resumeSchedule pause and resume with a note of ours', async () => {
  await run('--name pauseSchedule');
  const paused = await nightly();
  assert.deepEqual([paused.paused, paused.note?.startsWith('mooring:')], [true, true]);
  await run('--name resumeSchedule');
  assert.equal((await nightly()).paused, false);
});

test('a schedule is shown, triggered, and paused for longer than Mooring may resume', async () => {
  await until('it is listed', async () => (await run('schedule list')).includes(NIGHTLY));
  assert.match(await run('schedule describe'), /Europe\/Berlin|nightly/);

  const ended = () => count(`SELECT count(*) FROM mooring.run WHERE finished_at IS NOT NULL`);
  const before = await ended();
  await run('schedule trigger');
  await until('the six jobs of the chain have run', async () => (await ended()) >= before + 6);

  await run('schedule toggle', '--pause');
  assert.deepEqual(await nightly(), { ...(await nightly()), paused: true, note: 'year-end closing' });
  await shell('mooring resume acme');
  assert.equal((await nightly()).paused, true, 'mooring resume does not touch it');
  await run('schedule toggle', '--unpause');
  assert.equal((await nightly()).paused, false);
});

test('cancelling a job ends it, and what comes after it is skipped', async () => {
  const syncId = await whileCompaniesAreLocked(async () => {
    const { syncId } = await mooring.runJobs('acme', { jobs: ['company-sync', 'company-person-sync'], mode: 'full' });
    await until('the job runs', () => mooring.isRunning('job/acme/company-sync'));
    await run('workflow cancel', 'job/acme/company-sync');
    return syncId;
  });
  const { jobs } = await mooring.syncResult(syncId);
  assert.deepEqual(
    jobs.map(({ job, status }) => [job, status]),
    [
      ['company-sync', 'cancelled'],
      ['company-person-sync', 'skipped'],
    ],
  );
});

test('cancelling a sync cancels its jobs', async () => {
  await whileCompaniesAreLocked(async () => {
    const { syncId } = await mooring.runJobs('acme', { jobs: ['company-sync'], mode: 'full' });
    await until('the job runs', () => mooring.isRunning('job/acme/company-sync'));
    await shell(documented('workflow cancel', SOME_SYNC).text.replace(SOME_SYNC, syncId));
  });
  await until('the job has ended', async () => !(await mooring.isRunning('job/acme/company-sync')));
  const { rows } = await pool.query<{ status: string }>(
    `SELECT status FROM mooring.run WHERE job_name = 'company-sync' ORDER BY started_at DESC LIMIT 1`,
  );
  assert.equal(rows[0]?.status, 'cancelled');
});

test('reauthorize shows that a new authorization is wanted, and changes nothing', async () => {
  await run('workflow signal', '--name reauthorize');
  await until('it is shown', async () => {
    const { reauthorizationAsked = '' } = await mooring.status('acme');
    return reauthorizationAsked.includes('new owner');
  });
  assert.equal((await mooring.status('acme')).state, 'active');
});

test('revoke stops the connection: no grant, no job, paused schedules, and the reason is kept', async () => {
  await run('workflow signal', '--name revoke');
  await stateIs('revoked');
  assert.equal(await count('SELECT count(*) FROM mooring.oauth_grant WHERE refresh_token_sealed IS NOT NULL'), 0);
  assert.equal(await count(`SELECT count(*) FROM mooring.audit WHERE details::text LIKE '%laptop lost%'`), 1);
  await until('the schedules are paused', async () => (await nightly()).paused);
  const refusal = blocksOf('docs/operate.md', 'text').find((block) => block.includes('may run')) ?? '';
  await assert.rejects(run('--name runJobs', "--input '{}'"), (error: Error & { stdout?: string; stderr?: string }) =>
    `${error.stdout ?? ''}${error.stderr ?? ''}`.includes(refusal.trim()),
  );
  await system.authorize();
  await until('the schedules go on', async () => !(await nightly()).paused);
});

test('configure answers with what is in force', async () => {
  assert.match(await run('--name configure'), /"?revision"?/);
});

test('a connection whose workflow was terminated is brought back by apply', async () => {
  await shell(documented('workflow terminate').block);
  const { status } = await client.workflow.getHandle('connection/acme').describe();
  assert.equal(status.name, 'RUNNING');
  await stateIs('active');
});

test('an encrypted history is shown by the documented command, and by no other', async () => {
  const [key = ''] = blocksOf('docs/codec.md', 'bash').filter((block) => block.includes('MOORING_CODEC_KEY=$('));
  const codecKey = (await shell(`${key}\nprintf %s "$MOORING_CODEC_KEY"`)).trim();
  await system.restart({ MOORING_CODEC_KEY: codecKey });
  await shell('mooring pause acme nightly');
  const { text } = documented('workflow show', '--codec-endpoint');
  const ours = text.replace('https://mooring.example.com', system.baseUrl);
  const payloads = async (command: string): Promise<string> => {
    const history = await shell(`${command} --output json`);
    return [...history.matchAll(/"data": *"([^"]*)"/g)]
      .map(([, data = '']) => Buffer.from(data, 'base64').toString())
      .join('\n');
  };
  assert.match(await payloads(ours), /"name":"nightly"/);
  assert.doesNotMatch(await payloads('temporal workflow show --workflow-id connection/acme'), /"name":"nightly"/);
  await system.restart({ MOORING_CODEC_KEY: `off,${codecKey}` });
});

test('destroy ends the connection for good', async () => {
  await run('--name destroy');
  assert.equal(await count(`SELECT count(*) FROM mooring.connection WHERE state <> 'destroyed'`), 0);
  await assert.rejects(client.schedule.getHandle(NIGHTLY).describe());
});

test('every documented call of the temporal command was tried', () => {
  assert.ok(COMMANDS.length > 15);
  assert.deepEqual([...untried], []);
});
