import type { StoredRun } from '../../activities/sync-ports.ts';
import type { CompiledJob, CompiledLookup } from '../../domain/compiled-job.ts';
import type { JobSpec } from '../../domain/job-spec.ts';
import { jobsThatLoad, referencesTo } from '../../domain/references.ts';
import { foundRow, lookupValue } from './lookup-sql.ts';
import { ident, literal, qualified } from './page-sql.ts';
import type { Client } from './pool.ts';

/** References that found nothing: those that may still come, and those that will not. */
export interface OpenReferences {
  readonly pending: number;
  readonly outOfScope: number;
}

/** A run that is about to end, with all jobs of its connection. */
export interface Ending {
  readonly client: Client;
  readonly run: StoredRun;
  readonly plan: CompiledJob;
  readonly jobs: readonly JobSpec[];
}

/** Some rows of the job's table, by where they stand: half-open range of block numbers. */
export interface Blocks {
  readonly from: number;
  /** Absent: to the end. */
  readonly to?: number;
}

/** Lookups that may find something: what is not there is not looked for again and again, where nothing has come since the job ran last. */
export async function lookupsWithNews(ending: Ending): Promise<readonly CompiledLookup[]> {
  const found = [];
  for (const lookup of ending.plan.lookups) if (await hasNews(ending, lookup)) found.push(lookup);
  return found;
}

/**
 * Looks references of the job's table up that found nothing yet, or whose key may lead elsewhere by now: of all rows, or of those in some blocks.
 *
 * One set-based statement a reference. Rows whose lookup leaves null for good are tried as well, since their parent may have come after them in the
 * same run.
 */
export async function lookUpReferences(
  ending: Ending,
  lookups: readonly CompiledLookup[],
  blocks?: Blocks,
): Promise<void> {
  // Row by row through the index of the other table: of a table that has just grown the planner knows little, and would read all of it.
  await ending.client.query('SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off');
  for (const lookup of lookups) await lookUp(ending, lookup, blocks);
}

/** Counts the references that are left open. */
export async function openReferences(ending: Ending): Promise<OpenReferences> {
  let pending = 0;
  let outOfScope = 0;
  for (const lookup of ending.plan.lookups.filter(({ onMissing }) => onMissing === 'pending')) {
    const open = await countOpen(ending, lookup);
    pending += open.pending;
    outOfScope += open.outOfScope;
  }
  return { pending, outOfScope };
}

const missing = ({ run }: Ending, { column, sourceColumn }: CompiledLookup): string =>
  `t.connection_id = ${literal(run.connectionId)} AND t.${ident(column)} IS NULL AND t.${ident(sourceColumn)} IS NOT NULL`;

const standing = ({ from, to }: Blocks): string =>
  ` AND t.ctid >= '(${from},0)'${to === undefined ? '' : ` AND t.ctid < '(${to},0)'`}`;

async function lookUp(ending: Ending, lookup: CompiledLookup, blocks?: Blocks): Promise<void> {
  const { client, run, plan } = ending;
  const table = qualified(plan, plan.table);
  const column = ident(lookup.column);
  const source = `t.${ident(lookup.sourceColumn)}`;
  const where = blocks === undefined ? '' : standing(blocks);
  if (lookup.unique) {
    // A key that is unique for good leads where it led.
    if (!lookup.exists) return;
    const found = foundRow(plan, lookup, run, source);
    await client.query(
      `UPDATE ${table} AS t SET ${column} = found.id, updated_at = now() ${found} AND ${missing(ending, lookup)}${where}`,
    );
    return;
  }
  // Any other may lead elsewhere once the other row has changed.
  await client.query(
    `UPDATE ${table} AS t SET ${column} = n.found, updated_at = now()
     FROM (
       SELECT t.id, ${lookupValue(plan, lookup, run, source)} AS found FROM ${table} AS t
       WHERE t.connection_id = ${literal(run.connectionId)} AND ${source} IS NOT NULL${where} OFFSET 0
     ) AS n
     WHERE t.id = n.id AND n.found IS DISTINCT FROM t.${column}`,
  );
}

/**
 * Has anything come into the table that the lookup asks, since the job's last run that ended well began? Any run but an incremental one looks in any
 * case: rows may have come from elsewhere, and lookups may be new. Into a table that was empty every row has come with this run, which looked for each
 * of its references: there the question is what has come since this run began.
 */
