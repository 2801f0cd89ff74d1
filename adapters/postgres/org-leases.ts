import { MooringError } from '../../domain/errors.ts';
import { inTransaction, type Pool } from './pool.ts';

/** Pages of one org that load at the same time, over all its jobs, connections and workers: one org never takes all workers. */
const PAGES_AT_ONCE = 4;

const LEASE_SECONDS = 60;
const RENEW_MS = 20_000;
/** A page takes seconds; the place in the worker is given back meanwhile. */
const LOOK_AGAIN_MS = 2_000;

/** Takes a place among the pages of an org, or says that all are taken. */
async function take(pool: Pool, connectionId: string, most: number): Promise<string> {
  return inTransaction(pool, async (client) => {
    const { rows: orgs } = await client.query<{ org_id: string }>(
      `SELECT coalesce(org_id, id::text) AS org_id FROM mooring.connection WHERE id = $1`,
      [connectionId],
    );
    const org = orgs[0]?.org_id ?? connectionId;
    await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('mooring.org/' || $1, 0))`, [org]);
    await client.query('DELETE FROM mooring.org_lease WHERE org_id = $1 AND expires_at < now()', [org]);
    const { rows } = await client.query<{ id: string }>(
      `INSERT INTO mooring.org_lease (org_id, expires_at) SELECT $1, now() + $2 * interval '1 second'
       WHERE (SELECT count(*) FROM mooring.org_lease WHERE org_id = $1) < $3 RETURNING id`,
      [org, LEASE_SECONDS, most],
    );
    const [lease] = rows;
    if (lease) return lease.id;
    throw new MooringError('ORG_BUSY', `${most} pages of the org are being loaded; this one waits for its turn.`, {
      retryAfterMs: LOOK_AGAIN_MS,
    });
  });
}

/**
 * Returns a function that does work with a place among the pages of the connection's org. The place is renewed while the work goes on, and ends by itself a
 * minute after a worker has died.
 *
 * @throws ORG_BUSY when all places are taken, to be tried again; nobody waits inside a worker
 */
export const createOrgLeases =
  (pool: Pool, most = PAGES_AT_ONCE) =>
  async <T>(connectionId: string, work: () => Promise<T>): Promise<T> => {
    const lease = await take(pool, connectionId, most);
    const renew = (): void => {
      // A renewal that is lost costs at most one page too many at once.
      pool
        .query(`UPDATE mooring.org_lease SET expires_at = now() + $2 * interval '1 second' WHERE id = $1`, [
          lease,
          LEASE_SECONDS,
        ])
        .catch(() => undefined);
    };
    const timer = setInterval(renew, RENEW_MS);
    try {
      return await work();
    } finally {
      clearInterval(timer);
      await pool.query('DELETE FROM mooring.org_lease WHERE id = $1', [lease]).catch(() => undefined);
    }
  };
