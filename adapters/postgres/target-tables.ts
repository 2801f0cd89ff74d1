import pg from 'pg';
import type { CompiledJob } from '../../domain/compiled-job.ts';
import { MooringError } from '../../domain/errors.ts';
import type { ColumnType } from '../../domain/job-spec.ts';
import { qualified } from './page-sql.ts';
import { inTransaction, type Client, type Pool } from './pool.ts';
import { isKeyIndex, tableSteps, type ExistingIndex, type ExistingTables, type IndexesByTable } from './table-steps.ts';

/** Returns the columns that exist in a schema, as `table.column` → type in PostgreSQL's own spelling. */
export async function readColumns(pool: Pick<Client, 'query'>, schema: string): Promise<Map<string, ColumnType>> {
  const { rows } = await pool.query<{ name: string; type: string }>(
    `SELECT c.relname || '.' || a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type
     FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped`,
    [schema],
  );
  return new Map(rows.map(({ name, type }) => [name, SHORT_NAMES[type] ?? type]));
}

const SHORT_NAMES: Readonly<Record<string, ColumnType>> = {
  'timestamp with time zone': 'timestamptz',
  'time without time zone': 'time',
};

/** Readers of the table wait behind us for this long at most; then the activity is tried again. */
export const LOCK_TIMEOUT = '2s';

/** Returns all indexes of a schema, by table. */
export async function readIndexes(client: Pick<Client, 'query'>, schema: string): Promise<IndexesByTable> {
  const { rows } = await client.query<{ table: string; name: string; is_unique: boolean; columns: string[] }>(
    `SELECT t.relname AS table, c.relname AS name, i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indimmediate AND i.indisvalid AS is_unique,
       ARRAY(SELECT a.attname::text FROM pg_attribute AS a
         WHERE a.attrelid = i.indrelid AND a.attnum = ANY ((i.indkey::smallint[])[0:i.indnkeyatts - 1]) ORDER BY 1) AS columns
     FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_class AS t ON t.oid = i.indrelid
     JOIN pg_namespace AS n ON n.oid = t.relnamespace WHERE n.nspname = $1`,
    [schema],
  );
  const indexes = new Map<string, ExistingIndex[]>();
  for (const { table, name, is_unique, columns } of rows) {
    indexes.set(table, [...(indexes.get(table) ?? []), { name, isUnique: is_unique, columns }]);
  }
  return indexes;
}

/**
 * Creates the table of a job, or adds the columns that its mappings name and the table lacks. Only ever adds, but for the unique index of a key that
 * the job has no more; nullable columns cost no rewrite. Returns what it did, as words. Safe to repeat and to run from several workers.
 *
 * @throws CONFIG_INVALID when rows that are there already have the same key
 */
export async function ensureTarget(pool: Pool, job: CompiledJob): Promise<string[]> {
  const before = { columns: await readColumns(pool, job.schema), indexes: await readIndexes(pool, job.schema) };
  assertIsLoadable(job, before);
  if (tableSteps(job, before).length === 0) return [];
  return inTransaction(pool, (client) => completeTarget(client, job));
}

/** As {@link ensureTarget}, in the caller's transaction. */
export async function completeTarget(client: Client, job: CompiledJob): Promise<string[]> {
  await client.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
  await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('mooring.target/' || $1, 0))`, [job.schema]);
  // Another worker may have been quicker: what is there is asked for again, behind the lock.
  const there = { columns: await readColumns(client, job.schema), indexes: await readIndexes(client, job.schema) };
  assertIsLoadable(job, there);
  const steps = tableSteps(job, there);
  for (const { sql } of steps) await client.query(sql).catch(explainDuplicates(job));
  if (steps.some(({ what }) => what === 'table')) await grantReaders(client, job);
  return steps.flatMap(({ words }) => (words === undefined ? [] : [words]));
}

/** A new table is readable for the roles that its connections name, as those that were there when they were applied are. */
async function grantReaders(client: Client, { schema, table }: CompiledJob): Promise<void> {
  const { rows } = await client.query<{ role: string }>(
    `SELECT DISTINCT r.rolname AS role
     FROM mooring.connection AS c JOIN mooring.job AS j ON j.connection_id = c.id AND j.status <> 'removed'
     CROSS JOIN jsonb_array_elements_text(c.spec -> 'grants') AS g JOIN pg_roles AS r ON r.rolname = g
     WHERE c.state <> 'destroyed' AND c.spec ->> 'schema' = $1 AND j.spec -> 'target' ->> 'table' = $2 ORDER BY 1`,
    [schema, table],
  );
  for (const { role } of rows)
    await client.query(`GRANT SELECT ON ${qualified({ schema }, table)} TO ${pg.escapeIdentifier(role)}`);
}

/** Of an existing table; a plan has said so before, and the table may have changed since. */
function assertIsLoadable(
  { schema, table, upsertKey, existing }: CompiledJob,
  { columns, indexes }: ExistingTables,
): void {
  if (existing === undefined) return;
  const isThere = [...columns.keys()].some((name) => name.startsWith(`${table}.`));
  if (isThere && indexes.get(table)?.some((index) => isKeyIndex(upsertKey, index)) === true) return;
  const key = upsertKey.map((column) => `"${column}"`).join(', ');
  throw new MooringError(
    'CONFIG_INVALID',
    `The existing table "${schema}.${table}" ${isThere ? `has no unique index over exactly ${key}` : 'is not there'}, so nothing can be loaded into it. Make ${isThere ? 'one' : 'it'}, or change the job.`,
  );
}

/** Names what a unique index meets in rows that are there already. */
const explainDuplicates =
  ({ schema, table, upsertKey }: Pick<CompiledJob, 'schema' | 'table' | 'upsertKey'>) =>
  (error: unknown): never => {
    if (!(error instanceof pg.DatabaseError) || error.code !== '23505') throw error;
    throw new MooringError(
      'CONFIG_INVALID',
      `The table "${schema}.${table}" holds several rows with the same ${upsertKey.map((column) => `"${column}"`).join(', ')}, so that cannot be its upsert key. Choose another key, or another table.`,
      { cause: error },
    );
  };
