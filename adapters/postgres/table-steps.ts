import { createHash } from 'node:crypto';
import type { CompiledJob } from '../../domain/compiled-job.ts';
import type { ColumnType } from '../../domain/job-spec.ts';
import { ident, literal, qualified } from './page-sql.ts';

export interface ExistingIndex {
  readonly name: string;
  /** Over all rows, that is. */
  readonly isUnique: boolean;
  /** Sorted. */
  readonly columns: readonly string[];
}

export type IndexesByTable = ReadonlyMap<string, readonly ExistingIndex[]>;

/** What a schema holds. */
export interface ExistingTables {
  /** `table.column` → type. */
  readonly columns: ReadonlyMap<string, ColumnType>;
  readonly indexes: IndexesByTable;
}

/** One statement that makes a table fit its job. Only ever adds, but for the index of a key that the job has no more. */
export interface TableStep {
  readonly what: 'table' | 'column' | 'key' | 'index';
  /** `opportunity`, `opportunity.amount`; the columns of a key. */
  readonly name: string;
  readonly type?: ColumnType;
  readonly sql: string;
  /** What it does, for people; absent where another step says it. */
  readonly words?: string;
}

export interface WantedColumn {
  readonly table: string;
  readonly name: string;
  readonly type: ColumnType;
}

/** Returns every column that a job writes. */
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

const KEY = '_upsert_key';

/** Names of indexes are unique in a schema and cut at 63 bytes, so a long one ends in a digest of what it is for. */
function indexName(job: CompiledJob, columns: readonly string[], suffix: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([job.table, columns]))
    .digest('hex')
    .slice(0, 8);
  return `${job.table.slice(0, 30)}_${digest}${suffix}`;
}

/** Returns what a job's table lacks, as statements in the order in which they can run. Pure; nothing when the table fits. */
export function tableSteps(job: CompiledJob, existing: ExistingTables): TableStep[] {
  const hasTable = [...existing.columns.keys()].some((name) => name.startsWith(`${job.table}.`));
  const missing = wantedColumns(job).filter(({ table, name }) => !existing.columns.has(`${table}.${name}`));
  if (job.existing !== undefined) return hasTable ? existingTableSteps(job, missing, existing) : [];
  return [
    ...(hasTable ? [] : [createTable(job)]),
    ...missing.map((column) => addColumn(job, column)),
    ...keySteps(job, hasTable ? (existing.indexes.get(job.table) ?? []) : undefined),
    ...referenceSteps(job, missing),
  ];
}

/** Columns that loading needs beside the mapped ones, with what makes them cost no rewrite: a row that is there gets its id when it is taken over. */
const OWN_COLUMNS: Readonly<Record<string, string>> = {
  id: 'uuid',
  connection_id: 'uuid',
  source_modstamp: 'timestamptz',
  deleted_at: 'timestamptz',
  created_at: 'timestamptz NOT NULL DEFAULT now()',
  updated_at: 'timestamptz NOT NULL DEFAULT now()',
};

/** A table of the team's own is added to, and nothing else; whoever has no unique index over the key is told so elsewhere. */
function existingTableSteps(
  job: CompiledJob,
  missing: readonly WantedColumn[],
  { columns, indexes }: ExistingTables,
): TableStep[] {
  const own = Object.entries(OWN_COLUMNS).filter(([name]) => !columns.has(`${job.table}.${name}`));
  const known = indexes.get(job.table) ?? [];
  const isKept = known.some((index) => isKeyIndex(job.upsertKey, index));
  return [
    ...own.map(([name, type]): TableStep => ({
      ...addColumn(job, { table: job.table, name, type: type.split(' ')[0] ?? type }),
      sql: `ALTER TABLE ${qualified(job, job.table)} ADD COLUMN IF NOT EXISTS ${ident(name)} ${type}${
        name === 'id' ? `;\nALTER TABLE ${qualified(job, job.table)} ALTER COLUMN id SET DEFAULT gen_random_uuid()` : ''
      }`,
    })),
    ...missing.map((column) => addColumn(job, column)),
    ...(isKept ? keySteps(job, known).filter(({ sql }) => !sql.startsWith('DROP')) : []),
    ...referenceSteps(job, missing),
  ];
}

/** Whether an index keeps the key unique, within a connection or altogether. */
export const isKeyIndex = (upsertKey: readonly string[], { isUnique, columns }: ExistingIndex): boolean =>
  isUnique && [upsertKey, ['connection_id', ...upsertKey]].some((key) => key.toSorted().join() === columns.join());

const createTable = (job: CompiledJob): TableStep => ({
  what: 'table',
  name: job.table,
  sql: `CREATE TABLE IF NOT EXISTS ${qualified(job, job.table)} (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), connection_id uuid NOT NULL, source_modstamp timestamptz, deleted_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE ${qualified(job, job.table)} IS ${literal(`Loaded by Mooring from Salesforce ${job.object}.`)}`,
  words: `created table ${job.schema}.${job.table}`,
});

const addColumn = (job: CompiledJob, { table, name, type }: WantedColumn): TableStep => ({
  what: 'column',
  name: `${table}.${name}`,
  type,
  sql: `ALTER TABLE ${qualified(job, table)} ADD COLUMN IF NOT EXISTS ${ident(name)} ${type}`,
  words: `added column ${table}.${name} ${type}`,
});

/**
 * The one unique index of a table beside its primary key: by any other, two rows of the org could stand in each other's way.
 *
 * @param indexes - absent when the table is yet to be made
 */
function keySteps(job: CompiledJob, indexes: readonly ExistingIndex[] | undefined): TableStep[] {
  const key = ['connection_id', ...job.upsertKey];
  const isTheKey = ({ isUnique, columns }: ExistingIndex): boolean =>
    isUnique && key.toSorted().join() === columns.join();
  if (indexes?.some(isTheKey)) return [];
  const old = (indexes ?? []).filter((index) => index.isUnique && index.name.endsWith(KEY));
  const name = job.upsertKey.join(', ');
  return [
    ...old.map((index): TableStep => ({
      what: 'key',
      name: index.columns.filter((column) => column !== 'connection_id').join(', '),
      sql: `DROP INDEX ${qualified(job, index.name)}`,
    })),
    {
      what: 'key',
      name,
      sql: `CREATE UNIQUE INDEX IF NOT EXISTS ${ident(indexName(job, key, KEY))} ON ${qualified(job, job.table)} (${key.map(ident).join(', ')})`,
      ...(indexes === undefined ? {} : { words: `made ${name} the key of ${job.schema}.${job.table}` }),
    },
  ];
}

/** For every reference that is new a partial index over what is missing: each run asks for it. Empty in a settled model. */
const referenceSteps = (job: CompiledJob, added: readonly WantedColumn[]): TableStep[] =>
  job.lookups
    .filter(({ sourceColumn }) => added.some(({ table, name }) => table === job.table && name === sourceColumn))
    .map(({ column, sourceColumn }) => ({
      what: 'index',
      name: `${job.table}.${column}`,
      sql: `CREATE INDEX IF NOT EXISTS ${ident(indexName(job, [column], '_open'))} ON ${qualified(job, job.table)} (connection_id, ${ident(sourceColumn)})
WHERE ${ident(column)} IS NULL AND ${ident(sourceColumn)} IS NOT NULL`,
    }));
