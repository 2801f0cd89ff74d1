import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Connection, type ConnectionOptions } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { MooringError } from '../domain/errors.ts';
import { SEARCH_ATTRIBUTES } from '../domain/names.ts';
import { startChild, waitUntilReady } from './child-process.ts';
import { choosePort, LOOPBACK, portTaken } from './free-port.ts';
import { acquireLock } from './lock-file.ts';
import { missingSearchAttributes } from './search-attributes.ts';
import { findTemporal, type FindTemporalOptions } from './temporal-binary.ts';
import { LOCK, temporaryFolder } from './temporary-folder.ts';

/** A Temporal server to connect to, ours or somebody's. */
export interface TemporalServer {
  /** `host:port`. */
  readonly address: string;
  readonly namespace: string;
  /** Everything a client or worker needs to connect, TLS and API key included. */
  readonly connectionOptions: ConnectionOptions & { readonly address: string };
  /** Present when we started a server with its Web UI. */
  readonly uiUrl?: string;
  /** Present when we started it. */
  readonly logFile?: string;
  /** The `temporal` that runs it, by path or, when on PATH, by name; present when we started it. */
  readonly program?: string;
  /** Resolves, to the reason, when a server of ours ends although nobody stopped it. */
  readonly died: Promise<MooringError>;
  /** Stops the server if it is ours. */
  readonly stop: () => Promise<void>;
}

export interface TemporalOptions extends FindTemporalOptions {
  /** Folder of this server alone; its SQLite file is kept there. Absent: everything is in memory. */
  readonly dataDir?: string | undefined;
  /** Absent: the port of last time when it is free, else a free one. */
  readonly port?: number | undefined;
  readonly uiPort?: number | undefined;
  /** Without the Web UI. */
  readonly headless?: boolean | undefined;
  /** Keyword search attributes to register; ours when absent. */
  readonly searchAttributes?: readonly string[] | undefined;
}

const NAME = 'The Temporal dev server';
const NAMESPACE = 'default';

/**
 * Returns the Temporal server that the environment names (`TEMPORAL_ADDRESS`, or a profile of Temporal's configuration file),
 * or `undefined` when it names none.
 */
export function configuredTemporal(
  env: Readonly<Record<string, string | undefined>> = process.env,
): TemporalServer | undefined {
  const known = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const { connectionOptions, namespace = NAMESPACE } = loadClientConnectConfig({
    overrideEnvVars: Object.fromEntries(known),
  });
  const { address } = connectionOptions;
  if (!address) return undefined;
  const usable = { ...connectionOptions, address } as TemporalServer['connectionOptions'];
  return {
    address,
    namespace,
    connectionOptions: usable,
    died: new Promise(() => undefined),
    stop: () => Promise.resolve(),
  };
}

/** Returns the server that the environment names; only when it names none is one started. */
export async function resolveTemporal(options: TemporalOptions = {}): Promise<TemporalServer> {
  return configuredTemporal(options.env) ?? (await startTemporal(options));
}

/**
 * Starts a Temporal dev server that listens on 127.0.0.1 only and that cannot outlive this process.
 *
 * @throws TEMPORAL_NOT_FOUND when there is no program to start
 * @throws ALREADY_RUNNING when a server already runs on `dataDir`
 * @throws PORT_TAKEN when `port` or `uiPort` is in use
 * @throws SERVICE_FAILED when it does not start; the message holds its last words
 */
export async function startTemporal(options: TemporalOptions = {}): Promise<TemporalServer> {
  const program = await findTemporal(options);
  const temporary = options.dataDir === undefined;
  const folder = options.dataDir === undefined ? await temporaryFolder('mooring-temporal-') : resolve(options.dataDir);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const lock = await acquireLock(join(folder, LOCK), `${NAME} of "${folder}"`);
  const cleanUp = async (): Promise<void> => {
    if (temporary) await rm(folder, { recursive: true, force: true });
    await lock.release();
  };
  try {
    const server = await startLocked(program, folder, options);
    const stop = async (): Promise<void> => {
      await server.stop();
      await cleanUp();
    };
    return { ...server, program, stop };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

async function startLocked(program: string, folder: string, options: TemporalOptions): Promise<TemporalServer> {
  const { env = process.env, headless = false, searchAttributes = SEARCH_ATTRIBUTES } = options;
  const portFile = join(folder, 'ports');
  const [last, lastUi] = (await readFile(portFile, 'utf8').catch(() => ''))
    .split(' ')
    .map((text) => Number(text) || undefined);
  const port = await choosePort({ name: NAME, port: options.port, last });
  const uiPort = headless
    ? undefined
    : await choosePort({ name: "Temporal's Web UI", port: options.uiPort, last: lastUi });
  const address = `${LOOPBACK}:${port}`;
  const logFile = join(folder, 'temporal.log');

  const child = await startChild({
    name: NAME,
    command: program,
    args: [
      ...['server', 'start-dev', '--ip', LOOPBACK, '--port', String(port)],
      ...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort), '--ui-disable-news-fetch']),
      ...(options.dataDir === undefined ? [] : ['--db-filename', join(folder, 'temporal.db')]),
      ...searchAttributes.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
      ...['--dynamic-config-value', 'matching.enableFairness=true'],
      ...['--log-level', 'error', '--color', 'never', '--disable-config-file', '--disable-config-env'],
    ],
    env: { PATH: env['PATH'] ?? '', HOME: folder },
    logFile,
    stopSignal: 'TERM',
    graceSeconds: 15,
  });
  const probe = async (): Promise<void> => {
    const connection = await Connection.connect({ address, connectTimeout: '2 seconds' });
    try {
      await connection.workflowService.describeNamespace({ namespace: NAMESPACE });
      const missing = await missingSearchAttributes(connection, NAMESPACE, searchAttributes);
      if (missing.length > 0) throw new Error(`search attributes not registered yet: ${missing.join(', ')}`);
    } finally {
      await connection.close();
    }
  };
  try {
    await waitUntilReady(child, probe, { name: NAME, timeoutMs: 60_000, logFile });
  } catch (error) {
    const log = await readFile(logFile, 'utf8').catch(() => '');
    throw log.includes('address already in use') ? portTaken(NAME, port) : error;
  }
  await writeFile(portFile, `${port} ${uiPort ?? ''}`, { mode: 0o600 });
  const uiUrl = uiPort === undefined ? {} : { uiUrl: `http://${LOOPBACK}:${uiPort}` };
  return {
    address,
    namespace: NAMESPACE,
    connectionOptions: { address },
    ...uiUrl,
    logFile,
    died: child.died,
    stop: child.stop,
  };
}
