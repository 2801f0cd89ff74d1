import type { Queryable } from '../data/sql.ts';
import { hasField, type ObjectDefinition } from '../data/definition.ts';
import { apiError } from '../error-strings.ts';
import type { LiveSession } from '../oauth/sessions.ts';
import { literalBinder } from '../soql/binder.ts';
import { compileSoql } from '../soql/compile-soql.ts';
import { recordJsonSql } from '../soql/record-json.ts';

interface ReadRecords {
  readonly session: LiveSession;
  /** `62.0`. */
  readonly version: string;
  readonly object: ObjectDefinition;
  readonly ids: readonly string[];
  /** Absent: all of the object's. */
  readonly fields?: readonly string[] | undefined;
}

interface ReadRecord {
  readonly id: string;
  /** JSON text. */
  readonly json: string;
  readonly deleted: boolean;
}

/** Reads records by their ids, those in the bin too. @throws ApiError INVALID_FIELD */
export async function readRecords(
  db: Queryable,
  { session, version, object, ids, fields }: ReadRecords,
): Promise<Map<string, ReadRecord>> {
  const names = fields ?? object.fields.map((field) => field.name);
  const compiled = compileSoql({
    org: session.org,
    soql: `SELECT ${names.join(', ')} FROM ${object.name}`,
    includeDeleted: true,
    now: session.now,
    userId: session.userId,
    binder: literalBinder(),
  });
  const deleted = hasField(object, 'IsDeleted') ? `${compiled.alias}."IsDeleted"` : 'false';
  const { rows } = await db.query<ReadRecord>(
    `SELECT ${compiled.alias}."Id" AS id, ${recordJsonSql(compiled, version)} AS json, ${deleted} AS deleted
     FROM ${compiled.from} WHERE ${compiled.where} AND ${compiled.alias}."Id" = ANY($1)`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** Returns one record's JSON text. @throws ApiError NOT_FOUND, ENTITY_IS_DELETED, INVALID_FIELD */
export async function readRecordOrThrow(
  db: Queryable,
  { id, ...read }: Omit<ReadRecords, 'ids'> & { readonly id: string },
): Promise<string> {
  const record = (await readRecords(db, { ...read, ids: [id] })).get(id);
  if (record === undefined) throw apiError('notFound');
  if (record.deleted) throw apiError('deleted');
  return record.json;
}
