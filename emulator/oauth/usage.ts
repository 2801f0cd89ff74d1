import type { Pool } from 'pg';
import { identifier } from '../data/sql.ts';
import type { Org } from '../org.ts';

/** What one user has let one app do, in however many grants. */
export interface AppUse {
  readonly clientId: string;
  readonly userId: string;
  readonly username: string;
  readonly grants: number;
  readonly firstUsed: Date;
  readonly lastUsed: Date;
}

/** Returns the live grants of an org, put together by app and user. */
export async function appUses(pool: Pool, org: Org): Promise<AppUse[]> {
  const { rows } = await pool.query<AppUse>(
    `SELECT g.client_id AS "clientId", g.user_id AS "userId", u."Username" AS username, count(*)::integer AS grants,
       min(g.created_at) AS "firstUsed",
       greatest(max(g.created_at), max((SELECT max(s.issued_at) FROM emulator.session s WHERE s.grant_id = g.id))) AS "lastUsed"
     FROM emulator.access_grant g JOIN ${identifier(org.schema)}."User" u ON u."Id" = g.user_id
     WHERE g.org_id = $1 AND g.revoked_at IS NULL GROUP BY 1, 2, 3 ORDER BY 1, 3`,
    [org.id],
  );
  return rows;
}

/** Ends what an app was granted by one user of the org, or by all: its refresh tokens and sessions. Returns how many grants. */
export async function revokeUse(pool: Pool, org: Org, clientId: string, userId: string | null): Promise<number> {
  const { rowCount } = await pool.query(
    `WITH ended AS (
       UPDATE emulator.access_grant SET revoked_at = now()
       WHERE org_id = $1 AND client_id = $2 AND ($3::text IS NULL OR user_id = $3) AND revoked_at IS NULL RETURNING id
     ), closed AS (
       UPDATE emulator.session SET revoked_at = now() WHERE grant_id IN (SELECT id FROM ended) AND revoked_at IS NULL
     )
     SELECT id FROM ended`,
    [org.id, clientId, userId],
  );
  return rowCount ?? 0;
}

/** Apps that an org has: those made in it, and those that its users let in. */
export async function appsOf(pool: Pool, org: Org): Promise<{ clientId: string; blocked: boolean }[]> {
  const { rows } = await pool.query<{ clientId: string; blocked: boolean }>(
    `SELECT client_id AS "clientId", blocked FROM emulator.app a
     WHERE a.client_id = ANY ($2) OR EXISTS (
       SELECT 1 FROM emulator.access_grant g WHERE g.client_id = a.client_id AND g.org_id = $1 AND g.revoked_at IS NULL)
     ORDER BY client_id`,
    [org.id, org.apps.map(({ clientId }) => clientId)],
  );
  return rows;
}

/** Keeps an app out, or lets it in again; what it was granted is ended or stays ended. */
export async function blockApp(pool: Pool, clientId: string, blocked: boolean): Promise<void> {
  await pool.query('UPDATE emulator.app SET blocked = $2 WHERE client_id = $1', [clientId, blocked]);
}
