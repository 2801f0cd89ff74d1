import pg from 'pg';
import type { CompiledJob } from '../../domain/compiled-job.ts';

/** Whose page it is. Written into the statements as literals, so that PostgreSQL plans for them. */
export interface PageOwner {
  readonly connectionId: string;
  readonly job: string;
  readonly runId: string;
}

/** One statement of the fixed sequence. One that counts returns a row `{ rejected | inserted | updated | deleted | moved: bigint }` of source rows. */
export interface PageStatement {
  readonly name: string;
  readonly sql: string;
  /** Is tried before it, in four fifths of its time, and refused with 23505 where another page makes one of its rows at the same moment. */
  readonly hopeful?: string;
  /** What the rows that it writes count as, where it returns none. */
  readonly writes?: 'inserted';
}

export const { escapeIdentifier: ident, escapeLiteral: literal } = pg;

export const qualified = (job: Pick<CompiledJob, 'schema'>, table: string): string =>
  `${ident(job.schema)}.${ident(table)}`;

export const staged = (position: number): string => `c${position}`;

/** The staging table of one shape: temporary, so unlogged and invisible to others, and empty after each commit. */
export const stageTable = (job: Pick<CompiledJob, 'paths'>): string => `page_${job.paths.length}`;

/** Counts the rows that a session writes, so that each gets an {@link newId | id} of its own: always eight hexadecimal digits. */
export const createRowCounter =
  'CREATE TEMPORARY SEQUENCE IF NOT EXISTS page_row MINVALUE 2147483648 MAXVALUE 4294967295 CACHE 1000 CYCLE';

/**
 * An id for a new row: the first 96 bits of one that the server makes, once for each statement, and a counter. PostgreSQL gathers randomness anew for each
 * id, which took as long as a third of staging the row. Ids of a page follow each other, in every index that holds them.
 */
export const newId = `((SELECT left(mooring.new_id()::text, 28)) || to_hex(nextval('pg_temp.page_row')))::uuid`;

/** 18 characters for 15; written out, since a function call for each row would cost more than the row. */
export const sfid = (expression: string): string =>
  `CASE WHEN length(${expression}) = 15 THEN mooring.sfid18(${expression}) ELSE ${expression} END`;

/** The column that holds the row's Salesforce id, where the job maps it. */
export const idColumn = (job: CompiledJob): string | undefined =>
  job.fields.find(({ path, functions }) => path === 'Id' && functions === undefined)?.column;

export const stampValue = (job: CompiledJob, table = ''): string =>
  job.stamp === undefined ? 'NULL::timestamptz' : `${table}${staged(job.stamp)}::timestamptz`;

/** Whether a page may hold deletions that matter to us. */
export const hasDeletions = ({ isDeleted: position, deletionsOnly, onDelete }: CompiledJob): boolean =>
  onDelete !== 'ignore' && (position !== undefined || deletionsOnly === true);

export function isDeleted(job: CompiledJob, table = ''): string {
  if (job.deletionsOnly) return 'true';
  return job.isDeleted === undefined ? 'false' : `coalesce(${table}${staged(job.isDeleted)} = 'true', false)`;
}
