import { createHash } from 'node:crypto';
import pg from 'pg';
import type { CompiledJob } from '../../domain/compiled-job.ts';
import { MooringError } from '../../domain/errors.ts';
import type { ColumnType } from '../../domain/job-spec.ts';
import { ident, literal, qualified } from './page-sql.ts';
import { inTransaction, type Client, type Pool } from './pool.ts';

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

interface ExistingIndex {
  readonly name: string;
  readonly isUnique: boolean;
  readonly columns: readonly string[];
}

async function readIndexes(client: Pick<Client, 'query'>, job: CompiledJob): Promise<ExistingIndex[]> {
  const { rows } = await client.query<{ name: string; is_unique: boolean; columns: string[] }>(
    `SELECT c.relname AS name, i.indisunique AND i.indpred IS NULL AS is_unique,
       ARRAY(SELECT a.attname::text FROM pg_attribute AS a WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey::smallint[]) ORDER BY 1) AS columns
     FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid WHERE i.indrelid = to_regclass($1)`,
    [qualified(job, job.table)],
  );
  return rows.map(({ name, is_unique, columns }) => ({ name, isUnique: is_unique, columns }));
}

const isUniqueOn =
  (columns: readonly string[]) =>
  (index: ExistingIndex): boolean =>
    index.isUnique && columns.toSorted().join() === index.columns.join();

const KEY = '_upsert_key';

/** Names of indexes are unique in a schema and cut at 63 bytes, so a long one ends in a digest of what it is for. */
function indexName(job: CompiledJob, columns: readonly string[], suffix: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([job.table, columns]))
    .digest('hex')
    .slice(0, 8);
  return `${job.table.slice(0, 30)}_${digest}${suffix}`;
}

/**
 * Creates the table of a job, or adds the columns that its mappings name and the table lacks. Only ever adds, but for the unique index of a key that
 * the job has no more; nullable columns cost no rewrite. Returns what it did, as words. Safe to repeat and to run from several workers.
 *
 * @throws CONFIG_INVALID when rows that are there already have the same key
 */
export async function ensureTarget(pool: Pool, job: CompiledJob): Promise<string[]> {
  const existing = await readColumns(pool, job.schema);
  const hasTable = [...existing.keys()].some((name) => name.startsWith(`${job.table}.`));
  const missing = wantedColumns(job).filter(({ table, name }) => !existing.has(`${table}.${name}`));
  const key = ['connection_id', ...job.upsertKey];
  if (hasTable && missing.length === 0 && (await readIndexes(pool, job)).some(isUniqueOn(key))) return [];
  return inTransaction(pool, async (client) => {
    await client.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
    await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('mooring.target/' || $1, 0))`, [job.schema]);
    if (!hasTable) {
      await client.query(`
        CREATE TABLE IF NOT EXISTS ${qualified(job, job.table)} (
          id uuid PRIMARY KEY DEFAULT gen_random_uuid(), connection_id uuid NOT NULL, source_modstamp timestamptz, deleted_at timestamptz,
          created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now()
        );
        COMMENT ON TABLE ${qualified(job, job.table)} IS ${literal(`Loaded by Mooring from Salesforce ${job.object}.`)}`);
    }
    for (const { table, name, type } of missing) {
      await client.query(`ALTER TABLE ${qualified(job, table)} ADD COLUMN IF NOT EXISTS ${ident(name)} ${type}`);
    }
    const keyed = await ensureKey(client, job, key);
    await indexReferences(client, job, missing);
    return [
      ...(hasTable ? [] : [`created table ${job.schema}.${job.table}`]),
      ...missing.map(({ table, name, type }) => `added column ${table}.${name} ${type}`),
      ...(hasTable ? keyed : []),
    ];
  });
}

/** The one unique index of a table beside its primary key: by any other, two rows of the org could stand in each other's way. */
async function ensureKey(client: Client, job: CompiledJob, key: readonly string[]): Promise<string[]> {
  const indexes = await readIndexes(client, job);
  if (indexes.some(isUniqueOn(key))) return [];
  for (const { name } of indexes.filter((index) => index.isUnique && index.name.endsWith(KEY))) {
    await client.query(`DROP INDEX ${qualified(job, name)}`);
  }
  try {
    await client.query(
      `CREATE UNIQUE INDEX ${ident(indexName(job, key, KEY))} ON ${qualified(job, job.table)} (${key.map(ident).join(', ')})`,
    );
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== '23505') throw error;
    throw new MooringError(
      'CONFIG_INVALID',
      `The table "${job.schema}.${job.table}" holds several rows with the same ${job.upsertKey.map((column) => `"${column}"`).join(', ')}, so that cannot be its upsert key. Choose another key, or another table.`,
    );
  }
  return [`made ${job.upsertKey.join(', ')} the key of ${job.schema}.${job.table}`];
}

/** For every reference that is new a partial index over what is missing: each run asks for it. Empty in a settled model. */
async function indexReferences(client: Client, job: CompiledJob, added: readonly WantedColumn[]): Promise<void> {
  const references = job.lookups.filter(({ sourceColumn }) =>
    added.some(({ table, name }) => table === job.table && name === sourceColumn),
  );
  for (const { column, sourceColumn } of references) {
    await client.query(
      `CREATE INDEX IF NOT EXISTS ${ident(indexName(job, [column], '_open'))} ON ${qualified(job, job.table)} (connection_id, ${ident(sourceColumn)})
       WHERE ${ident(column)} IS NULL AND ${ident(sourceColumn)} IS NOT NULL`,
    );
  }
}
