import { randomUUID } from 'node:crypto';
import type { ConnectionSpec, SalesforceSpec } from '../../domain/connection-spec.ts';
import { MooringError } from '../../domain/errors.ts';
import { decide, type ConnectionState } from '../../domain/lifecycle.ts';
import { ofLostGrant } from '../../domain/notification.ts';
import type { TokenReply } from '../../domain/oauth-app.ts';
import type { Keyring } from '../secrets/keyring.ts';
import { recordAudit } from './audit.ts';
import { recordNotification } from './notifications.ts';
import { inTransaction, type Client, type Pool } from './pool.ts';
import { lockLifecycle, refuseGrant, wipeGrant } from './revocations.ts';

/** A grant in use. `generation` names the token: whoever saw it expire asks for a newer one than this. */
export interface LiveGrant {
  readonly connectionId: string;
  readonly connection: string;
  readonly orgId: string;
  readonly generation: string;
  readonly accessToken: string;
  readonly instanceUrl: string;
  readonly salesforce: SalesforceSpec;
}

/** The right to send one token request for a generation. */
export interface Lease {
  readonly leaseId: string;
  readonly connectionId: string;
  readonly generation: string;
  readonly refreshToken: string;
}

interface GrantRow {
  readonly name: string;
  readonly state: ConnectionState;
  readonly org_id: string | null;
  readonly instance_url: string | null;
  readonly salesforce: SalesforceSpec;
  readonly generation: string | null;
  readonly access_token_sealed: string | null;
}

