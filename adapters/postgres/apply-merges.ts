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
  const table = qualified(plan, plan.table);
  await client.query(`
    CREATE TEMPORARY TABLE merged ON COMMIT DROP AS
    WITH RECURSIVE chain (loser_id, master_id, hops) AS (
      SELECT p.loser_id, p.master_id, 0 FROM mooring.pending_merge AS p WHERE ${mine('p')} AND p.applied_at IS NULL
      UNION ALL
      SELECT c.loser_id, m.master_id, c.hops + 1 FROM chain AS c JOIN mooring.pending_merge AS m ON m.loser_id = c.master_id
      WHERE ${mine('m')} AND c.hops < ${MOST_MERGES}
    ), ends AS (
      SELECT DISTINCT ON (loser_id) loser_id, master_id FROM chain ORDER BY loser_id, hops DESC
    )
    SELECT e.loser_id, m.id AS master, coalesce(p.loser_row_id, l.id) AS loser
    FROM ends AS e
    JOIN mooring.pending_merge AS p ON p.loser_id = e.loser_id AND ${mine('p')}
    JOIN ${table} AS m ON m.connection_id = ${connection} AND m.${ident(id)} = e.master_id
    LEFT JOIN ${table} AS l ON l.connection_id = ${connection} AND l.${ident(id)} = e.loser_id`);
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
