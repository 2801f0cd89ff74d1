import type { Queryable } from '../data/sql.ts';
import { apiError } from '../error-strings.ts';
import { opaqueId } from '../salesforce-id.ts';
import { literalBinder, parameterBinder, type Binder } from '../soql/binder.ts';
import { compileSoql, type CompiledQuery } from '../soql/compile-soql.ts';
import { groupJsonSql, recordJsonSql } from '../soql/record-json.ts';
import type { LiveSession } from '../oauth/sessions.ts';

/** A query of one session over REST. */
export interface RestQuery {
  readonly session: LiveSession;
  /** `62.0`. */
  readonly version: string;
  readonly soql: string;
  readonly includeDeleted: boolean;
  readonly batchSize: number;
}

/** Groups that one reply may hold; aggregate queries have no pages. */
const MOST_GROUPS = 2000;
/** Ids that a cursor keeps in one row. A row for each id would make the first page of a million records wait for seconds. */
const CHUNK_ROWS = 2000;
/** Bytes of a chunk's ids with a comma behind each: all ids become one text that is cut, where numbering and grouping a million rows takes thrice as long. */
const CHUNK_WIDTH = CHUNK_ROWS * (18 + 1);
/** Life of a cursor. */
const CURSOR_LIFE_MS = 2 * 24 * 3_600_000;

const body = (total: number, records: readonly string[], next?: string): string =>
  `{"totalSize":${total},"done":${next === undefined}${next === undefined ? '' : `,"nextRecordsUrl":"${next}"`},"records":[${records.join(',')}]}`;

const nextUrl = (query: Pick<RestQuery, 'version' | 'includeDeleted'>, cursorId: string, position: number): string =>
  `/services/data/v${query.version}/${query.includeDeleted ? 'queryAll' : 'query'}/${cursorId}-${position}`;

const ordered = (compiled: CompiledQuery): string => {
  const order = compiled.kind === 'records' ? [...compiled.orderBy, `${compiled.alias}."Id"`] : compiled.orderBy;
  return order.length === 0 ? '' : ` ORDER BY ${order.join(', ')}`;
};

const compile = (query: RestQuery, binder: Binder): CompiledQuery =>
  compileSoql({
    org: query.session.org,
    soql: query.soql,
    includeDeleted: query.includeDeleted,
    now: query.session.now,
    userId: query.session.userId,
    binder,
  });

/** Answers a query with the JSON text of its first page. JSON is written by PostgreSQL: numbers stay exact, rows never become objects. */
export async function runQuery(db: Queryable, query: RestQuery): Promise<string> {
  const compiled = compile(query, parameterBinder());
  const rest = `FROM ${compiled.from} WHERE ${compiled.where}`;

  if (compiled.kind === 'count') {
    const { rows } = await db.query<{ total: string }>(
      `SELECT count(*) AS total FROM (SELECT 1 ${rest}${compiled.window}) counted`,
      [...compiled.parameters],
    );
    return body(Number(rows[0]?.total ?? 0), []);
  }
  if (compiled.kind === 'groups') {
    const { rows } = await db.query<{ record: string }>(
      `SELECT ${groupJsonSql(compiled)} AS record ${rest}${compiled.groupBy}${ordered(compiled)}${compiled.window}`,
      [...compiled.parameters],
    );
    if (rows.length > MOST_GROUPS) throw apiError('tooManyRows');
    return body(
      rows.length,
      rows.map((row) => row.record),
    );
  }

  const limit = Math.min(compiled.limit ?? Number.POSITIVE_INFINITY, query.batchSize + 1);
  const { rows } = await db.query<FoundRecord>(
    `SELECT ${compiled.alias}."Id" AS id, ${recordJsonSql(compiled, query.version)} AS record ${rest}${ordered(compiled)} LIMIT ${limit} OFFSET ${compiled.query.offset ?? 0}`,
    [...compiled.parameters],
  );
  if (rows.length <= query.batchSize)
    return body(
      rows.length,
      rows.map((row) => row.record),
    );
  return openCursor(db, query, rows);
}

interface FoundRecord {
  readonly id: string;
  /** JSON text. */
  readonly record: string;
}

/**
 * Keeps the ids of all rows, as an org does: later pages show values as they are by then, of the rows that were found now.
 *
 * @param first - what was found a moment before, the first page and more
 */
