import { decide, type ConnectionState, type Lifecycle } from '../../domain/lifecycle.ts';
import { MooringError } from '../../domain/errors.ts';
import type { Keyring } from '../secrets/keyring.ts';
import { recordAudit } from './audit.ts';
import { inTransaction, type Client, type Pool } from './pool.ts';

/** A grant that Salesforce still has to be told about. */
export interface PendingRevocation {
  readonly id: string;
  readonly connectionId: string;
  readonly token: string;
}

export type RevocationReason = 'replaced' | 'revoked' | 'refused' | 'destroyed' | 'lost' | 'late';

/** Reads and locks what a decision about a connection is made from. Locked first in every transaction that also touches its grant. */
export async function lockLifecycle(client: Client, connectionId: string): Promise<Lifecycle> {
  const { rows } = await client.query<{ state: ConnectionState; org_id: string | null }>(
    'SELECT state, org_id FROM mooring.connection WHERE id = $1 FOR NO KEY UPDATE',
    [connectionId],
  );
  const [row] = rows;
  if (row === undefined)
    throw new MooringError('CONNECTION_UNKNOWN', `There is no connection with the id "${connectionId}".`);
  return row.org_id === null ? { state: row.state } : { state: row.state, orgId: row.org_id };
}

/** Empties the grant and remembers its refresh token for the remote revoke, in the caller's transaction. */
export async function wipeGrant(client: Client, connectionId: string, reason: RevocationReason): Promise<void> {
  await client.query(
    `INSERT INTO mooring.pending_revocation (connection_id, token_sealed, reason)
     SELECT connection_id, refresh_token_sealed, $2 FROM mooring.oauth_grant
      WHERE connection_id = $1 AND refresh_token_sealed IS NOT NULL FOR UPDATE`,
    [connectionId, reason],
  );
  await client.query(
    `UPDATE mooring.oauth_grant SET generation = generation + 1, consent_generation = generation + 1,
            refresh_token_sealed = NULL, access_token_sealed = NULL, lease_owner = NULL, lease_id = NULL, lease_started_at = NULL
      WHERE connection_id = $1`,
    [connectionId],
  );
}

/** Keeps a token that was never taken into use for the remote revoke, in the caller's transaction. */
export async function refuseGrant(
  { client, keyring }: { readonly client: Client; readonly keyring: Keyring },
  connectionId: string,
  refreshToken: string,
  reason: Extract<RevocationReason, 'refused' | 'late'> = 'refused',
): Promise<void> {
  await client.query(
    'INSERT INTO mooring.pending_revocation (connection_id, token_sealed, reason) VALUES ($1, $2, $3)',
    [connectionId, keyring.seal(refreshToken, { connectionId, purpose: 'refresh_token' }), reason],
  );
}

/** Taking grants out of use: at once here, and durably at Salesforce. */
export const createRevocations = ({ pool, keyring }: { readonly pool: Pool; readonly keyring: Keyring }) => ({
  /**
   * Revokes a connection on our side: state and grant, in one transaction. Safe to repeat: only the first call does something.
   *
   * @returns the state afterwards, and whether this call changed it
   * @throws CONNECTION_UNKNOWN
   */
  revoke: (connectionId: string, actor: string, reason?: string) =>
    inTransaction(pool, async (client): Promise<{ readonly state: ConnectionState; readonly changed: boolean }> => {
      const { next, effects } = decide(await lockLifecycle(client, connectionId), { type: 'revoke' });
      if (!effects.includes('wipeGrant')) return { state: next.state, changed: false };
      await wipeGrant(client, connectionId, 'revoked');
      // From the commit on no page of any run commits, whoever still holds an access token.
      await client.query('UPDATE mooring.job_fence SET fence = fence + 1 WHERE connection_id = $1', [connectionId]);
      await client.query('UPDATE mooring.connection SET state = $2, updated_at = now() WHERE id = $1', [
        connectionId,
        next.state,
      ]);
      await recordAudit(client, { connectionId, actor, event: 'revoked', details: { reason: reason ?? null } });
      return { state: next.state, changed: true };
    }),

  /** Ends a connection and the API tokens for it; its line, its audit and its loaded rows stay. Safe to repeat. */
  destroy: (connectionId: string, actor: string) =>
    inTransaction(pool, async (client): Promise<void> => {
      const { next, effects } = decide(await lockLifecycle(client, connectionId), { type: 'destroy', activeRuns: 0 });
      if (!effects.includes('wipeGrant')) return;
      await wipeGrant(client, connectionId, 'destroyed');
      await client.query('UPDATE mooring.job_fence SET fence = fence + 1 WHERE connection_id = $1', [connectionId]);
      await client.query('UPDATE mooring.connection SET state = $2, updated_at = now() WHERE id = $1', [
        connectionId,
        next.state,
      ]);
      await client.query(
        'UPDATE mooring.api_token SET revoked_at = now() WHERE connection_id = $1 AND revoked_at IS NULL',
        [connectionId],
      );
      await recordAudit(client, { connectionId, actor, event: 'destroyed' });
    }),

  /** Returns the grants of a connection that are out of use here and not yet at Salesforce, oldest first. */
  async pending(connectionId: string): Promise<readonly PendingRevocation[]> {
    const { rows } = await pool.query<{ id: string; token_sealed: string }>(
      'SELECT id, token_sealed FROM mooring.pending_revocation WHERE connection_id = $1 ORDER BY id',
      [connectionId],
    );
    return rows.map(({ id, token_sealed: sealed }) => ({
      id,
      connectionId,
      token: keyring.open(sealed, { connectionId, purpose: 'refresh_token' }),
    }));
  },

  /** Whether Salesforce has still to be told about a grant of the connection. */
  async isAnyPending(connectionId: string): Promise<boolean> {
    const { rowCount } = await pool.query('SELECT FROM mooring.pending_revocation WHERE connection_id = $1 LIMIT 1', [
      connectionId,
    ]);
    return rowCount === 1;
  },

  /** Forgets a grant that Salesforce has revoked. */
  confirm: ({ id, connectionId }: PendingRevocation) =>
    inTransaction(pool, async (client) => {
      const { rows } = await client.query<{ reason: string }>(
        'DELETE FROM mooring.pending_revocation WHERE id = $1 RETURNING reason',
        [id],
      );
      const [done] = rows;
      if (done === undefined) return;
      await recordAudit(client, {
        connectionId,
        actor: 'worker',
        event: 'revoked_at_salesforce',
        details: { reason: done.reason },
      });
    }),
});
