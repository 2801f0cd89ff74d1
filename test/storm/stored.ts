import type { Pool } from '../../adapters/postgres/pool.ts';
import type { Declared, World } from './world.ts';

/** State and binding as PostgreSQL knows them. */
export async function connectionStateOf(
  pool: Pool,
  { connectionId }: Declared,
): Promise<{ readonly state: string; readonly orgId: string | null } | undefined> {
  const { rows } = await pool.query<{ state: string; orgId: string | null }>(
    'SELECT state, org_id AS "orgId" FROM mooring.connection WHERE id = $1',
    [connectionId],
  );
  return rows[0];
}

/** How many pages of the connection's runs were ever committed. */
export async function loadedPagesOf(pool: Pool, { connectionId }: Declared): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM mooring.run_page p JOIN mooring.run r ON r.id = p.run_id
      WHERE r.connection_id = $1 AND p.loaded_at IS NOT NULL`,
    [connectionId],
  );
  return rows[0]?.count ?? 0;
}

/** The refresh token in the vault, in the clear. */
export async function storedRefreshToken(
  { pool, workerDeps: { keyring } }: World,
  { connectionId }: Declared,
): Promise<string | undefined> {
  const { rows } = await pool.query<{ sealed: string | null }>(
    'SELECT refresh_token_sealed AS sealed FROM mooring.oauth_grant WHERE connection_id = $1',
    [connectionId],
  );
  const sealed = rows[0]?.sealed ?? undefined;
  return sealed === undefined ? undefined : keyring.open(sealed, { connectionId, purpose: 'refresh_token' });
}

/** A refresh that takes this long has been given up by whoever held its lease; nobody waits for it here. */
export async function letLeaseAge({ pool }: World, { connectionId }: Declared): Promise<void> {
  await pool.query(
    `UPDATE mooring.oauth_grant SET lease_started_at = lease_started_at - interval '1 minute' WHERE connection_id = $1`,
    [connectionId],
  );
}