async function openCursor(db: Queryable, query: RestQuery, first: readonly FoundRecord[]): Promise<string> {
  // Literals, since parameters of child queries would be left over.
  const compiled = compile(query, literalBinder());
  const { rows } = await db.query<{ id: string }>(`SELECT nextval('emulator.opaque_id') AS id`);
  const id = opaqueId('0r8', Number(rows[0]?.id));
  const { session, batchSize } = query;
  await db.query(
    `DELETE FROM emulator.query_cursor WHERE org_id = $1 AND created_at < $2::timestamptz - $3 * interval '1 millisecond'`,
    [session.org.id, session.now, CURSOR_LIFE_MS],
  );
  await db.query(
    `INSERT INTO emulator.query_cursor (id, org_id, user_id, soql, include_deleted, batch_size, total, created_at) VALUES ($1, $2, $3, $4, $5, $6, 0, $7)`,
    [id, session.org.id, session.userId, query.soql, query.includeDeleted, batchSize, session.now],
  );
  const kept = await db.query<{ total: number; first: readonly string[] }>(
    `WITH chunk AS (
       INSERT INTO emulator.query_cursor_chunk (cursor_id, chunk, record_ids)
       SELECT '${id}', chunk, string_to_array(convert_from(substring(packed FROM chunk * ${CHUNK_WIDTH} + 1 FOR ${CHUNK_WIDTH} - 1), 'UTF8'), ',')
       FROM (
         SELECT string_agg(found.id::bytea, ',') AS packed
         FROM (SELECT ${compiled.alias}."Id" AS id FROM ${compiled.from} WHERE ${compiled.where}${ordered(compiled)}${compiled.window}) found
       ) every, generate_series(0, length(packed) / ${CHUNK_WIDTH}) AS chunk
       RETURNING chunk, record_ids
     ), counted AS (
       UPDATE emulator.query_cursor SET total = (SELECT coalesce(sum(cardinality(record_ids)), 0) FROM chunk) WHERE id = '${id}' RETURNING total
     )
     SELECT total, record_ids[1:${batchSize}] AS first FROM counted, chunk WHERE chunk = 0`,
  );
  const [{ total, first: ids } = { total: 0, first: [] }] = kept.rows;
  // Not so when somebody changed records since they were found.
  const areTheSame = total > batchSize && ids.every((recordId, index) => recordId === first[index]?.id);
  if (!areTheSame) return cursorPage(db, { query, cursorId: id, total, position: 0 });
  return body(
    total,
    first.slice(0, batchSize).map(({ record }) => record),
    nextUrl(query, id, batchSize),
  );
}

interface CursorPage {
  readonly query: RestQuery;
  readonly cursorId: string;
  readonly total: number;
  /** Rows before the page. */
  readonly position: number;
  /** Whether the page begins with the last row of the page before. */
  readonly repeatLast?: boolean;
}

async function cursorPage(
  db: Queryable,
  { query, cursorId, total, position, repeatLast = false }: CursorPage,
): Promise<string> {
  const until = Math.min(position + query.batchSize, total);
  // Literals, since the conditions and their parameters are not used: the rows are known.
  const compiled = compile(query, literalBinder());
  const from = repeatLast ? position - 1 : position;
  // One text: as rows the records would be taken apart only to be put together again.
  const { rows } = await db.query<{ records: string | null }>(
    `SELECT string_agg(${recordJsonSql(compiled, query.version)}, ',' ORDER BY cursor_row.number) AS records
     FROM (
       SELECT kept.id, chunk * ${CHUNK_ROWS} + kept.number AS number
       FROM emulator.query_cursor_chunk, unnest(record_ids) WITH ORDINALITY AS kept (id, number)
       WHERE cursor_id = $1 AND chunk BETWEEN $2 / ${CHUNK_ROWS} AND $3 / ${CHUNK_ROWS}
     ) cursor_row JOIN ${compiled.from} ON ${compiled.alias}."Id" = cursor_row.id
     WHERE cursor_row.number > $2 AND cursor_row.number <= $3`,
    [cursorId, from, until],
  );
  return body(total, [rows[0]?.records ?? ''], until < total ? nextUrl(query, cursorId, until) : undefined);
}

interface Continuation extends Pick<RestQuery, 'session' | 'version'> {
  /** Last part of a `nextRecordsUrl`. */
  readonly locator: string;
  readonly repeatLast: boolean;
}

/** Answers a `nextRecordsUrl`. @throws ApiError INVALID_QUERY_LOCATOR when the cursor is unknown, another user's, or past its life */
export async function continueQuery(
  db: Queryable,
  { session, version, locator, repeatLast }: Continuation,
): Promise<string> {
  const match = /^(0r8[0-9A-Za-z]{12})(?:[0-9A-Za-z]{3})?-(\d+)$/.exec(locator);
  const { rows } = await db.query<{
    id: string;
    soql: string;
    include_deleted: boolean;
    batch_size: number;
    total: number;
    created_at: Date;
  }>('SELECT * FROM emulator.query_cursor WHERE left(id, 15) = $1 AND org_id = $2 AND user_id = $3', [
    match?.[1] ?? '',
    session.org.id,
    session.userId,
  ]);
  const stored = rows[0];
  const position = Number(match?.[2]);
  if (stored === undefined || position >= stored.total) throw apiError('invalidLocator');
  if (session.now.getTime() - stored.created_at.getTime() > CURSOR_LIFE_MS) throw apiError('invalidLocator');
  const query: RestQuery = {
    session,
    version,
    soql: stored.soql,
    includeDeleted: stored.include_deleted,
    batchSize: stored.batch_size,
  };
  return cursorPage(db, { query, cursorId: stored.id, total: stored.total, position, repeatLast });
}
