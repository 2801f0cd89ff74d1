import assert from 'node:assert/strict';
import { chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { Client } from 'pg';
import { freePort } from '../../services/free-port.ts';
import { postgresHome, postmasterPid } from '../../services/postgres-home.ts';
import { type PostgresServer, startPostgres } from '../../services/postgres.ts';
import { copyProject } from '../support/project-copy.ts';
import { startScript, type ScriptOptions } from '../support/script.ts';
import { TEST_SETTINGS as settings } from '../support/test-settings.ts';
import { until, untilGone } from '../support/until.ts';

const folder = await mkdtemp(join(tmpdir(), 'mooring-postgres-test-'));
after(() => rm(folder, { recursive: true }));

const isRoot = process.getuid?.() === 0;

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Stops the server, and removes what it left outside of the test's folder. */
async function discard(server: PostgresServer, dataDir: string): Promise<void> {
  await server.stop();
  await rm((await postgresHome(dataDir)).folder, { recursive: true, force: true });
}

async function pidOf(dataDir: string): Promise<number> {
  const pid = await postmasterPid((await postgresHome(dataDir)).folder);
  assert.ok(pid);
  return pid;
}

test('a restart keeps data, port and password; it is UTF-8, UTC and answers on the loopback address only', async () => {
  const dataDir = join(folder, 'restart');
  const first = await startPostgres({ dataDir, name: 'acme' });
  await query(first.url, `CREATE TABLE greeting AS SELECT 'Grüße, 世界 🌍' AS text`);
  const [facts] = await query(
    first.url,
    `
    SELECT current_setting('server_encoding') AS encoding, current_setting('TimeZone') AS zone, current_database() AS database,
           current_setting('listen_addresses') AS addresses, current_setting('server_version_num')::int / 10000 AS major`,
  );
  assert.deepEqual(facts, { encoding: 'UTF8', zone: 'UTC', database: 'acme', addresses: '127.0.0.1', major: 18 });
  await first.stop();

  const second = await startPostgres({ dataDir, name: 'acme' });
  assert.equal(second.url, first.url);
  assert.deepEqual(await query(second.url, 'SELECT text FROM greeting'), [{ text: 'Grüße, 世界 🌍' }]);
  await assert.rejects(query(second.url.replace(/:[0-9a-f]{10,}@/, ':wrong@'), 'SELECT 1'), { code: '28P01' });
  const other = Object.values(networkInterfaces())
    .flat()
    .find((found) => found && !found.internal && found.family === 'IPv4');
  const elsewhere = second.url.replace('127.0.0.1', other?.address ?? '127.0.0.2');
  await assert.rejects(query(elsewhere, 'SELECT 1'), { code: 'ECONNREFUSED' });
  assert.equal((await stat(join(dataDir, 'password'))).mode & 0o777, 0o600);
  await discard(second, dataDir);
});

test('another database of the same server is made when it is asked for', async () => {
  const dataDir = join(folder, 'databases');
  await (await startPostgres({ dataDir, settings, name: 'one' })).stop();
  const server = await startPostgres({ dataDir, settings, name: 'two' });
  assert.deepEqual(await query(server.url, 'SELECT current_database() AS name'), [{ name: 'two' }]);
  await discard(server, dataDir);
});

test('a second start on the same folder is refused while the first runs', async () => {
  const dataDir = join(folder, 'twice');
  const server = await startPostgres({ dataDir, settings });
  await assert.rejects(startPostgres({ dataDir, settings }), { code: 'ALREADY_RUNNING', message: /twice/ });
  await query(server.url, 'SELECT 1');
  await discard(server, dataDir);
});

test('a port that is taken is named, and nothing stays behind', async () => {
  const server = await startPostgres({ settings });
  const dataDir = join(folder, 'taken');
  await assert.rejects(startPostgres({ dataDir, port: server.port, settings }), { code: 'PORT_TAKEN' });
  await server.stop();
  const late = await startPostgres({ dataDir, port: server.port, settings });
  assert.equal(late.port, server.port);
  await discard(late, dataDir);
});

test('a temporary server leaves no file behind', async () => {
  const server = await startPostgres({ settings });
  const place = dirname(server.logFile);
  const { folder: home } = await postgresHome(place);
  await server.stop();
  for (const path of [place, home]) await assert.rejects(stat(path), { code: 'ENOENT' });
});

test('kill -9 of the parent ends the server, and the next start has its data', async () => {
  const dataDir = join(folder, 'orphan');
  const script = startScript(
    `
    import { startPostgres } from(services/postgres.ts);
    const { url } = await startPostgres({ dataDir: process.env.DATA_DIR });
    console.log(JSON.stringify(url));
    setInterval(() => {}, 1000);`,
    { env: { ...process.env, DATA_DIR: dataDir } },
  );
  await query(String(await script.next()), 'CREATE TABLE kept AS SELECT 1 AS id');
  const pid = await pidOf(dataDir);
  script.process.kill('SIGKILL');
  await script.ended;
  const server = await startPostgres({ dataDir });
  await untilGone(pid);
  assert.deepEqual(await query(server.url, 'SELECT id FROM kept'), [{ id: 1 }]);
  await discard(server, dataDir);
});

test('a crash of the server is reported, and healed by the next start even when its process id is in use again', async () => {
  const dataDir = join(folder, 'crash');
  const server = await startPostgres({ dataDir });
  await query(server.url, 'CREATE TABLE kept AS SELECT 1 AS id');
  const { folder: home } = await postgresHome(dataDir);
  const pidFile = join(home, 'data', 'postmaster.pid');
  const text = await readFile(pidFile, 'utf8');
  let death = '';
  void server.died.then((error) => (death = error.message));
  process.kill(await pidOf(dataDir), 'SIGKILL');
  await until('the crash is reported', () => death !== '');
  assert.match(death, /^PostgreSQL ended by itself/);
  await server.stop();

  await writeFile(pidFile, text.replace(/^\d+/, String(process.pid)));
  const next = await startPostgres({ dataDir });
  assert.deepEqual(await query(next.url, 'SELECT id FROM kept'), [{ id: 1 }]);
  await discard(next, dataDir);
});

test('data of another major version is refused with a way out', async () => {
  const dataDir = join(folder, 'older');
  await mkdir(dataDir);
  const home = (await postgresHome(dataDir)).folder;
  await mkdir(join(home, 'data'));
  await writeFile(join(home, 'data', 'PG_VERSION'), '15\n');
  await assert.rejects(startPostgres({ dataDir }), { code: 'SERVICE_FAILED', message: /"15".*delete/ });
  await rm(home, { recursive: true });
});

/** Starts and stops a server twice in a process of its own, from a copy of the project; returns what it found the second time. */
async function startInCopy(options: ScriptOptions, dataDir: string): Promise<unknown> {
  const env = { PATH: process.env['PATH'], HOME: '', DATA_DIR: dataDir };
  const script = startScript(
    `
    import { startPostgres } from(services/postgres.ts);
    import { createRequire } from 'node:module';
    const { Client } = createRequire(process.cwd() + '/')('pg');
    const ask = async (url, sql) => {
      const client = new Client({ connectionString: url });
      await client.connect();
      const { rows } = await client.query(sql);
      await client.end();
      return rows;
    };
    const first = await startPostgres({ dataDir: process.env.DATA_DIR });
    await ask(first.url, 'CREATE TABLE kept AS SELECT 1 AS id');
    await first.stop();
    const second = await startPostgres({ dataDir: process.env.DATA_DIR });
    console.log(JSON.stringify(await ask(second.url, 'SELECT id FROM kept')));
    await second.stop();`,
    { ...options, env },
  );
  const answer = await script.next();
  assert.equal(await script.ended, 0);
  return answer;
}

test('it runs from a checkout below a folder that only its owner can enter', async () => {
  const closed = join(folder, 'closed');
  await mkdir(closed, { mode: 0o700 });
  const dataDir = join(closed, 'project', '.mooring', 'postgres');
  assert.deepEqual(await startInCopy(await copyProject(join(closed, 'project')), dataDir), [{ id: 1 }]);
  if (isRoot) {
    const { folder: home, account, shared } = await postgresHome(dataDir);
    assert.ok(account && shared);
    assert.equal((await stat(join(home, 'data'))).uid, account.uid);
    assert.ok(
      (await readdir(shared)).some((name) => name.startsWith('postgresql-18')),
      'the programs were copied',
    );
    await rm(home, { recursive: true });
  }
});

test('it runs for a normal user, right in the data folder', async () => {
  const open = await mkdtemp(join(tmpdir(), 'mooring-user-test-'));
  try {
    const { folder: unused, account } = await postgresHome(folder);
    if (isRoot) await rm(unused, { recursive: true });
    const dataDir = join(open, 'data');
    const copy = await copyProject(join(open, 'project'));
    if (account) for (const path of [open, copy.project]) await chown(path, account.uid, account.gid);
    const as = account && { account: { uid: account.uid, gid: account.gid } };
    assert.deepEqual(await startInCopy({ ...copy, ...as }, dataDir), [{ id: 1 }]);
    assert.equal((await readFile(join(dataDir, 'data', 'PG_VERSION'), 'utf8')).trim(), '18');
  } finally {
    await rm(open, { recursive: true, force: true });
  }
});

test('the next server removes what an earlier one of the same folder left elsewhere', async () => {
  const dataDir = join(folder, 'deleted');
  const first = await startPostgres({ dataDir, settings });
  await query(first.url, 'CREATE TABLE forgotten ()');
  const home = (await postgresHome(dataDir)).folder;
  await first.stop();
  await rm(dataDir, { recursive: true });
  const second = await startPostgres({ dataDir, settings, port: await freePort() });
  assert.deepEqual(await query(second.url, `SELECT to_regclass('forgotten')::text AS found`), [{ found: null }]);
  if (isRoot) await assert.rejects(stat(home), { code: 'ENOENT' });
  await discard(second, dataDir);
});
