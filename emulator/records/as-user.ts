import { setTimeout as delay } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';

interface AsUser {
  readonly userId: string;
  /** Time between the change and its commit, in milliseconds: a slow transaction of the org. */
  readonly commitLagMs?: number | undefined;
  /** The transaction of a composite request, which this change is a part of. */
  readonly within?: PoolClient | undefined;
}

/** Runs a change in the name of a user, in a transaction of its own or inside another one; all of it happens or nothing. */
export async function asUser<T>(
  pool: Pool,
  { userId, commitLagMs, within }: AsUser,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = within ?? (await pool.connect());
  const [begin, commit, rollback] =
    within === undefined
      ? ['BEGIN', 'COMMIT', 'ROLLBACK']
      : ['SAVEPOINT change', 'RELEASE SAVEPOINT change', 'ROLLBACK TO SAVEPOINT change'];
  try {
    await client.query(begin);
    await client.query(`SELECT set_config('emulator.user_id', $1, true)`, [userId]);
    const result = await work(client);
    if (commitLagMs !== undefined) await delay(commitLagMs);
    await client.query(commit);
    return result;
  } catch (error) {
    await client.query(rollback);
    throw error;
  } finally {
    if (within === undefined) client.release();
  }
}
