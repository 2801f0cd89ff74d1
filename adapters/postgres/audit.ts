import type { Client, Pool } from './pool.ts';

type AuditEvent =
  | 'connection_created'
  | 'configuration_applied'
  | 'connection_orphaned'
  | 'connection_declared_again'
  | 'link_created'
  | 'attempt_opened'
  | 'consent_received'
  | 'authorized'
  | 'authorization_refused'
  | 'authorization_failed'
  | 'grant_lost'
  | 'revoked'
  | 'destroyed'
  | 'adopted'
  | 'prune_begun'
  | 'pruned'
  | 'revoked_at_salesforce'
  | 'grant_shared'
  | 'keys_rotated'
  | 'api_token_created'
  | 'api_token_revoked';

export interface AuditEntry {
  /** Null for what concerns no connection, or all of them. */
  readonly connectionId: string | null;
  /** Who: `cli`, `server`, `worker`, or a name that the caller vouches for. */
  readonly actor: string;
  readonly event: AuditEvent;
  /** Ids, names and sentences; never a secret. */
  readonly details?: Readonly<Record<string, string | number | boolean | null>>;
}

/** Adds one line to the audit; in the transaction of what it tells of, so that neither exists without the other. */
export async function recordAudit(
  client: Pool | Client,
  { connectionId, actor, event, details = {} }: AuditEntry,
): Promise<void> {
  await client.query('INSERT INTO mooring.audit (connection_id, actor, event, details) VALUES ($1, $2, $3, $4)', [
    connectionId,
    actor,
    event,
    JSON.stringify(details),
  ]);
}

/** Returns the newest lines about a connection, or about none in particular, newest first. */
export async function readAudit(
  pool: Pool,
  connectionId: string | null,
  limit = 100,
): Promise<readonly (AuditEntry & { readonly at: Date })[]> {
  const { rows } = await pool.query<AuditEntry & { at: Date }>(
    `SELECT at, connection_id AS "connectionId", actor, event, details FROM mooring.audit
      WHERE connection_id IS NOT DISTINCT FROM $1 ORDER BY id DESC LIMIT $2`,
    [connectionId, limit],
  );
  return rows;
}
