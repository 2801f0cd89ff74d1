import pg from 'pg';
import { MooringError } from '../../domain/errors.ts';

/** The oldest server we run on: `pg_input_is_valid` came with 16. */
const OLDEST_VERSION_NUM = 160_000;

export type Pool = pg.Pool;
export type Client = pg.PoolClient;

/**
 * Returns a pool whose sessions all read and print times alike.
 *
 * `TimeZone` and `DateStyle` are set per session, since a text that PostgreSQL casts must mean the same on every server.
 * Integers of 64 bits stay strings, dates stay text: nothing is silently rounded.
 *
 * @param max - most connections of this process; a loading page holds one
 */
export function createPool(connectionString: string, { max = 10, name = 'mooring' } = {}): Pool {
  const pool = new pg.Pool({
    connectionString,
    max,
    application_name: name,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 60_000, // the runs of a schedule that is due every minute find their sessions warm
    options:
      '-c TimeZone=UTC -c DateStyle=ISO,YMD -c IntervalStyle=iso_8601 -c client_min_messages=warning -c temp_buffers=64MB',
  });
  // An idle connection that dies is replaced at the next checkout; without a listener it would end the process.
  pool.on('error', () => undefined);
  return pool;
}

const place = (connectionString: string): string => {
  try {
    const url = new URL(connectionString);
    return `${url.host}${url.pathname}`;
  } catch {
    return 'the configured address';
  }
};

/**
 * Resolves when the database answers and is new enough.
 *
 * @throws PG_UNREACHABLE when it does not answer, PG_TOO_OLD below PostgreSQL 16
 */
export async function assertReachable(pool: Pool, connectionString: string): Promise<void> {
  let version: number;
  try {
    const { rows } = await pool.query<{ version: string }>(`SELECT current_setting('server_version_num') AS version`);
    version = Number(rows[0]?.version);
  } catch (error) {
    const reason = error instanceof Error && error.message !== '' ? error.message : 'no answer';
    throw new MooringError(
      'PG_UNREACHABLE',
      `PostgreSQL at "${place(connectionString)}" cannot be used: ${reason}. Check DATABASE_URL and that the server runs.`,
      { cause: error },
    );
  }
  if (version < OLDEST_VERSION_NUM) {
    throw new MooringError(
      'PG_TOO_OLD',
      `PostgreSQL at "${place(connectionString)}" is version ${Math.floor(version / 10_000)}; Mooring needs 16 or newer.`,
    );
  }
}

/** Runs `work` in one transaction on one connection; whatever it throws rolls everything back. */
export const inTransaction = <T>(pool: Pool, work: (client: Client) => Promise<T>): Promise<T> =>
  inTransactionEndedBy('COMMIT', pool, work);

/** Runs `work` in one transaction that is rolled back in any case. */
export const inRolledBackTransaction = <T>(pool: Pool, work: (client: Client) => Promise<T>): Promise<T> =>
  inTransactionEndedBy('ROLLBACK', pool, work);

async function inTransactionEndedBy<T>(
  end: 'COMMIT' | 'ROLLBACK',
  pool: Pool,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query(end);
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((failure: unknown) => {
      broken = failure instanceof Error ? failure : new Error('rollback failed');
    });
    throw error;
  } finally {
    client.release(broken);
  }
}
