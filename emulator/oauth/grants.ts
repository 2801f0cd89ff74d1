import type { Pool } from 'pg';
import type { Org } from '../org.ts';
import { newAccessToken, newRefreshToken } from './random-token.ts';
import { orgNow } from './people.ts';

/** Live grants that one user may give one app; one more silently ends the oldest. */
const MOST_GRANTS = 5;

export interface Session {
  readonly accessToken: string;
  readonly issuedAt: Date;
}

export interface GrantOwner {
  readonly clientId: string;
  readonly org: Org;
  readonly userId: string;
  readonly scope: string;
}

/** Opens an API session. `grantId` is null when no refresh token comes with it. */
export async function openSession(pool: Pool, owner: GrantOwner, grantId: string | null): Promise<Session> {
  const accessToken = newAccessToken(owner.org.id);
  const issuedAt = await orgNow(pool, owner.org);
  await pool.query(
    `INSERT INTO emulator.session (access_token, grant_id, client_id, org_id, user_id, scope, issued_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $7::timestamptz + $8 * interval '1 millisecond')`,
    [
      accessToken,
      grantId,
      owner.clientId,
      owner.org.id,
      owner.userId,
      owner.scope,
      issuedAt,
      owner.org.sessionTimeoutMs,
    ],
  );
  return { accessToken, issuedAt };
}

export async function addRefreshToken(pool: Pool, grantId: string): Promise<string> {
  const token = newRefreshToken();
  await pool.query('INSERT INTO emulator.refresh_token (token, grant_id) VALUES ($1, $2)', [token, grantId]);
  return token;
}

/** Records a grant and ends those beyond {@link MOST_GRANTS}. */
export async function createGrant(pool: Pool, owner: GrantOwner): Promise<{ grantId: string; refreshToken: string }> {
  const now = await orgNow(pool, owner.org);
  const holder = [owner.clientId, owner.org.id, owner.userId];
  const { rows } = await pool.query<{ id: string }>(
    'INSERT INTO emulator.access_grant (client_id, org_id, user_id, scope, created_at) VALUES ($1, $2, $3, $4, $5) RETURNING id',
    [...holder, owner.scope, now],
  );
  const grantId = rows[0]?.id ?? '';
  await pool.query(
    `UPDATE emulator.access_grant SET revoked_at = $4 WHERE revoked_at IS NULL AND id IN (
       SELECT id FROM emulator.access_grant WHERE client_id = $1 AND org_id = $2 AND user_id = $3 AND revoked_at IS NULL
       ORDER BY id DESC OFFSET ${MOST_GRANTS})`,
    [...holder, now],
  );
  return { grantId, refreshToken: await addRefreshToken(pool, grantId) };
}

/** Whether the user has already allowed the app these scopes, so that nobody is asked again. */
export async function hasApproved(pool: Pool, owner: GrantOwner): Promise<boolean> {
  const { rowCount } = await pool.query(
    `SELECT 1 FROM emulator.access_grant WHERE client_id = $1 AND org_id = $2 AND user_id = $3 AND revoked_at IS NULL
       AND string_to_array(scope, ' ') @> string_to_array($4, ' ')`,
    [owner.clientId, owner.org.id, owner.userId, owner.scope],
  );
  return rowCount !== 0;
}

/** Whether the user has let the app in at all. */
export async function hasGrant(pool: Pool, { clientId, org, userId }: GrantOwner): Promise<boolean> {
  const { rowCount } = await pool.query(
    'SELECT 1 FROM emulator.access_grant WHERE client_id = $1 AND org_id = $2 AND user_id = $3 AND revoked_at IS NULL',
    [clientId, org.id, userId],
  );
  return rowCount !== 0;
}

/** Ends a grant and every session under it. */
export async function revokeGrant(pool: Pool, grantId: string): Promise<void> {
  await pool.query('UPDATE emulator.access_grant SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1', [
    grantId,
  ]);
  await pool.query('UPDATE emulator.session SET revoked_at = coalesce(revoked_at, now()) WHERE grant_id = $1', [
    grantId,
  ]);
}

/** Ends the session or the grant that a token stands for. Returns whether there was one. */
export async function revokeToken(pool: Pool, token: string): Promise<boolean> {
  const refresh = await pool.query<{ grant_id: string }>(
    `SELECT grant_id FROM emulator.refresh_token JOIN emulator.access_grant g ON g.id = grant_id
     WHERE token = $1 AND superseded_at IS NULL AND g.revoked_at IS NULL`,
    [token],
  );
  if (refresh.rows[0] !== undefined) {
    await revokeGrant(pool, refresh.rows[0].grant_id);
    return true;
  }
  const { rowCount } = await pool.query(
    'UPDATE emulator.session SET revoked_at = now() WHERE access_token = $1 AND revoked_at IS NULL',
    [token],
  );
  return rowCount !== 0;
}
