import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import pg from 'pg';
import { freePort } from '../../services/free-port.ts';
import { createTestDatabase } from '../support/database.ts';
import { emptyFolder } from '../support/empty-folder.ts';
import { until } from '../support/until.ts';
import { whenTestsEnd } from '../support/when-tests-end.ts';
import { ownServer } from '../workflows/own-server.ts';
import { assertSaysOnly, runCli, startCli, type Environment } from './run-cli.ts';

// A server of our own: on the shared one somebody else's worker might answer.
const temporal = await ownServer();
const database = await createTestDatabase();
whenTestsEnd(database.drop);
const nobody = `127.0.0.1:${await freePort()}`;
const ELSEWHERE = { DATABASE_URL: `postgres://me:hunter2-secret@${nobody}/mooring`, TEMPORAL_ADDRESS: nobody };
const newKey = (): string => randomBytes(32).toString('base64');

const system: Environment = {
  DATABASE_URL: database.url,
  TEMPORAL_ADDRESS: temporal.address,
  MOORING_KEY: newKey(),
};
const without = (name: string): Environment =>
  Object.fromEntries(Object.entries(system).filter(([variable]) => variable !== name));

/** Far above the 10 seconds of patience with a missing worker: what takes longer hangs, on any machine. */
const PROMPT_MS = 120_000;

async function assertFails(args: readonly string[], env: Environment, sentence: RegExp): Promise<void> {
  const ended = await runCli(args, { env });
  assertSaysOnly(ended, sentence);
  assert.ok(ended.tookMs < PROMPT_MS, `${args.join(' ')} took ${ended.tookMs} ms`);
  assert.doesNotMatch(ended.stderr, /hunter2|AAAA/, 'no password and no key');
}

const folder = await emptyFolder();
await writeFile(
  join(folder, 'acme.yaml'),
  `connection: acme
salesforce:
  org: production
  clientId: { env: ACME_CLIENT_ID }
  clientSecret: { env: ACME_CLIENT_SECRET }
`,
);

test('without mooring dev and without DATABASE_URL, what needs a database says what to set', async () => {
  for (const args of [['status'], ['run', 'acme'], ['worker']])
    await assertFails(
      args,
      {},
      /^✖ The database is not known: no "mooring dev" runs in this folder and DATABASE_URL is not set\./,
    );
});

test('without mooring dev and without TEMPORAL_ADDRESS, what needs Temporal says what to set', async () => {
  for (const args of [['run', 'acme'], ['worker']])
    await assertFails(
      args,
      without('TEMPORAL_ADDRESS'),
      /^✖ The Temporal server is not known: .* TEMPORAL_ADDRESS is not set\./,
    );
});

test('a database that is down is named, without its password', async () => {
  for (const args of [['status'], ['apply', folder], ['worker']])
    await assertFails(
      args,
      { ...system, ...ELSEWHERE },
      new RegExp(`^✖ PostgreSQL at "${nobody}/mooring" cannot be used: .*Check DATABASE_URL`),
    );
});

test('a DATABASE_URL that is none is named', async () => {
  await assertFails(
    ['status'],
    { ...system, DATABASE_URL: 'not a url' },
    /^✖ PostgreSQL at ".*" cannot be used: .*DATABASE_URL/,
  );
});

