import pg from 'pg';
import { MooringError } from '../../domain/errors.ts';
import { recordAudit } from './audit.ts';
import { tableName, type RowTable } from './connection-rows.ts';
import type { Orphan } from './orphans.ts';
import { inTransaction, type Client, type Pool } from './pool.ts';
import { lockLifecycle } from './revocations.ts';

/** Rows deleted in one transaction: locks and WAL of a batch stay small, and an interruption costs seconds. */
const BATCH_ROWS = 10_000;

export interface PruneOptions {
  readonly pool: Pool;
  readonly orphan: Orphan;
  readonly actor: string;
  /** Told after each batch. */
  readonly report?: (table: string, deleted: number) => void;
  /** Asked to stop: the batch in work is finished, no other is begun. */
  readonly signal?: AbortSignal;
  readonly batchRows?: number;
}

/**
 * Deletes the rows of a destroyed connection in bounded batches, then what Mooring noted about its runs and rejects. The connection's
 * line and its audit stay. Safe to repeat and to interrupt.
 *
 * @returns rows deleted by table; `finished` is false when it was interrupted
 * @throws REFUSED when the connection was adopted meanwhile, or rows of other tables refer to its rows
 */
export async function prune({
  pool,
  orphan,
  actor,
  report = () => undefined,
  signal,
  batchRows = BATCH_ROWS,
}: PruneOptions): Promise<{ readonly rows: Readonly<Record<string, number>>; readonly finished: boolean }> {
  const { connectionId, tables } = orphan;
  const rows: Record<string, number> = {};
  // First of all, and before any row: whoever adopts what a broken-off prune has left reads everything anew.
  await inTransaction(pool, async (client) => {
    await assertDestroyed(client, orphan);
    await client.query('DELETE FROM mooring.watermark WHERE connection_id = $1', [connectionId]);
    await recordAudit(client, { connectionId, actor, event: 'prune_begun' });
  });
  for (const target of tables) {
    const name = `${target.schema}.${target.table}`;
    for (let deleted = batchRows; deleted === batchRows;) {
      if (signal?.aborted === true) return { rows, finished: false };
      deleted = await deleteBatch({ pool, orphan, target, batchRows });
      rows[name] = (rows[name] ?? 0) + deleted;
      report(name, rows[name]);
    }
  }
  await inTransaction(pool, async (client) => {
    await assertDestroyed(client, orphan);
    for (const table of ['rejected_row', 'pending_merge', 'describe_cache', 'run'])
      await client.query(`DELETE FROM mooring.${table} WHERE connection_id = $1`, [connectionId]);
    await recordAudit(client, { connectionId, actor, event: 'pruned', details: rows });
  });
  return { rows, finished: true };
}

const FOREIGN_KEY_VIOLATION = '23503';

async function deleteBatch({
  pool,
  orphan,
  target,
  batchRows,
}: Required<Pick<PruneOptions, 'pool' | 'orphan' | 'batchRows'>> & { readonly target: RowTable }): Promise<number> {
  const table = tableName(target);
  try {
    return await inTransaction(pool, async (client) => {
      await assertDestroyed(client, orphan);
      // By place: nothing but the batch is looked at, whichever columns the table has.
      const { rowCount } = await client.query(
        `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${table} WHERE connection_id = $1 LIMIT $2))`,
        [orphan.connectionId, batchRows],
      );
      return rowCount ?? 0;
    });
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== FOREIGN_KEY_VIOLATION) throw error;
    throw new MooringError(
      'REFUSED',
      `Rows of "${target.schema}.${target.table}" cannot be deleted: the table "${error.table ?? ''}" refers to them by the constraint "${error.constraint ?? ''}". Remove what refers to them, then prune again.`,
      { cause: error },
    );
  }
}

/** Keeps an adoption out until the batch is done, and the other way round. */
async function assertDestroyed(client: Client, { connectionId, name }: Orphan): Promise<void> {
  const { state } = await lockLifecycle(client, connectionId);
  if (state === 'destroyed') return;
  throw new MooringError('REFUSED', `Connection "${name}" was adopted meanwhile; its rows are in use again.`);
}