/** The vault of live grants. Every statement commits by itself; none is open while Salesforce is asked. */
export const createGrants = ({ pool, keyring }: { readonly pool: Pool; readonly keyring: Keyring }) => ({
  /**
   * Returns the grant in use.
   *
   * @throws CONNECTION_UNKNOWN; SF_GRANT_LOST until somebody re-authorizes; CONNECTION_NOT_AUTHORIZED before the first
   * authorization and after a revoke
   */
  async read(connectionId: string): Promise<LiveGrant> {
    const { rows } = await pool.query<GrantRow>(
      `SELECT c.name, c.state, c.org_id, c.instance_url, c.spec -> 'salesforce' AS salesforce, g.generation, g.access_token_sealed
         FROM mooring.connection c LEFT JOIN mooring.oauth_grant g ON g.connection_id = c.id WHERE c.id = $1`,
      [connectionId],
    );
    const [row] = rows;
    if (row === undefined)
      throw new MooringError('CONNECTION_UNKNOWN', `There is no connection with the id "${connectionId}".`);
    if (row.state === 'reauthorization_required') throw grantLost(row.name);
    const {
      name: connection,
      org_id: orgId,
      instance_url: instanceUrl,
      generation,
      access_token_sealed: sealed,
      salesforce,
    } = row;
    if (row.state !== 'active' || orgId === null || instanceUrl === null || generation === null || sealed === null) {
      throw new MooringError(
        'CONNECTION_NOT_AUTHORIZED',
        `Connection "${connection}" is ${row.state.replaceAll('_', ' ')}, so Salesforce cannot be asked. Authorize it: mooring authorize ${connection}`,
      );
    }
    const accessToken = keyring.open(sealed, { connectionId, purpose: 'access_token' });
    return { connectionId, connection, orgId, generation, accessToken, instanceUrl, salesforce };
  },

  /**
   * Takes the lease of a generation, committed at once; `undefined` while somebody else holds it or when the generation is over.
   * A lease older than `leaseMs` is taken over: its holder crashed, and the stored token is tried once more.
   */
  async takeLease(
    { connectionId, generation }: Pick<LiveGrant, 'connectionId' | 'generation'>,
    owner: string,
    leaseMs: number,
  ): Promise<Lease | undefined> {
    const leaseId = randomUUID();
    const { rows } = await pool.query<{ refresh_token_sealed: string }>(
      `UPDATE mooring.oauth_grant SET lease_owner = $3, lease_id = $4, lease_started_at = clock_timestamp()
        WHERE connection_id = $1 AND generation = $2 AND refresh_token_sealed IS NOT NULL
          AND (lease_id IS NULL OR lease_started_at < clock_timestamp() - $5 * interval '1 millisecond')
       RETURNING refresh_token_sealed`,
      [connectionId, generation, owner, leaseId, leaseMs],
    );
    const [row] = rows;
    if (row === undefined) return undefined;
    const refreshToken = keyring.open(row.refresh_token_sealed, { connectionId, purpose: 'refresh_token' });
    return { leaseId, connectionId, generation, refreshToken };
  },

  /** Gives the lease back: nothing was sent, or Salesforce answered that nothing happened. */
  async releaseLease({ leaseId, connectionId }: Lease): Promise<void> {
    await pool.query(
      `UPDATE mooring.oauth_grant SET lease_owner = NULL, lease_id = NULL, lease_started_at = NULL
        WHERE connection_id = $1 AND lease_id = $2`,
      [connectionId, leaseId],
    );
  },

  /**
   * Stores what a refresh brought, a rotated refresh token included, and ends the lease. Compares the generation, not the lease: a
   * holder that was too slow still saves its token, unless another one has stored a newer. A rotated token of a grant that was
   * revoked or replaced meanwhile is kept for the remote revoke: Salesforce knows no other token of that grant by now.
   *
   * @returns false when the generation is over, and the caller must read the grant anew
   */
  commitRefresh: ({ connectionId, generation }: Lease, { accessToken, refreshToken, instanceUrl }: TokenReply) =>
    inTransaction(pool, async (client): Promise<boolean> => {
      await lockLifecycle(client, connectionId);
      const seal = (token: string, purpose: string): string => keyring.seal(token, { connectionId, purpose });
      const { rowCount } = await client.query(
        `UPDATE mooring.oauth_grant SET generation = generation + 1, access_token_sealed = $3,
                refresh_token_sealed = coalesce($4, refresh_token_sealed), refreshed_at = now(),
                lease_owner = NULL, lease_id = NULL, lease_started_at = NULL
          WHERE connection_id = $1 AND generation = $2`,
        [
          connectionId,
          generation,
          seal(accessToken, 'access_token'),
          refreshToken === undefined ? null : seal(refreshToken, 'refresh_token'),
        ],
      );
      if (rowCount !== 1) {
        const isLate = refreshToken !== undefined && (await isOutOfUse(client, connectionId, generation));
        if (isLate) await refuseGrant({ client, keyring }, connectionId, refreshToken, 'late');
        return false;
      }
      await client.query('UPDATE mooring.connection SET instance_url = $2 WHERE id = $1 AND instance_url <> $2', [
        connectionId,
        instanceUrl,
      ]);
      return true;
    }),

  /**
   * Records that Salesforce refused the refresh token: grant wiped, connection `reauthorization_required`, one line of audit.
   * Salesforce is told nevertheless, since it refuses for reasons that pass too: the grant of a frozen user lives on.
   *
   * @returns false when the generation is over, and nothing was changed
   */
  markLost: ({ connectionId, generation }: Lease, reason: string) =>
    inTransaction(pool, async (client): Promise<boolean> => {
      const { next, effects } = decide(await lockLifecycle(client, connectionId), { type: 'grantLost' });
      const { rowCount } = await client.query(
        'SELECT FROM mooring.oauth_grant WHERE connection_id = $1 AND generation = $2 FOR UPDATE',
        [connectionId, generation],
      );
      if (rowCount !== 1 || !effects.includes('wipeGrant')) return false;
      await wipeGrant(client, connectionId, 'lost');
      await client.query('UPDATE mooring.connection SET state = $2, updated_at = now() WHERE id = $1', [
        connectionId,
        next.state,
      ]);
      await recordAudit(client, { connectionId, actor: 'worker', event: 'grant_lost', details: { reason } });
      await notifyLost(client, connectionId, generation);
      return true;
    }),
});

/** In the transaction of the loss, so that it is told once, whatever crashes. */
async function notifyLost(client: Client, connectionId: string, generation: string): Promise<void> {
  const { rows } = await client.query<{ name: string; notify: ConnectionSpec['notify'] }>(
    `SELECT name, spec -> 'notify' AS notify FROM mooring.connection WHERE id = $1`,
    [connectionId],
  );
  const [row] = rows;
  const notification = row && ofLostGrant(row.name, row.notify, generation);
  if (notification) await recordNotification(client, connectionId, notification);
}

/** Whether the grant that this generation was of is no longer the connection's; a newer token of the same grant is not meant. */
async function isOutOfUse(client: Client, connectionId: string, generation: string): Promise<boolean> {
  const { rowCount } = await client.query(
    'SELECT FROM mooring.oauth_grant WHERE connection_id = $1 AND consent_generation > $2',
    [connectionId, generation],
  );
  return rowCount === 1;
}

const grantLost = (connection: string): MooringError =>
  new MooringError(
    'SF_GRANT_LOST',
    `Salesforce no longer accepts the grant of connection "${connection}". Authorize it again: mooring authorize ${connection}`,
  );
