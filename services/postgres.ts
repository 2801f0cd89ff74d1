import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Client, DatabaseError } from 'pg';
import { MooringError } from '../domain/errors.ts';
import { type Child, startChild, waitUntilReady } from './child-process.ts';
import { choosePort, LOOPBACK, portTaken } from './free-port.ts';
import { acquireLock } from './lock-file.ts';
import { postgresBinaries } from './postgres-binaries.ts';
import { ensureCluster, ensurePassword, GRACE_SECONDS, outwaitPredecessor } from './postgres-cluster.ts';
import { type PostgresHome, postgresHome, removeHome } from './postgres-home.ts';
import { LOCK, temporaryFolder } from './temporary-folder.ts';

export interface PostgresOptions {
  /** Folder of this server alone; kept between starts. Absent: a temporary one, removed by `stop`. */
  readonly dataDir?: string | undefined;
  /** Database to name in the URL, created when missing. `mooring` when absent. */
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
const SUPERUSER = 'mooring';

/**
 * Starts a real PostgreSQL 18 that listens on 127.0.0.1 only and that cannot outlive this process.
 *
 * @throws ALREADY_RUNNING when a server already runs on `dataDir`
 * @throws PORT_TAKEN when `port` is in use
 * @throws SERVICE_FAILED when it does not start; the message holds its last words
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const temporary = options.dataDir === undefined;
  const dataDir = options.dataDir === undefined ? await temporaryFolder('mooring-postgres-') : resolve(options.dataDir);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const lock = await acquireLock(join(dataDir, LOCK), `${NAME} of "${dataDir}"`);
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
  await outwaitPredecessor({ dataDir, home });
  const password = await ensurePassword(dataDir);
  const data = await ensureCluster({
    dataDir,
    home,
    binaries,
    superuser: SUPERUSER,
    password,
    sync: settings['fsync'] !== 'off',
  });
  const portFile = join(dataDir, 'port');
  const last = Number(await readFile(portFile, 'utf8').catch(() => '')) || undefined;
  const port = await choosePort({ name: NAME, port: options.port, last });
  const logFile = join(dataDir, 'postgres.log');
  const url = (database: string): string => `postgres://${SUPERUSER}:${password}@${LOOPBACK}:${port}/${database}`;

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
