import type { Pool } from 'pg';
import { orgSeenBy } from '../access.ts';
import { identifier } from '../data/sql.ts';
import type { Org, Orgs } from '../org.ts';

/** An access token that the org accepts, and the time on the org's clock. */
export interface LiveSession {
  /** As the session's user sees it. */
  readonly org: Org;
  readonly userId: string;
  readonly clientId: string;
  readonly scope: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  readonly now: Date;
}

/** Returns the org whose id an access token begins with. */
export function orgOfToken(orgs: Orgs, token: string): Org | undefined {
  const prefix = token.split('!')[0] ?? '';
  for (const org of orgs.values()) {
    if (org.id.startsWith(prefix) && prefix.length === 15) return org;
  }
  return undefined;
}

/** Part of the session's life that must have passed before a call re-arms it: saves a write per call. */
const REARM_SHARE = 0.05;

/**
 * Returns the session of an access token, re-armed for another session timeout, or `undefined` when it is expired, revoked, or its user
 * may not log in.
 */
export async function useSession(pool: Pool, orgs: Orgs, token: string): Promise<LiveSession | undefined> {
  const org = orgOfToken(orgs, token);
  if (org === undefined) return undefined;
  const schema = identifier(org.schema);
  const { rows } = await pool.query<Omit<LiveSession, 'org'>>({
    // Named, so that each connection plans it once: every API call runs it.
    name: `session of ${org.schema}`,
    text: `SELECT s.user_id AS "userId", s.client_id AS "clientId", s.scope, s.issued_at AS "issuedAt", s.expires_at AS "expiresAt",
       ${schema}.emulator_now() AS now
     FROM emulator.session s JOIN ${schema}."User" u ON u."Id" = s.user_id
     LEFT JOIN emulator.access_grant g ON g.id = s.grant_id
     WHERE s.access_token = $1 AND s.revoked_at IS NULL AND g.revoked_at IS NULL AND u."IsActive"
       AND NOT EXISTS (SELECT 1 FROM emulator.login l WHERE l.org_id = s.org_id AND l.user_id = s.user_id AND l.frozen)`,
    values: [token],
  });
  const session = rows[0];
  if (session === undefined || session.expiresAt <= session.now) return undefined;
  const spentMs = org.sessionTimeoutMs - (session.expiresAt.getTime() - session.now.getTime());
  if (spentMs > org.sessionTimeoutMs * REARM_SHARE) {
    await pool.query(
      `UPDATE emulator.session SET expires_at = $2::timestamptz + $3 * interval '1 millisecond' WHERE access_token = $1`,
      [token, session.now, org.sessionTimeoutMs],
    );
  }
  return { ...session, org: orgSeenBy(org, session.userId) };
}
