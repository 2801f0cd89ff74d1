import type { CompiledJob } from '../../domain/compiled-job.ts';
import type { ColumnType } from '../../domain/job-spec.ts';
import { ident, literal, qualified } from './page-sql.ts';
import { inTransaction, type Pool } from './pool.ts';

/** Returns the columns that exist in a schema, as `table.column` → type in PostgreSQL's own spelling. */
export async function readColumns(pool: Pool, schema: string): Promise<Map<string, ColumnType>> {
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
const LOCK_TIMEOUT = '2s';

interface WantedColumn {
  readonly table: string;
  readonly name: string;
  readonly type: ColumnType;
}

function wantedColumns(job: CompiledJob): WantedColumn[] {
  const own = [
    ...job.fields.map(({ column, type }) => ({ name: column, type })),
    ...job.constants.map(({ column, type }) => ({ name: column, type })),
    ...job.lookups.flatMap(({ column, sourceColumn }) => [
      { name: column, type: 'uuid' },
      { name: sourceColumn, type: 'text' },
    ]),
  ].map((column) => ({ ...column, table: job.table }));
  return [...own, ...job.personFields.map(({ column, type }) => ({ table: 'person', name: column, type }))];
}

/**
 * Creates the table of a job, or adds the columns that its mappings name and the table lacks. Only ever adds; nullable columns cost no rewrite.
 * Returns what it did, as words. Safe to repeat and to run from several workers.
 */
export async function ensureTarget(pool: Pool, job: CompiledJob): Promise<string[]> {
  const existing = await readColumns(pool, job.schema);
  const hasTable = [...existing.keys()].some((name) => name.startsWith(`${job.table}.`));
  const missing = wantedColumns(job).filter(({ table, name }) => !existing.has(`${table}.${name}`));
  if (hasTable && missing.length === 0) return [];
  return inTransaction(pool, async (client) => {
    await client.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
    await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('mooring.target/' || $1, 0))`, [job.schema]);
    if (!hasTable) {
      await client.query(`
        CREATE TABLE IF NOT EXISTS ${qualified(job, job.table)} (
          id uuid PRIMARY KEY DEFAULT gen_random_uuid(), connection_id uuid NOT NULL, source_modstamp timestamptz, deleted_at timestamptz,
          created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now()
        )`);
    }
    for (const { table, name, type } of missing) {
      await client.query(`ALTER TABLE ${qualified(job, table)} ADD COLUMN IF NOT EXISTS ${ident(name)} ${type}`);
    }
    if (!hasTable) await ensureIndexes(client.query.bind(client), job);
    return [
      ...(hasTable ? [] : [`created table ${job.schema}.${job.table}`]),
      ...missing.map(({ table, name, type }) => `added column ${table}.${name} ${type}`),
    ];
  });
}

/** The upsert key, and for every reference a partial index over what is missing. Names stay below PostgreSQL's 63 bytes. */
async function ensureIndexes(query: (sql: string) => Promise<unknown>, job: CompiledJob): Promise<void> {
  const name = (suffix: string): string => ident(`${job.table.slice(0, 30)}_${suffix.slice(0, 30)}`);
  await query(
    `CREATE UNIQUE INDEX IF NOT EXISTS ${name('upsert_key')} ON ${qualified(job, job.table)} (${['connection_id', ...job.upsertKey].map(ident).join(', ')})`,
  );
  for (const { column, sourceColumn } of job.lookups) {
    await query(
      `CREATE INDEX IF NOT EXISTS ${name(`${column}_open`)} ON ${qualified(job, job.table)} (connection_id, ${ident(sourceColumn)})
       WHERE ${ident(column)} IS NULL AND ${ident(sourceColumn)} IS NOT NULL`,
    );
  }
  await query(
    `COMMENT ON TABLE ${qualified(job, job.table)} IS ${literal(`Loaded by Mooring from Salesforce ${job.object}.`)}`,
  );
}