test('a database without our tables says how to make them', async () => {
  await assertFails(['status'], system, /^✖ The database lacks \d+ of Mooring's migrations .* Run: mooring migrate/);
});

test('migrate makes the tables, and says so the second time', async () => {
  const first = await runCli(['migrate'], { env: system });
  assert.deepEqual([first.status, first.stderr], [0, '']);
  assert.match(first.stdout, /^Applied: 000001-/);
  const second = await runCli(['migrate'], { env: system });
  assert.deepEqual([second.status, second.stdout], [0, 'The database is up to date.\n']);
});

test('a Temporal server that is down is named', async () => {
  for (const args of [['apply', folder], ['worker']])
    await assertFails(
      args,
      { ...system, TEMPORAL_ADDRESS: nobody },
      new RegExp(`^✖ Temporal at "${nobody}" does not answer\\. Check TEMPORAL_ADDRESS`),
    );
});

test('status reads the database only, and says when there is nothing to show', async () => {
  const { status, stdout, stderr } = await runCli(['status'], { env: without('TEMPORAL_ADDRESS') });
  assert.deepEqual([status, stderr], [0, '']);
  assert.match(stdout, /There are no connections yet\..* mooring apply DIR/);
});

test('a connection that does not exist is named, with what to do', async () => {
  for (const args of [
    ['status', 'nowhere'],
    ['run', 'nowhere'],
    ['authorize', 'nowhere'],
  ])
    await assertFails(args, system, /^✖ .*"nowhere".*\bapply\b/);
});

test('a missing key stops what reads secrets, before it starts', async () => {
  for (const args of [['worker'], ['server']])
    await assertFails(args, without('MOORING_KEY'), /^✖ MOORING_KEY is not set, .*openssl rand -base64 32/);
});

test('something that is no key is not called one, and is not repeated', async () => {
  await assertFails(
    ['worker'],
    { ...system, MOORING_KEY: 'AAAA-not-a-key' },
    /^✖ MOORING_KEY holds an entry that is not a key/,
  );
});

test('apply stores what the files say although no worker runs, and says what to start', async () => {
  const { status, stderr, tookMs } = await runCli(['apply', folder, '--yes'], { env: system });
  assert.equal(status, 1);
  assert.match(
    stderr,
    /^✖ Connection "acme" did not answer within 10 seconds: no worker seems to run\. Start one: mooring worker/,
  );
  assert.ok(tookMs < PROMPT_MS);
});

test('run answers within seconds although no worker runs, and says what to start', async () => {
  await assertFails(['run', 'acme'], system, /no worker seems to run\. Start one: mooring worker/);
});

/** Waits for a line of a command that stays. */
const says = (cli: ReturnType<typeof startCli>, words: RegExp): Promise<void> =>
  until(`it says ${words.source} (it says: ${cli.stdout()}${cli.stderr()})`, () => words.test(cli.stdout()), 120_000);

test('with a worker the same commands work; Ctrl-C ends it in order', async () => {
  const worker = startCli(['worker'], { env: system });
  await says(worker, /The worker is polling/);
  const applied = await runCli(['apply', folder, '--yes'], { env: system });
  assert.deepEqual([applied.status, applied.stderr], [0, '']);
  assert.match(applied.stdout, /awaiting authorization[^]*mooring authorize acme/);

  await assertFails(['run', 'acme'], system, /^✖ Connection "acme" is awaiting authorization; no job of it may run\./);
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(`UPDATE mooring.connection SET state = 'active', org_id = '00D000000000001EAA'`);
  await client.end();
  await runCli(['apply', folder, '--yes'], { env: system });
  await assertFails(
    ['run', 'acme', 'user-sink'],
    system,
    /^✖ Connection "acme" has no job "user-sink"\. Its jobs: picklist-sync, /,
  );

  worker.process.kill('SIGINT');
  const { status, stderr } = await worker.ended;
  assert.deepEqual([status, stderr], [0, '']);
});

test('a key that is not the one of this database is refused by its id', async () => {
  for (const args of [['worker'], ['server', '--port', String(await freePort())]])
    await assertFails(args, { ...system, MOORING_KEY: newKey() }, /^✖ MOORING_KEY does not hold the key "[0-9a-f]{8}"/);
});

test('a port that is taken is named', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const address = taken.address();
  const port = String(typeof address === 'object' && address ? address.port : 0);
  await assertFails(['server', '--port', port], system, new RegExp(`^✖ .*cannot listen on .*${port}`));
  const cwd = await emptyFolder();
  const ended = await runCli(['dev', '--port', port], {
    env: { DATABASE_URL: database.url, TEMPORAL_ADDRESS: temporal.address, MOORING_KEY: system['MOORING_KEY'] ?? '' },
    cwd,
  });
  assertSaysOnly(ended, new RegExp(`^✖ The HTTP server cannot listen on 127\\.0\\.0\\.1, port "${port}"`));
  taken.close();
});

test('a secret that is not set is named on the page of the link, not a crash', async () => {
  const port = await freePort();
  const env = { ...system, MOORING_URL: `http://127.0.0.1:${port}` };
  const server = startCli(['server', '--port', String(port)], { env });
  await says(server, /The server listens on/);
  const { status, stdout } = await runCli(['authorize', 'acme', '--no-follow'], { env });
  assert.equal(status, 0);
  const [link = ''] = /http:\/\/\S+/.exec(stdout) ?? [];
  const answer = await fetch(link, { redirect: 'manual' });
  const page = await answer.text();
  assert.ok(answer.status >= 500, `status ${answer.status}`);
  assert.match(page, /cannot|not set|configuration|operator/i);
  assert.doesNotMatch(page, /\n\s+at /);
  server.process.kill('SIGTERM');
  const ended = await server.ended;
  assert.equal(ended.status, 0);
  assert.match(ended.stdout + ended.stderr, /ACME_CLIENT_ID/, 'the log names the variable');
});

test('without any way to a Temporal server dev lists what was tried', async () => {
  const cwd = await emptyFolder();
  const bin = join(cwd, 'bin');
  await mkdir(bin);
  const env = {
    ...{ PATH: bin, HOME: cwd, MOORING_CACHE: join(cwd, 'cache'), DATABASE_URL: database.url },
    // Nobody listens there: what would go through this proxy fails at once.
    ...{ HTTPS_PROXY: 'http://127.0.0.1:1', https_proxy: 'http://127.0.0.1:1', NO_PROXY: '' },
  };
  const ended = await runCli(['dev'], { env, cwd });
  assertSaysOnly(
    ended,
    /^✖ No Temporal dev server is at hand\. Tried: "temporal" on PATH .*Install the Temporal CLI .*TEMPORAL_ADDRESS/,
  );
});
