import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client, DatabaseError } from 'pg';
import { MooringError } from '../domain/errors.ts';
import { type Child, startChild, waitUntilReady } from './child-process.ts';
import { choosePort, LOOPBACK, portTaken } from './free-port.ts';
import { acquireLock } from './lock-file.ts';
import { type PostgresBinaries, postgresBinaries } from './postgres-binaries.ts';
import { type PostgresHome, postgresHome, postmasterPid, removeHome } from './postgres-home.ts';
import { commandOf } from './process-identity.ts';

const run = promisify(execFile);

export interface PostgresOptions {
  /** Folder of this server alone; kept between starts. Absent: a temporary one, removed by `stop`. */
  readonly dataDir?: string | undefined;
  /** Database to create and to name in the URL; also the superuser's name. `mooring` when absent. */
  readonly name?: string | undefined;
  /** Absent: the port of last time when it is free, else a free one. */
  readonly port?: number | undefined;
  /** Server settings, as in postgresql.conf; they win over ours. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
}

export interface PostgresServer {
  /** `postgres://user:password@127.0.0.1:port/database`: holds the password, so it is not for logs. */
  readonly url: string;
  readonly port: number;
  readonly logFile: string;
  /** Resolves, to the reason, when the server ends although nobody stopped it. */
  readonly died: Promise<MooringError>;
  /** Ends all sessions, writes everything down and resolves once the server is gone. */
  readonly stop: () => Promise<void>;
}

/** A developer's machine has memory, and bulk loads want few checkpoints; nobody there is in another time zone than the data. */
const SETTINGS = {
  max_connections: '100',
  shared_buffers: '256MB',
  work_mem: '16MB',
  maintenance_work_mem: '256MB',
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
  timezone: 'UTC',
  log_timezone: 'UTC',
  datestyle: 'ISO, YMD',
};

const NAME = 'PostgreSQL';
/** As long as a fast shutdown may take: its checkpoint writes at most `shared_buffers` and some. */
const GRACE_SECONDS = 30;

