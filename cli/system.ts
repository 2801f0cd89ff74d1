import { Client, Connection } from '@temporalio/client';
import { assertReachable, createPool, type Pool } from '../adapters/postgres/pool.ts';
import { assertMigrated } from '../adapters/postgres/migrate.ts';
import { createDataConverter } from '../adapters/temporal/data-converter.ts';
import { createMooringClient, type MooringClient } from '../client.ts';
import { MooringError } from '../domain/errors.ts';
import { SEARCH_ATTRIBUTES } from '../domain/names.ts';
import { missingSearchAttributes } from '../services/search-attributes.ts';
import { resolveSettings, type Settings } from './settings.ts';
import type { CliContext } from './context.ts';

/** A running system, as a command sees it. */
export interface System {
  readonly settings: Settings;
  readonly pool: Pool;
  readonly client: Client;
  readonly mooring: MooringClient;
  /** Whether the server has Mooring's search attributes. */
  readonly searchable: boolean;
}

const CONNECT_TIMEOUT = '5 seconds';

/** @throws TEMPORAL_UNREACHABLE when nobody answers */
export async function connectTemporal({ temporal }: Pick<Settings, 'temporal'>): Promise<Connection> {
  try {
    return await Connection.connect({ connectTimeout: CONNECT_TIMEOUT, ...temporal.connectionOptions });
  } catch (error) {
    throw new MooringError(
      'TEMPORAL_UNREACHABLE',
      `Temporal at "${temporal.connectionOptions.address ?? ''}" does not answer. Check TEMPORAL_ADDRESS and that the server runs, or start everything with: mooring dev`,
      { cause: error },
    );
  }
}

/** A client that reads and writes payloads as the workers of this system do. */
export const createTemporalClient = (
  connection: Connection,
  { temporal: { namespace }, codecKey }: Pick<Settings, 'temporal' | 'codecKey'>,
): Client => new Client({ connection, namespace, dataConverter: createDataConverter(codecKey) });

const isSearchable = (connection: Connection, namespace: string): Promise<boolean> =>
  missingSearchAttributes(connection, namespace, SEARCH_ATTRIBUTES).then(
    (missing) => missing.length === 0,
    () => false,
  );

/** Opens a pool on a database that answers and is up to date; the caller ends it. */
export async function openPool(settings: Pick<Settings, 'databaseUrl'>, name = 'mooring-cli'): Promise<Pool> {
  const pool = createPool(settings.databaseUrl, { name });
  try {
    await assertReachable(pool, settings.databaseUrl);
    await assertMigrated(pool);
    return pool;
  } catch (error) {
    await pool.end();
    throw error;
  }
}

/** Runs `work` with Temporal alone, for commands whose part in PostgreSQL is done or does not matter. */
export async function withTemporal<T>(
  settings: Settings,
  work: (temporal: Pick<System, 'client' | 'mooring' | 'searchable'>) => Promise<T>,
): Promise<T> {
  const connection = await connectTemporal(settings);
  try {
    const client = createTemporalClient(connection, settings);
    const searchable = await isSearchable(connection, settings.temporal.namespace);
    return await work({ client, searchable, mooring: createMooringClient({ client, searchable }) });
  } finally {
    await connection.close();
  }
}

/** Runs `work` against the running system and closes everything it opened. */
export async function withSystem<T>(context: CliContext, work: (system: System) => Promise<T>): Promise<T> {
  const settings = await resolveSettings(context);
  const pool = await openPool(settings);
  try {
    return await withTemporal(settings, (temporal) => work({ settings, pool, ...temporal }));
  } finally {
    await pool.end();
  }
}
