import type { ConnectionSpec } from '../../domain/connection-spec.ts';
import { MooringError } from '../../domain/errors.ts';
import type { ConnectionState } from '../../domain/lifecycle.ts';
import { recordAudit } from './audit.ts';
import { assertNameIsFree } from './orphans.ts';
import { inTransaction, type Client, type Pool } from './pool.ts';

/** A connection as PostgreSQL knows it. Fields of the authorization are null before the first one. */
export interface ConnectionRecord {
  readonly connectionId: string;
  readonly name: string;
  readonly state: ConnectionState;
  /** The binding, 18 characters. */
  readonly orgId: string | null;
  readonly orgName: string | null;
  readonly instanceUrl: string | null;
  readonly userId: string | null;
  readonly username: string | null;
  readonly userName: string | null;
  readonly scopes: readonly string[];
  readonly authorizedAt: Date | null;
  readonly spec: ConnectionSpec;
  readonly revision: number;
  readonly createdAt: Date;
  /** No longer in the files: its schedules are paused, all else stays. */
  readonly isOrphaned: boolean;
}

export interface SavedConnection {
  readonly connectionId: string;
  readonly revision: number;
  readonly created: boolean;
  /** False when the specification equals the stored one; the revision is then the old one. */
  readonly changed: boolean;
}

const COLUMNS = `id AS "connectionId", name, state, org_id AS "orgId", org_name AS "orgName", instance_url AS "instanceUrl",
  user_id AS "userId", username, user_name AS "userName", scopes, authorized_at AS "authorizedAt", spec, revision,
  created_at AS "createdAt", orphaned_at IS NOT NULL AS "isOrphaned"`;

/** Stores a specification within a transaction of the caller's. See {@link createConnections}. */
export async function saveConnection(client: Client, spec: ConnectionSpec, actor: string): Promise<SavedConnection> {
  const inserted = await client.query<{ id: string }>(
    `INSERT INTO mooring.connection (name, spec) VALUES ($1, $2)
     ON CONFLICT (name) WHERE state <> 'destroyed' DO NOTHING RETURNING id`,
    [spec.name, JSON.stringify(spec)],
  );
  const [created] = inserted.rows;
  if (created !== undefined) {
    await assertNameIsFree(client, spec.name);
    await recordAudit(client, {
      connectionId: created.id,
      actor,
      event: 'connection_created',
      details: { name: spec.name },
    });
    return { connectionId: created.id, revision: 1, created: true, changed: true };
  }
  const updated = await client.query<{ id: string; revision: number }>(
    `UPDATE mooring.connection SET spec = $2, revision = revision + 1, updated_at = now()
      WHERE name = $1 AND state <> 'destroyed' AND spec <> $2 RETURNING id, revision`,
    [spec.name, JSON.stringify(spec)],
  );
  const [changed] = updated.rows;
  if (changed !== undefined) {
    const { id: connectionId, revision } = changed;
    await recordAudit(client, { connectionId, actor, event: 'configuration_applied', details: { revision } });
    return { connectionId, revision, created: false, changed: true };
  }
  const { connectionId, revision } = await findOrThrow(client, spec.name);
  return { connectionId, revision, created: false, changed: false };
}

async function find(client: Pool | Client, name: string): Promise<ConnectionRecord | undefined> {
  const { rows } = await client.query<ConnectionRecord>(
    `SELECT ${COLUMNS} FROM mooring.connection WHERE name = $1 AND state <> 'destroyed'`,
    [name],
  );
  return rows[0];
}

export async function findOrThrow(client: Pool | Client, name: string): Promise<ConnectionRecord> {
  const found = await find(client, name);
  if (found !== undefined) return found;
  const { rows } = await client.query<{ name: string }>(
    `SELECT name FROM mooring.connection WHERE state <> 'destroyed' ORDER BY name LIMIT 20`,
  );
  const known = rows.length === 0 ? 'none' : rows.map((row) => `"${row.name}"`).join(', ');
  throw new MooringError(
    'CONNECTION_UNKNOWN',
    `There is no connection "${name}". Known: ${known}. Declare it in YAML and apply.`,
  );
}

/** Reads and writes connections; destroyed ones are not seen. */
export const createConnections = (pool: Pool) => ({
  /**
   * Stores an applied specification. Safe to repeat: an equal one changes nothing.
   *
   * @throws CONNECTION_ROWS_REMAIN when it is a new connection of a name whose destroyed one has left rows
   */
  save: (spec: ConnectionSpec, actor: string): Promise<SavedConnection> =>
    inTransaction(pool, (client) => saveConnection(client, spec, actor)),
  find: (name: string): Promise<ConnectionRecord | undefined> => find(pool, name),
  /** @throws CONNECTION_UNKNOWN naming the known ones */
  findOrThrow: (name: string): Promise<ConnectionRecord> => findOrThrow(pool, name),
  /**
   * Returns the connection with this id, also when it was destroyed.
   *
   * @throws CONNECTION_UNKNOWN
   */
  async findById(connectionId: string): Promise<ConnectionRecord> {
    const { rows } = await pool.query<ConnectionRecord>(`SELECT ${COLUMNS} FROM mooring.connection WHERE id = $1`, [
      connectionId,
    ]);
    if (rows[0] !== undefined) return rows[0];
    throw new MooringError('CONNECTION_UNKNOWN', `There is no connection with the id "${connectionId}".`);
  },
  /** Returns all, by name. */
  async list(): Promise<readonly ConnectionRecord[]> {
    const { rows } = await pool.query<ConnectionRecord>(
      `SELECT ${COLUMNS} FROM mooring.connection WHERE state <> 'destroyed' ORDER BY name`,
    );
    return rows;
  },
});
