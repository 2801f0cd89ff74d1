import type { CompiledJob } from '../../domain/compiled-job.ts';
import type { DryReject, DryRun } from '../../domain/dry-run.ts';
import { applySequence } from './page-sequence.ts';
import type { PageOwner } from './page-sql.ts';
import { stagePage } from './page-stage.ts';
import { pageStatements } from './page-statements.ts';
import { inRolledBackTransaction, type Client, type Pool } from './pool.ts';
import { completeTarget } from './target-tables.ts';

export interface DryLoadInput {
  readonly plan: CompiledJob;
  readonly owner: PageOwner;
  /** REST answers as text. */
  readonly pages: readonly string[];
}

export type DryLoaded = Omit<DryRun, 'job' | 'mayHaveMore' | 'apiCalls'>;

/**
 * Loads rows as a run would, as one page, and takes everything back. Returns what would have become of them.
 *
 * Safe at any time: nothing commits. Rows that it writes are locked until it ends, as those of a page are, and in the same order; a table that
 * lacks columns gets them in the same transaction, so that its readers wait for as long.
 */
export const dryLoad = (pool: Pool, input: DryLoadInput): Promise<DryLoaded> =>
  inRolledBackTransaction(pool, async (client) => {
    const { plan, owner, pages } = input;
    const tableChanges = await completeTarget(client, plan);
    const statements = pageStatements(plan, owner);
    await client.query(`SET LOCAL jit = off; ${statements.createStage}`);
    let rows = 0;
    let lost = 0;
    for (const text of pages) {
      const staged = await stagePage(client, statements, { format: 'json', text });
      rows += staged.rows;
      lost += staged.unreadable.length;
      const { unreadable } = staged;
      const columns = [unreadable.map(({ sourceId }) => sourceId), unreadable.map(({ reason }) => reason)];
      if (unreadable.length > 0) await client.query(statements.keepUnreadable, columns);
    }
    const applied = await applySequence(client, statements, rows);
    const counts = { ...applied, read: rows + lost, rejected: applied.rejected + lost };
    const touched = counts.inserted + counts.updated + counts.deleted + counts.rejected;
    const unchanged = Math.max(0, counts.read - touched);
    return { ...counts, unchanged, tableChanges, rejects: await readRejects(client, owner) };
  });

async function readRejects(client: Client, { runId }: PageOwner): Promise<DryReject[]> {
  const { rows } = await client.query<{ field: string; code: string; rows: string; source_ids: string[] }>(
    `SELECT field, code, count(*) AS rows, (array_agg(source_id ORDER BY source_id))[1:3] AS source_ids
     FROM mooring.rejected_row WHERE run_id = $1 GROUP BY field, code ORDER BY count(*) DESC, field, code`,
    [runId],
  );
  return rows.map(({ field, code, rows: count, source_ids }) => ({
    ...{ field, code },
    rows: Number(count),
    sourceIds: source_ids,
  }));
}
