import { referencesTo } from '../../domain/references.ts';
import { ident, idColumn, literal, qualified } from './page-sql.ts';
import { hasColumn, type Ending } from './resolve-references.ts';

/** Chains of merges are short; a circle would be a fault of the org's. */
const MOST_MERGES = 10;

/**
 * Re-points what refers to records that lost a merge to the record that won it, over any number of merges in a row. A merge whose winner we do not
 * have yet waits for it. Every run of the job does this; nothing to do costs one look-up.
 */
export async function applyMerges({ client, run, plan, jobs }: Ending): Promise<void> {
  const id = idColumn(plan);
  if (id === undefined) return;
  const connection = literal(run.connectionId);
  const mine = (alias: string): string =>
    `${alias}.connection_id = ${connection} AND ${alias}.job_name = ${literal(run.job)}`;
  const { rowCount } = await client.query(
    `SELECT FROM mooring.pending_merge AS p WHERE ${mine('p')} AND p.applied_at IS NULL LIMIT 1`,
  );
  if (rowCount === 0) return;
  // Found by index, one by one: the planner knows nothing of rows that have just come, and has compared all of five thousand with each other.
  const mergeOf = (loser: string): string =>
    `(SELECT p.master_id, p.loser_row_id FROM mooring.pending_merge AS p WHERE ${mine('p')} AND p.loser_id = ${loser} OFFSET 0)`;
  const rowOf = (key: string): string =>
    `(SELECT t.id FROM ${qualified(plan, plan.table)} AS t WHERE t.connection_id = ${connection} AND t.${ident(id)} = ${key} OFFSET 0)`;
  await client.query(`
    CREATE TEMPORARY TABLE merged ON COMMIT DROP AS
    WITH RECURSIVE chain (loser_id, master_id, hops) AS (
      SELECT p.loser_id, p.master_id, 0 FROM mooring.pending_merge AS p WHERE ${mine('p')} AND p.applied_at IS NULL
      UNION ALL
      SELECT c.loser_id, m.master_id, c.hops + 1 FROM chain AS c JOIN LATERAL ${mergeOf('c.master_id')} AS m ON true
      WHERE c.hops < ${MOST_MERGES}
    ), ends AS (
      SELECT DISTINCT ON (loser_id) loser_id, master_id FROM chain ORDER BY loser_id, hops DESC
    )
    SELECT e.loser_id, m.id AS master, coalesce(p.loser_row_id, l.id) AS loser
    FROM ends AS e
    JOIN LATERAL ${mergeOf('e.loser_id')} AS p ON true
    JOIN LATERAL ${rowOf('e.master_id')} AS m ON true
    LEFT JOIN LATERAL ${rowOf('e.loser_id')} AS l ON true`);
  for (const { table: child, column } of referencesTo(plan.table, jobs)) {
    if (!(await hasColumn(client, qualified(plan, child), column))) continue;
    await client.query(
      `UPDATE ${qualified(plan, child)} AS t SET ${ident(column)} = merged.master, updated_at = now()
       FROM merged WHERE t.connection_id = ${connection} AND t.${ident(column)} = merged.loser`,
    );
  }
  await client.query(
    `UPDATE mooring.pending_merge AS p SET applied_at = now() FROM merged WHERE ${mine('p')} AND p.loser_id = merged.loser_id`,
  );
}
