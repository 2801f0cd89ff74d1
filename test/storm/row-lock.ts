import pg from 'pg';
import { until } from '../support/until.ts';

/** Something in PostgreSQL that others wait for. */
export interface HeldLock {
  /** Process ids of the workers whose sessions wait for a lock, as their application names say. */
  readonly waiting: () => Promise<readonly number[]>;
  readonly release: () => Promise<void>;
}

/** Takes locks by a statement and keeps them, as a slow transaction of somebody else would. */
export async function holdLock(databaseUrl: string, sql: string, values: readonly unknown[] = []): Promise<HeldLock> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('BEGIN');
  await client.query(sql, [...values]);
  return {
    async waiting() {
      await client.query('SELECT pg_stat_clear_snapshot()'); // a transaction would see the same activity for ever
      const { rows } = await client.query<{ pid: number }>(
        `SELECT substring(application_name FROM '^storm-(\\d+)$')::int AS pid FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event_type = 'Lock' AND application_name LIKE 'storm-%'`,
      );
      return rows.map(({ pid }) => pid);
    },
    async release() {
      await client.query('ROLLBACK');
      await client.end();
    },
  };
}

/** Returns the process that waits for the lock, once there is one. */
export async function untilSomebodyWaits({ waiting }: HeldLock): Promise<number> {
  let found: number | undefined;
  await until('a worker waits for the lock', async () => {
    [found] = await waiting();
    return found !== undefined;
  });
  return found ?? 0;
}
