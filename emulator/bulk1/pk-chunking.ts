import { ApiError } from '../api-error.ts';
import { identifier, type Queryable } from '../data/sql.ts';
import { asyncError, MESSAGES } from '../error-strings.ts';
import type { Org } from '../org.ts';
import type { CompiledQuery } from '../soql/compile-soql.ts';
import type { PkChunking } from './async-job.ts';

const USUAL_SIZE = 100_000;
const LARGEST_SIZE = 250_000;

/** Reads `Sforce-Enable-PKChunking`: `true`, or settings such as `chunkSize=50000; parent=Account`. @throws ApiError InvalidJob */
export function parsePkChunking(header: string | undefined): PkChunking | null {
  if (header === undefined || /^\s*(false)?\s*$/i.test(header)) return null;
  const settings = new Map(
    header
      .split(';')
      .map((part) => part.trim())
      .filter((part) => part !== '' && !/^true$/i.test(part))
      .map((part): [string, string] => {
        const [name = '', value = ''] = part.split('=');
        return [name.trim().toLowerCase(), value.trim()];
      }),
  );
  const size = Number(settings.get('chunksize') ?? USUAL_SIZE);
  if (!Number.isInteger(size) || size < 1 || size > LARGEST_SIZE) throw asyncError('unreadableJob');
  return { size, parent: settings.get('parent') ?? null, startRow: settings.get('startrow') ?? null };
}

const hasWhereAlone = (query: CompiledQuery): boolean =>
  query.orderBy.length === 0 && query.limit === undefined && query.query.offset === undefined;

/** Puts a further condition into a query that has no clauses behind WHERE. */
function narrowed(soql: string, isFiltered: boolean, condition: string): string {
  if (!isFiltered) return `${soql.trimEnd()} WHERE ${condition}`;
  const [before = '', ...behind] = soql.split(/(?<=\s)WHERE(?=[\s(])/i);
  return `${before}WHERE (${behind.join('WHERE').trim()}) AND ${condition}`;
}

/**
 * Returns the queries that stand for one query of a job with PK chunking: each reads a range of ids, in order, and together they read
 * everything. Records in the bin count too, as they do in an org, so that a chunk may bring fewer rows than asked for.
 *
 * @throws ApiError InvalidBatch where an org does not cut
 */
export async function chunkQueries(
  db: Queryable,
  org: Org,
  {
    soql,
    compiled,
    chunking,
  }: { readonly soql: string; readonly compiled: CompiledQuery; readonly chunking: PkChunking },
): Promise<string[]> {
  const { object } = compiled;
  // A parent is for shares and histories, of which there are none here.
  if (chunking.parent !== null && chunking.parent.toLowerCase() !== object.name.toLowerCase())
    throw new ApiError(400, 'InvalidBatch', MESSAGES.noChunks(object.name));
  if (!hasWhereAlone(compiled)) throw new ApiError(400, 'InvalidBatch', MESSAGES.noChunkedOrder);
  const { rows } = await db.query<{ id: string }>(
    `SELECT numbered.id FROM (
       SELECT "Id" AS id, row_number() OVER (ORDER BY "Id") AS place FROM ${identifier(org.schema)}.${identifier(object.name)} WHERE "Id" >= $2
     ) numbered WHERE (numbered.place - 1) % $1 = 0 ORDER BY 1`,
    [chunking.size, chunking.startRow ?? ''],
  );
  return rows.map(({ id }, index) => {
    const end = rows[index + 1]?.id;
    const range = [`Id >= '${id}'`, ...(end === undefined ? [] : [`Id < '${end}'`])].join(' AND ');
    return narrowed(soql, compiled.query.where !== undefined, range);
  });
}