/**
 * Starts a real PostgreSQL 18 that listens on 127.0.0.1 only and that cannot outlive this process.
 *
 * @throws ALREADY_RUNNING when a server already runs on `dataDir`
 * @throws PORT_TAKEN when `port` is in use
 * @throws SERVICE_FAILED when it does not start; the message holds its last words
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const temporary = options.dataDir === undefined;
  const dataDir =
    options.dataDir === undefined ? await mkdtemp(join(tmpdir(), 'mooring-postgres-')) : resolve(options.dataDir);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const lock = await acquireLock(join(dataDir, 'lock'), `${NAME} of "${dataDir}"`);
  let home: PostgresHome | undefined;
  const cleanUp = async (): Promise<void> => {
    if (temporary && home !== undefined) await removeHome(dataDir, home);
    await lock.release();
  };
  try {
    home = await postgresHome(dataDir);
    const server = await startLocked(dataDir, home, options);
    const stop = async (): Promise<void> => {
      await server.stop();
      await cleanUp();
    };
    return { ...server, stop };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

async function startLocked(dataDir: string, home: PostgresHome, options: PostgresOptions): Promise<PostgresServer> {
  const { name = 'mooring', settings = {} } = options;
  const binaries = await postgresBinaries(home.account, home.shared);
  await outwaitPredecessor(dataDir, home);
  const password = await ensurePassword(dataDir);
  const data = await ensureCluster({ dataDir, home, binaries, name, password, sync: settings['fsync'] !== 'off' });
  const portFile = join(dataDir, 'port');
  const last = Number(await readFile(portFile, 'utf8').catch(() => '')) || undefined;
  const port = await choosePort({ name: NAME, port: options.port, last });
  const logFile = join(dataDir, 'postgres.log');
  const url = (database: string): string => `postgres://${name}:${password}@${LOOPBACK}:${port}/${database}`;

  const child = await startChild({
    name: NAME,
    command: binaries.postgres,
    args: [
      '-D',
      data,
      ...settingArguments({
        ...SETTINGS,
        ...settings,
        listen_addresses: LOOPBACK,
        port: String(port),
        unix_socket_directories: '',
      }),
    ],
    env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' },
    logFile,
    stopSignal: 'INT', // fast shutdown; TERM would wait for every client
    graceSeconds: GRACE_SECONDS,
    account: home.account,
  });
  await readyOrThrow(child, { logFile, port, name, url });
  await writeFile(portFile, String(port), { mode: 0o600 });
  return { url: url(name), port, logFile, died: child.died, stop: child.stop };
}

const settingArguments = (settings: Readonly<Record<string, string>>): string[] =>
  Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]);

async function readyOrThrow(
  child: Child,
  { logFile, port, name, url }: { logFile: string; port: number; name: string; url: (database: string) => string },
): Promise<void> {
  try {
    // Generous: after a crash it replays its log first, up to max_wal_size of it.
    await waitUntilReady(child, () => ensureDatabase(url, name), { name: NAME, timeoutMs: 5 * 60_000, logFile });
  } catch (error) {
    const log = await readFile(logFile, 'utf8').catch(() => '');
    throw /could not (bind|create any TCP)/.test(log) ? portTaken(NAME, port) : error;
  }
}

/** Creates the database when it is missing; rejects while the server does not answer yet. */
async function ensureDatabase(url: (database: string) => string, name: string): Promise<void> {
  const client = new Client({ connectionString: url('postgres'), connectionTimeoutMillis: 10_000 });
  try {
    await client.connect();
    const found = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code === '57P03') throw error; // 57P03: still starting up
    throw new MooringError('SERVICE_FAILED', `${NAME} refused our own account: ${error.message}.`, { cause: error });
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Waits for the server of a process that is gone: its watchdog is just stopping it. Removes `postmaster.pid` when its process id
 * now belongs to something else, as it may after a reboot; PostgreSQL itself would refuse to start then.
 */
async function outwaitPredecessor(dataDir: string, home: PostgresHome): Promise<void> {
  const deadline = Date.now() + (GRACE_SECONDS + 5) * 1000;
  const data = join(home.folder, 'data');
  for (;;) {
    const pid = await postmasterPid(home.folder);
    if (pid === undefined) return;
    if (!((await commandOf(pid)) ?? '').includes(data)) {
      await rm(join(data, 'postmaster.pid'), { force: true });
      return;
    }
    if (Date.now() > deadline) {
      throw new MooringError(
        'ALREADY_RUNNING',
        `${NAME} of "${dataDir}" still runs as process "${pid}", left by a process that is gone. Stop it with kill -INT ${pid}.`,
      );
    }
    await delay(100);
  }
}

async function ensurePassword(dataDir: string): Promise<string> {
  const file = join(dataDir, 'password');
  const known = await readFile(file, 'utf8').catch(() => '');
  if (known !== '') return known;
  const password = randomBytes(24).toString('hex');
  await writeFile(file, password, { mode: 0o600 });
  return password;
}

interface ClusterOptions {
  readonly dataDir: string;
  readonly home: PostgresHome;
  readonly binaries: PostgresBinaries;
  readonly name: string;
  readonly password: string;
  readonly sync: boolean;
}

/** Returns PostgreSQL's own folder, made by initdb the first time. It appears whole, so an interrupted start leaves no half. */
async function ensureCluster({ dataDir, home, binaries, name, password, sync }: ClusterOptions): Promise<string> {
  const data = join(home.folder, 'data');
  const found = await readFile(join(data, 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (found !== undefined) {
    if (found.trim() === binaries.major) return data;
    throw new MooringError(
      'SERVICE_FAILED',
      `The data in "${dataDir}" was written by PostgreSQL "${found.trim()}", and this is ${binaries.major}. Export it with the older version, or delete that folder to start anew.`,
    );
  }
  const draft = join(home.folder, 'data.new');
  const passwordFile = join(home.folder, 'initial-password');
  await rm(draft, { recursive: true, force: true });
  await writeFile(passwordFile, password, { mode: 0o600 });
  const as = home.account && { uid: home.account.uid, gid: home.account.gid };
  if (as) await chown(passwordFile, as.uid, as.gid);
  const initdb = [
    `--pgdata=${draft}`,
    `--username=${name}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The same order and case rules on every machine, whatever locales it has.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    ...(sync ? [] : ['--no-sync']),
  ];
  try {
    await run(binaries.initdb, initdb, { cwd: '/', env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' }, ...as });
    await rename(draft, data);
  } catch (cause) {
    const { stderr = String(cause) } = cause as { stderr?: string };
    throw new MooringError('SERVICE_FAILED', `${NAME} could not make its data folder "${data}": "${stderr.trim()}".`, {
      cause,
    });
  } finally {
    await rm(passwordFile, { force: true });
    await rm(draft, { recursive: true, force: true });
  }
  return data;
}
