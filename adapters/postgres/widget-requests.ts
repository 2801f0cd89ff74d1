import { createHash } from 'node:crypto';
import type { Pool } from './pool.ts';

/**
 * How long a request is remembered. Salesforce tells the time of a request in 32 bits of milliseconds, so one that is too old looks new
 * again, for some minutes, 49.7 days later; it is then still known.
 */
const KEPT_DAYS = 50;
/** Rows forgotten beside each new one: more than come in, so that the table shrinks to what is needed. */
const FORGOTTEN_AT_ONCE = 20;

/**
 * Returns a function that says whether a signed request is seen for the first time, and remembers it. Of two at the same moment, at
 * several servers too, one is the first.
 *
 * @see docs/decisions/0015-widget.md
 */
export const createAcceptOnce =
  (pool: Pool) =>
  async (connectionId: string, envelope: string): Promise<boolean> => {
    const hash = createHash('sha256').update(`${connectionId}.${envelope}`).digest();
    const { rowCount } = await pool.query(
      `WITH forgotten AS (
         DELETE FROM mooring.widget_request WHERE hash IN (
           SELECT hash FROM mooring.widget_request WHERE expires_at < now() ORDER BY expires_at
            LIMIT ${FORGOTTEN_AT_ONCE} FOR UPDATE SKIP LOCKED)
       )
       INSERT INTO mooring.widget_request (hash, expires_at) VALUES ($1, now() + interval '${KEPT_DAYS} days')
       ON CONFLICT (hash) DO NOTHING`,
      [hash],
    );
    return rowCount === 1;
  };
