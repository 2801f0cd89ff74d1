import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConnectionOptions } from '@temporalio/client';
import { MooringError } from '../domain/errors.ts';
import { DATA_FOLDER } from '../services/data-folder.ts';
import { configuredTemporal } from '../services/temporal.ts';
import type { CliContext } from './context.ts';

/** Where the parts of a running system are, and the key of its secrets. */
export interface Settings {
  readonly databaseUrl: string;
  readonly temporal: { readonly connectionOptions: ConnectionOptions; readonly namespace: string };
  /** In the form of `MOORING_KEY`; absent when nobody set one. */
  readonly key?: string;
  /** In the form of `MOORING_CODEC_KEY`; absent while payloads of event history are not encrypted. */
  readonly codecKey?: string;
  /** Where browsers reach the HTTP server, without a trailing slash. */
  readonly baseUrl: string;
}

/** What `mooring dev` leaves in the data folder for the commands beside it. Holds the database's password and the codec's key: mode 0600. */
export interface RunningSystem {
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly baseUrl: string;
  readonly keyFile: string;
  readonly codecKey?: string;
}

export const RUNNING_SYSTEM_FILE = 'running.json';
export const DEFAULT_PORT = 7700;

async function readRunning(cwd: string): Promise<RunningSystem | undefined> {
  try {
    return JSON.parse(await readFile(join(cwd, DATA_FOLDER, RUNNING_SYSTEM_FILE), 'utf8')) as RunningSystem;
  } catch {
    return undefined;
  }
}

const nothingRuns = (what: string, variable: string): MooringError =>
  new MooringError(
    'SERVICE_FAILED',
    `${what} is not known: no "mooring dev" runs in this folder and ${variable} is not set. Start one (mooring dev), or set ${variable}.`,
  );

/**
 * Returns where the database is, for commands that need nothing else.
 *
 * @throws SERVICE_FAILED naming the variable when nothing tells
 */
export async function resolveDatabaseUrl({ env, cwd }: Pick<CliContext, 'env' | 'cwd'>): Promise<string> {
  const databaseUrl = env['DATABASE_URL'] ?? (await readRunning(cwd))?.databaseUrl;
  if (databaseUrl === undefined) throw nothingRuns('The database', 'DATABASE_URL');
  return databaseUrl;
}

/** Returns the keys of the secrets in the form of `MOORING_KEY`; `undefined` when nobody set one. */
export async function resolveKey({ env, cwd }: Pick<CliContext, 'env' | 'cwd'>): Promise<string | undefined> {
  const running = env['MOORING_KEY'] === undefined ? await readRunning(cwd) : undefined;
  return env['MOORING_KEY'] ?? (running && (await readFile(running.keyFile, 'utf8').catch(() => undefined))?.trim());
}

/**
 * Returns where the system is: what the environment names comes first, then the `mooring dev` of this folder.
 *
 * @throws SERVICE_FAILED naming the variable when neither tells
 */
export async function resolveSettings({ env, cwd }: Pick<CliContext, 'env' | 'cwd'>): Promise<Settings> {
  const running = await readRunning(cwd);
  const databaseUrl = await resolveDatabaseUrl({ env, cwd });
  const temporal = configuredTemporal(env);
  if (temporal === undefined && running === undefined) throw nothingRuns('The Temporal server', 'TEMPORAL_ADDRESS');
  const key = await resolveKey({ env, cwd });
  const codecKey = env['MOORING_CODEC_KEY'] ?? running?.codecKey;
  return {
    databaseUrl,
    temporal: {
      connectionOptions: temporal?.connectionOptions ?? { address: running?.temporalAddress ?? '' },
      namespace: temporal?.namespace ?? 'default',
    },
    ...(key === undefined ? {} : { key }),
    ...(codecKey === undefined ? {} : { codecKey }),
    baseUrl: (env['MOORING_URL'] ?? running?.baseUrl ?? `http://127.0.0.1:${DEFAULT_PORT}`).replace(/\/+$/, ''),
  };
}
