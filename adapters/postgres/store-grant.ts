import type { ConfirmedGrant } from '../../domain/oauth-app.ts';
import type { Keyring } from '../secrets/keyring.ts';
import type { Client } from './pool.ts';
import { wipeGrant } from './revocations.ts';

interface Vault {
  readonly client: Client;
  readonly keyring: Keyring;
}

/** Is this the refresh token in use? */
export async function isStoredGrant(
  { client, keyring }: Vault,
  connectionId: string,
  refreshToken: string,
): Promise<boolean> {
  const { rows } = await client.query<{ sealed: string | null }>(
    'SELECT refresh_token_sealed AS sealed FROM mooring.oauth_grant WHERE connection_id = $1',
    [connectionId],
  );
  const sealed = rows[0]?.sealed ?? undefined;
  return sealed !== undefined && keyring.open(sealed, { connectionId, purpose: 'refresh_token' }) === refreshToken;
}

/**
 * Makes a confirmed grant the one grant of its connection and the connection active, in the caller's transaction, which holds the
 * connection's lock. A replaced grant is kept for the remote revoke.
 *
 * @returns the user who authorized before, when it was another one
 */
export async function storeGrant(
  { client, keyring }: Vault,
  connectionId: string,
  { tokens, identity, orgName, clientId }: ConfirmedGrant,
): Promise<{ readonly replacedUser: string | null }> {
  const seal = (token: string, purpose: string): string => keyring.seal(token, { connectionId, purpose });
  const { rows } = await client.query<{ username: string | null; user_id: string | null }>(
    'SELECT username, user_id FROM mooring.connection WHERE id = $1',
    [connectionId],
  );
  const [before] = rows;
  // A token endpoint may answer a second consent with the token it gave before: revoking that would revoke the new grant.
  const isSame = await isStoredGrant({ client, keyring }, connectionId, tokens.refreshToken);
  if (!isSame) await wipeGrant(client, connectionId, 'replaced');

  await client.query(
    `INSERT INTO mooring.oauth_grant AS g (connection_id, refresh_token_sealed, access_token_sealed, client_id, refreshed_at)
     VALUES ($1, $2, $3, $4, now())
     ON CONFLICT (connection_id) DO UPDATE SET generation = g.generation + 1, consent_generation = g.generation + 1,
       refresh_token_sealed = excluded.refresh_token_sealed, access_token_sealed = excluded.access_token_sealed,
       client_id = excluded.client_id, refreshed_at = now(), lease_owner = NULL, lease_id = NULL, lease_started_at = NULL`,
    [connectionId, seal(tokens.refreshToken, 'refresh_token'), seal(tokens.accessToken, 'access_token'), clientId],
  );
  await client.query(
    `UPDATE mooring.connection SET state = 'active', org_id = $2, org_name = coalesce($3, org_name), instance_url = $4, user_id = $5,
            username = $6, user_name = $7, scopes = $8, authorized_at = now(), updated_at = now()
      WHERE id = $1`,
    [
      connectionId,
      identity.orgId,
      orgName ?? null,
      tokens.instanceUrl,
      identity.userId,
      identity.username,
      identity.userName,
      tokens.scopes,
    ],
  );
  return { replacedUser: before?.user_id === identity.userId ? null : (before?.username ?? null) };
}
