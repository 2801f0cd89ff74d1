import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { MooringError } from '../../domain/errors.ts';
import { inTransaction, type Pool } from './pool.ts';
import { LOCK_TIMEOUT } from './target-tables.ts';

/** How long to wait between tries: readers that queued behind us get through meanwhile. About a minute in all. */
const PAUSES_MS = [250, 500, 1_000, 2_000, 3_000, 4_000, 5_000, 5_000, 5_000, 5_000, 5_000];

const has = (error: unknown, sqlState: string): boolean => error instanceof pg.DatabaseError && error.code === sqlState;
const LOCK_NOT_AVAILABLE = '55P03';
const UNIQUE_VIOLATION = '23505';
/** Somebody else granted something at the same moment; trying again is all it takes. */
const isOvertaken = (error: unknown): boolean =>
  has(error, 'XX000') && /tuple concurrently updated/.test((error as Error).message);

const onOneLine = (sql: string): string => sql.replaceAll(/\s+/g, ' ').slice(0, 200);

/**
 * Carries out one statement that changes a table, in a transaction of its own.
 *
 * A change waits until nobody uses the table, and all who come later wait behind it. So it gives up after two seconds, lets them through
 * and tries again.
 *
 * @param pausesMs - between tries; there is one try more than pauses
 * @throws TABLE_BUSY when somebody holds the table all the while, CONFIG_INVALID when rows share what shall be a key
 */
export async function alterTable(pool: Pool, sql: string, pausesMs: readonly number[] = PAUSES_MS): Promise<void> {
  for (const pauseMs of [...pausesMs, undefined]) {
    try {
      await inTransaction(pool, async (client) => {
        await client.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
        await client.query(sql);
      });
      return;
    } catch (error) {
      if (has(error, UNIQUE_VIOLATION)) {
        throw new MooringError(
          'CONFIG_INVALID',
          `Rows that are there already share a key, so this cannot be made: ${onOneLine(sql)}. Choose another upsert key, or another table.`,
          { cause: error },
        );
      }
      if (!has(error, LOCK_NOT_AVAILABLE) && !isOvertaken(error)) throw error;
      if (pauseMs === undefined) {
        throw new MooringError(
          'TABLE_BUSY',
          `Somebody holds the table all the time, so this was not done: ${onOneLine(sql)}. End the long transaction (see pg_stat_activity), or apply again later.`,
          { cause: error },
        );
      }
    }
    await delay(pauseMs);
  }
}