async function hasNews({ client, run, plan, jobs }: Ending, { table }: CompiledLookup): Promise<boolean> {
  const isFirst = plan.fillsEmptyTable === true;
  if (run.mode !== 'incremental' && !isFirst) return true;
  const loading = jobsThatLoad(table, jobs);
  if (loading.length === 0) return true;
  const { rows } = await client.query<{ has_news: boolean }>(
    `WITH last AS (
       SELECT started_at, revision FROM mooring.run
       WHERE connection_id = $1 AND job_name = $2 AND CASE WHEN $6 THEN id = $3 ELSE id <> $3 AND status IN ('success', 'partial_success') END
       ORDER BY started_at DESC LIMIT 1
     )
     SELECT NOT EXISTS (SELECT FROM last WHERE revision = $4) OR EXISTS (
       SELECT FROM last, mooring.run AS r JOIN mooring.run_page AS p ON p.run_id = r.id
       WHERE r.connection_id = $1 AND r.job_name = ANY ($5) AND coalesce(r.finished_at, now()) >= last.started_at
         AND p.loaded_at >= last.started_at AND p.rows_inserted + p.rows_updated + p.rows_deleted > 0
     ) AS has_news`,
    [run.connectionId, run.job, run.runId, run.revision, loading, isFirst],
  );
  return rows[0]?.has_news ?? true;
}

/**
 * Counts the references that found nothing. One is out of scope when the jobs that load the other table have read up to the row's own version and
 * beyond, and its key is not among their rejects: then a filter keeps it out, it is deleted, or the user may not see it.
 */
async function countOpen(ending: Ending, lookup: CompiledLookup): Promise<OpenReferences> {
  const { client, run, plan, jobs } = ending;
  const connection = literal(run.connectionId);
  const loading = jobsThatLoad(lookup.table, jobs);
  const names = loading.map((name) => literal(name)).join(', ');
  const covered =
    loading.length === 0
      ? 'false'
      : `t.source_modstamp < (SELECT CASE WHEN count(*) = ${loading.length} THEN min(w.modstamp) END FROM mooring.watermark AS w
           WHERE w.connection_id = ${connection} AND w.job_name IN (${names}))
         AND NOT EXISTS (SELECT FROM mooring.rejected_row AS r
           WHERE r.connection_id = ${connection} AND r.job_name IN (${names}) AND r.source_id = t.${ident(lookup.sourceColumn)})`;
  const { rows } = await client.query<{ open: string; out_of_scope: string }>(
    `SELECT count(*) AS open, count(*) FILTER (WHERE ${covered}) AS out_of_scope
     FROM ${qualified(plan, plan.table)} AS t WHERE ${missing(ending, lookup)} AND t.deleted_at IS NULL`,
  );
  const outOfScope = Number(rows[0]?.out_of_scope ?? 0);
  return { pending: Number(rows[0]?.open ?? 0) - outOfScope, outOfScope };
}

/** Takes back references to rows of the job's table that are not there any more. Only runs that delete rows need it. */
export async function dropDangling({ client, run, plan, jobs }: Ending): Promise<void> {
  if (plan.onDelete !== 'delete' && plan.onLeaveFilter !== 'delete') return;
  const target = qualified(plan, plan.table);
  for (const { table, column } of referencesTo(plan.table, jobs)) {
    if (!(await hasColumn(client, qualified(plan, table), column))) continue;
    await client.query(
      `UPDATE ${qualified(plan, table)} AS t SET ${ident(column)} = NULL, updated_at = now()
       WHERE t.connection_id = ${literal(run.connectionId)} AND t.${ident(column)} IS NOT NULL
         AND NOT EXISTS (SELECT FROM ${target} AS found WHERE found.id = t.${ident(column)})`,
    );
  }
}

/** A job that has not run yet has no table, or not all of its columns. */
export async function hasColumn(client: Client, table: string, column: string): Promise<boolean> {
  const { rowCount } = await client.query(
    'SELECT FROM pg_attribute WHERE attrelid = to_regclass($1) AND attname = $2 AND NOT attisdropped',
    [table, column],
  );
  return (rowCount ?? 0) > 0;
}
