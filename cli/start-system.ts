import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Connection } from '@temporalio/client';
import { pino } from 'pino';
import { assertKeyMatches } from '../adapters/postgres/key-check.ts';
import { migrate } from '../adapters/postgres/migrate.ts';
import { assertReachable, createPool, type Pool } from '../adapters/postgres/pool.ts';
import { createKeyFile } from '../adapters/secrets/key-file.ts';
import { createKeyring } from '../adapters/secrets/keyring.ts';
import { createMooringClient } from '../client.ts';
import { SEARCH_ATTRIBUTES } from '../domain/names.ts';
import { createLogger } from '../server/create-logger.ts';
import { openDataFolder } from '../services/data-folder.ts';
import { choosePort } from '../services/free-port.ts';
import { startPostgres } from '../services/postgres.ts';
import { ensureSearchAttributes } from '../services/search-attributes.ts';
import { resolveTemporal } from '../services/temporal.ts';
import type { CliContext } from './context.ts';
import { DEFAULT_PORT, RUNNING_SYSTEM_FILE, type RunningSystem, type Settings } from './settings.ts';
import { startServer } from './start-server.ts';
import { startWorker } from './start-worker.ts';
import { temporalCliLine } from './temporal-cli.ts';
import { readUiOrigins } from './ui-origins.ts';
import { connectTemporal, createTemporalClient, type System } from './system.ts';

export interface StartOptions {
  /** Data of PostgreSQL and Temporal is kept in the data folder, for the next start; else it is gone with the process. */
  readonly keep: boolean;
  /** Port of the HTTP server; a free one near 7700 when absent. */
  readonly port?: number;
  readonly uiPort?: number;
}

export interface StartedSystem extends System {
  readonly dataFolder: string;
  readonly uiUrl?: string;
  /** The line that makes a shell's `temporal` find the Temporal server; absent when that is none of ours. */
  readonly temporalCli?: string;
  readonly logFile: string;
  /** Resolves, to the reason, when a part ends although nobody stopped it. */
  readonly died: Promise<Error>;
  readonly stop: () => Promise<void>;
}

/** Stops in the opposite order of starting, and goes on when one part does not want to. */
class Started {
  readonly #stops: (() => Promise<unknown>)[] = [];
  add(stop: () => Promise<unknown>): void {
    this.#stops.unshift(stop);
  }
  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0)) await stop().catch(() => undefined);
  }
}

/**
 * Starts everything in this process: PostgreSQL and Temporal unless the environment names them, a worker and the HTTP server.
 * Whatever was started is stopped when a later part fails.
 *
 * @throws ALREADY_RUNNING when another process has the data folder open; and what the parts throw
 */
export async function startSystem(context: CliContext, options: StartOptions): Promise<StartedSystem> {
  const started = new Started();
  try {
    return await start(context, options, started);
  } catch (error) {
    await started.stop();
    throw error;
  }
}

async function start(
  { env, cwd }: CliContext,
  { keep, port, uiPort }: StartOptions,
  started: Started,
): Promise<StartedSystem> {
  const folder = await openDataFolder(cwd);
  started.add(folder.close);
  const logFile = join(folder.path, 'mooring.log');
  const logger = createLogger('info', pino.destination({ dest: logFile, sync: true, mkdir: true }));
  const deaths: Promise<Error>[] = [];

  const [database, temporal] = await bothOrNeither([
    (async () => {
      const configured = env['DATABASE_URL'];
      if (configured !== undefined) return configured;
      const server = await startPostgres(keep ? { dataDir: join(folder.path, 'postgres') } : {});
      started.add(server.stop);
      deaths.push(server.died);
      return server.url;
    })(),
    (async () => {
      const server = await resolveTemporal({
        env,
        ...(keep ? { dataDir: join(folder.path, 'temporal') } : {}),
        ...(uiPort === undefined ? {} : { uiPort }),
      });
      started.add(server.stop);
      deaths.push(server.died);
      return server;
    })(),
  ]);

  const pool = await openDatabase(database, started);
  const keyFile = join(folder.path, keep ? 'key' : 'demo-key');
  if (!keep) {
    await rm(keyFile, { force: true });
    started.add(() => rm(keyFile, { force: true }));
  }
  const key = env['MOORING_KEY'] ?? (await createKeyFile(keyFile));
  const keyring = createKeyring(key);
  await assertKeyMatches(pool, keyring);

  const httpPort = await choosePort({ name: 'The HTTP server', port, last: DEFAULT_PORT });
  const baseUrl = (env['MOORING_URL'] ?? `http://127.0.0.1:${httpPort}`).replace(/\/+$/, '');
  const codecKey = env['MOORING_CODEC_KEY'];
  const settings: Settings = {
    databaseUrl: database,
    temporal: { connectionOptions: temporal.connectionOptions, namespace: temporal.namespace },
    key,
    ...(codecKey === undefined ? {} : { codecKey }),
    baseUrl,
  };
  const connection: Connection = await connectTemporal(settings);
  started.add(() => connection.close());
  const client = createTemporalClient(connection, settings);
  const lacking = await ensureSearchAttributes(connection, temporal.namespace, SEARCH_ATTRIBUTES);
  if (lacking)
    logger.warn({ missing: lacking.missing, reason: lacking.reason }, 'the Temporal server lacks search attributes');
  const searchable = lacking === undefined;
  const mooring = createMooringClient({ client, searchable });

  const worker = await startWorker({ settings, client, pool, keyring, searchable, logger });
  started.add(worker.stop);
  deaths.push(
    worker.ended.then(
      () => new Error('The worker ended.'),
      (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
    ),
  );
  const uiOrigins = readUiOrigins(env['MOORING_UI_ORIGIN'] ?? temporal.uiUrl);
  const codec = codecKey === undefined ? {} : { codec: { key: codecKey, uiOrigins } };
  const server = await startServer({ pool, client, mooring, keyring, logger, port: httpPort, baseUrl, ...codec });
  started.add(server.stop);

  const running: RunningSystem = {
    databaseUrl: database,
    temporalAddress: temporal.address,
    baseUrl,
    keyFile,
    ...(codecKey === undefined ? {} : { codecKey }),
  };
  const runningFile = join(folder.path, RUNNING_SYSTEM_FILE);
  await writeFile(runningFile, JSON.stringify(running), { mode: 0o600 });
  started.add(() => rm(runningFile, { force: true }));

  const commands = join(folder.path, 'bin');
  started.add(() => rm(commands, { recursive: true, force: true }));
  const temporalCli = await temporalCliLine(temporal, commands);

  return {
    settings,
    pool,
    client,
    mooring,
    searchable,
    dataFolder: folder.path,
    logFile,
    ...(temporalCli === undefined ? {} : { temporalCli }),
    ...(temporal.uiUrl === undefined ? {} : { uiUrl: temporal.uiUrl }),
    died: Promise.race(deaths),
    stop: () => started.stop(),
  };
}

/** Waits for both also when one fails, so that nothing is left starting behind the caller's back. */
async function bothOrNeither<A, B>(starts: readonly [Promise<A>, Promise<B>]): Promise<[A, B]> {
  await Promise.allSettled(starts);
  return Promise.all(starts);
}

async function openDatabase(url: string, started: Started): Promise<Pool> {
  // Two connections an activity at most, and some for the server.
  const pool = createPool(url, { max: 24 });
  started.add(() => pool.end());
  await assertReachable(pool, url);
  await migrate(pool);
  return pool;
}
