import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import { inTransaction, type Pool } from '../../adapters/postgres/pool.ts';
import { baseType } from '../../domain/column-types.ts';
import type { CompiledJob } from '../../domain/compiled-job.ts';
import { inLanes } from './in-lanes.ts';

/** Columns of the target and what fills them, without anything that could go wrong in between. */
const columnsOf = (plan: CompiledJob): { readonly column: string; readonly sql: string }[] => [
  ...plan.fields.map(({ column, position, type }) => ({
    column,
    sql: baseType(type) === 'text' ? `c${position}` : `c${position}::${type}`,
  })),
  ...plan.lookups.map(({ sourceColumn, pairs }) => ({ column: sourceColumn, sql: `c${pairs[0]?.position ?? 1}` })),
  { column: 'source_modstamp', sql: `c${plan.stamp ?? 1}::timestamptz` },
];

/** `COPY` into a temporary table and `INSERT … ON CONFLICT` from there. */
export function upsertSql(plan: CompiledJob, table: string, connectionId: string): string {
  const columns = columnsOf(plan);
  return `INSERT INTO ${table} (connection_id, ${columns.map(({ column }) => column).join(', ')})
    SELECT '${connectionId}', ${columns.map(({ sql }) => sql).join(', ')} FROM bare
    ON CONFLICT (connection_id, sfdc_account_id) DO UPDATE SET ${columns.map(({ column }) => `${column} = excluded.${column}`).join(', ')}`;
}

export const createBareTable = (plan: CompiledJob): string =>
  `CREATE TEMPORARY TABLE bare (${plan.paths.map((_, index) => `c${index + 1} text`).join(', ')}) ON COMMIT DROP`;

export const copyBare = (plan: CompiledJob): string =>
  `COPY bare FROM STDIN (FORMAT csv, HEADER true, FORCE_NULL (${plan.paths.map((_, index) => `c${index + 1}`).join(', ')}))`;

/** What PostgreSQL can do at best: the same files into the same table, two at a time; no checks, no lookups, no marks. */
export async function loadBare(
  pool: Pool,
  { table, connectionId }: { readonly table: string; readonly connectionId: string },
  plan: CompiledJob,
  files: readonly string[],
): Promise<void> {
  await inLanes(files, (file) =>
    inTransaction(pool, async (client) => {
      await client.query(createBareTable(plan));
      await pipeline(createReadStream(file), client.query(copyFrom(copyBare(plan))));
      await client.query(upsertSql(plan, table, connectionId));
    }),
  );
}
