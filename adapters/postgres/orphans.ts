import { decide } from '../../domain/lifecycle.ts';
import { MooringError } from '../../domain/errors.ts';
import { recordAudit } from './audit.ts';
import { findRowTables, type RowTable } from './connection-rows.ts';
import { inTransaction, type Client, type Pool } from './pool.ts';
import { lockLifecycle } from './revocations.ts';

/** A destroyed connection whose rows are still there. */
export interface Orphan {
  readonly connectionId: string;
  readonly name: string;
  /** 18 characters; null when nobody ever authorized it. */
  readonly orgId: string | null;
  readonly orgName: string | null;
  readonly destroyedAt: Date;
  /** Never empty. */
  readonly tables: readonly RowTable[];
}

/** Returns the destroyed connections that still have rows, newest first; of one name, or all. */
export async function findOrphans(client: Pool | Client, name?: string): Promise<readonly Orphan[]> {
  const { rows } = await client.query<Omit<Orphan, 'tables'>>(
    `SELECT id AS "connectionId", name, org_id AS "orgId", org_name AS "orgName", updated_at AS "destroyedAt"
       FROM mooring.connection WHERE state = 'destroyed' AND ($1::text IS NULL OR name = $1) ORDER BY updated_at DESC`,
    [name],
  );
  const orphans: Orphan[] = [];
  for (const row of rows) {
    const tables = await findRowTables(client, row.connectionId);
    if (tables.length > 0) orphans.push({ ...row, tables });
  }
  return orphans;
}

/**
 * Resolves when a new connection may have this name.
 *
 * @throws CONNECTION_ROWS_REMAIN while rows of a destroyed one are there: two connections would fill the same tables with the same
 * records, each under its own id
 */
export async function assertNameIsFree(client: Client, name: string): Promise<void> {
  const [orphan] = await findOrphans(client, name);
  if (orphan === undefined) return;
  const { orgId, destroyedAt, tables } = orphan;
  const named = tables.slice(0, 3).map(({ schema, table }) => `"${schema}.${table}"`);
  const where = [...named, ...(tables.length > named.length ? [`${tables.length - named.length} more tables`] : [])];
  throw new MooringError(
    'CONNECTION_ROWS_REMAIN',
    `Connection "${name}" was destroyed on ${destroyedAt.toISOString().slice(0, 10)} and its rows are still in ${where.join(', ')}. Go on with them, in org "${orgId ?? ''}": mooring connection adopt ${name}. Or delete them: mooring prune ${name}. Or give the new connection another name.`,
  );
}

/**
 * Brings the destroyed connection of a name back, with its id, its binding, its rows and its watermarks, and without a grant: only its
 * own org can authorize it.
 *
 * @throws REFUSED when there are no rows to go on with, or a connection has the name
 */
export const adopt = (pool: Pool, name: string, actor: string): Promise<Orphan> =>
  inTransaction(pool, async (client) => {
    const existing = await client.query(`SELECT FROM mooring.connection WHERE name = $1 AND state <> 'destroyed'`, [
      name,
    ]);
    if (existing.rowCount !== 0)
      throw new MooringError('REFUSED', `There is a connection "${name}"; only a destroyed one can be adopted.`);
    const [orphan] = await findOrphans(client, name);
    if (orphan === undefined) {
      throw new MooringError(
        'REFUSED',
        `No destroyed connection "${name}" has left rows, so there is nothing to adopt. Make a new one: mooring apply DIR`,
      );
    }
    const { connectionId } = orphan;
    const { next, refusal } = decide(await lockLifecycle(client, connectionId), { type: 'adopt' });
    if (refusal !== undefined) throw new MooringError('REFUSED', refusal);
    await client.query('UPDATE mooring.connection SET state = $2, updated_at = now() WHERE id = $1', [
      connectionId,
      next.state,
    ]);
    await recordAudit(client, { connectionId, actor, event: 'adopted', details: { orgId: orphan.orgId } });
    return orphan;
  });
