import type { PoolClient } from 'pg';
import { ApiError } from '../api-error.ts';
import { columnType } from '../data/column.ts';
import { findField, hasField, type FieldDefinition, type ObjectDefinition } from '../data/definition.ts';
import { identifier, literal } from '../data/sql.ts';
import { apiError, MESSAGES } from '../error-strings.ts';
import { findObject, type Org } from '../org.ts';
import { normalizeId } from '../salesforce-id.ts';
import { assertComplete, recordValues, type RecordBody, type RecordValues } from './record-values.ts';

/** Which record an external id names: none, one, or too many. */
type Found = readonly string[];

/** Makes, changes and deletes records inside one transaction, with all that an org checks. */
export interface RecordWriter {
  /** Returns the new record's id. */
  readonly insert: (object: ObjectDefinition, body: RecordBody, except?: readonly string[]) => Promise<string>;
  readonly update: (
    object: ObjectDefinition,
    id: string,
    body: RecordBody,
    except?: readonly string[],
  ) => Promise<void>;
  /** Returns the ids of the records that hold this value of a key field. */
  readonly find: (object: ObjectDefinition, key: FieldDefinition, value: string) => Promise<Found>;
  readonly remove: (object: ObjectDefinition, id: string) => Promise<void>;
  /** Removes records without a stay in the bin. */
  readonly purge: (object: ObjectDefinition, id: string) => Promise<void>;
}

const castOf = (field: FieldDefinition): string => columnType(field.type).split(' ')[0] ?? 'text';

/** Compares a key as the org does: without regard to case, unless the field says otherwise. */
const keyCondition = (field: FieldDefinition, parameter: string): string => {
  const column = identifier(field.name);
  if (field.caseSensitive === true || !['string', 'email'].includes(field.type)) {
    return `${column} = ${parameter}::${castOf(field)}`;
  }
  return `emulator.fold(${column}) = emulator.fold(${parameter}::text)`;
};

export function createRecordWriter(client: PoolClient, org: Org): RecordWriter {
  const tableOf = (object: ObjectDefinition): string => `${identifier(org.schema)}.${identifier(object.name)}`;
  const alive = (object: ObjectDefinition): string => (hasField(object, 'IsDeleted') ? 'AND NOT "IsDeleted"' : '');

  const find: RecordWriter['find'] = async (object, key, value) => {
    const text = key.type === 'id' ? (normalizeId(value) ?? '') : value;
    const { rows } = await client.query<{ Id: string }>(
      `SELECT "Id" FROM ${tableOf(object)} WHERE ${keyCondition(key, '$1')} ${alive(object)} LIMIT 3`,
      [text],
    );
    return rows.map((row) => row.Id);
  };

  const assertUnique = async (object: ObjectDefinition, { values }: RecordValues, own?: string): Promise<void> => {
    for (const [field, value] of values) {
      if (field.unique !== true || value === null) continue;
      const other = (await find(object, field, value)).find((id) => id !== own);
      if (other !== undefined) throw new ApiError(400, 'DUPLICATE_VALUE', MESSAGES.duplicateValue(field.name, other));
    }
  };

  const assertReferences = async ({ values }: RecordValues): Promise<void> => {
    for (const [field, id] of values) {
      if (field.type !== 'reference' || id === null) continue;
      const target = (field.referenceTo ?? [])
        .flatMap((name) => findObject(org, name) ?? [])
        .find((object) => id.startsWith(object.keyPrefix));
      if (target === undefined)
        throw new ApiError(400, 'FIELD_INTEGRITY_EXCEPTION', `${field.label}: id value of incorrect type: ${id}`, [
          field.name,
        ]);
      const { rowCount } = await client.query(`SELECT 1 FROM ${tableOf(target)} WHERE "Id" = $1 ${alive(target)}`, [
        id,
      ]);
      if (rowCount === 0)
        throw new ApiError(400, 'INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', [field.name]);
    }
  };

  /** Checks all that needs the storage and returns the columns with their values, parents by key among them. */
  const resolved = async (
    object: ObjectDefinition,
    given: RecordValues,
    own?: string,
  ): Promise<[FieldDefinition, string | null][]> => {
    await assertUnique(object, given, own);
    await assertReferences(given);
    const columns = [...given.values];
    for (const { reference, parent, key, value } of given.parents) {
      const [id, another] = await find(parent, key, value);
      if (id === undefined || another !== undefined) {
        throw new ApiError(400, 'INVALID_FIELD', MESSAGES.foreignKeyNotFound(key.name, value, parent.name), []);
      }
      columns.push([reference, id]);
    }
    return columns;
  };

  const assertPresent = async (object: ObjectDefinition, id: string): Promise<void> => {
    const { rowCount } = await client.query(`SELECT 1 FROM ${tableOf(object)} WHERE "Id" = $1`, [id]);
    throw rowCount === 0 ? apiError('notFound') : apiError('deleted');
  };

  return {
    find,
    insert: async (object, body, except = []) => {
      if (!object.createable) throw apiError('methodNotAllowed');
      const given = recordValues({ org, object }, body, { may: 'createable', except });
      assertComplete(object, given, true);
      const columns = (await resolved(object, given)).filter(([, value]) => value !== null);
      const names = columns.map(([field]) => identifier(field.name)).join(', ');
      const values = columns.map(([field], index) => `$${index + 1}::${castOf(field)}`).join(', ');
      const { rows } = await client.query<{ Id: string }>(
        `INSERT INTO ${tableOf(object)} ${columns.length === 0 ? 'DEFAULT VALUES' : `(${names}) VALUES (${values})`} RETURNING "Id"`,
        columns.map(([, value]) => value),
      );
      return rows[0]?.Id ?? '';
    },
    update: async (object, id, body, except = []) => {
      if (!object.updateable) throw apiError('methodNotAllowed');
      const given = recordValues({ org, object }, body, { may: 'updateable', except });
      assertComplete(object, given, false);
      const columns = await resolved(object, given, id);
      const sets = columns.map(([field], index) => `${identifier(field.name)} = $${index + 2}::${castOf(field)}`);
      // An update without fields still counts as a change of the record.
      const set = sets.length === 0 ? '"Id" = "Id"' : sets.join(', ');
      const { rowCount } = await client.query(`UPDATE ${tableOf(object)} SET ${set} WHERE "Id" = $1 ${alive(object)}`, [
        id,
        ...columns.map(([, value]) => value),
      ]);
      if (rowCount === 0) await assertPresent(object, id);
    },
    remove: async (object, id) => {
      if (!object.deletable) throw apiError('methodNotAllowed');
      const { rowCount } = await client.query(`SELECT ${identifier(org.schema)}.emulator_bin($1, $2)`, [
        object.name,
        [id],
      ]);
      if (rowCount === 0) await assertPresent(object, id);
    },
    purge: async (object, id) => {
      if (!object.deletable) throw apiError('methodNotAllowed');
      const { rowCount } = await client.query(`DELETE FROM ${tableOf(object)} WHERE "Id" = $1`, [id]);
      if (rowCount === 0) throw apiError('notFound');
    },
  };
}

/** Returns the field that an upsert may go by. @throws ApiError NOT_FOUND when the object has no such key */
export function keyFieldOrThrow(object: ObjectDefinition, name: string): FieldDefinition {
  const field = findField(object, name);
  if (field !== undefined && (field.externalId === true || field.idLookup === true)) return field;
  throw new ApiError(404, 'NOT_FOUND', MESSAGES.noExternalId(name));
}

/** Makes the record that a key names, or changes it. @throws ApiError DUPLICATE_EXTERNAL_ID when several have it */
export async function upsertRecord(
  writer: RecordWriter,
  object: ObjectDefinition,
  { key, value, body }: { readonly key: FieldDefinition; readonly value: string; readonly body: RecordBody },
): Promise<{ readonly id: string; readonly created: boolean }> {
  const [id, another] = await writer.find(object, key, value);
  if (another !== undefined)
    throw new ApiError(300, 'DUPLICATE_EXTERNAL_ID', MESSAGES.duplicateExternalId(key.name, value));
  const except = ['id', key.name.toLowerCase()];
  if (id !== undefined) {
    await writer.update(object, id, body, except);
    return { id, created: false };
  }
  if (key.type === 'id') throw apiError('notFound');
  return { id: await writer.insert(object, { ...body, [key.name]: value }), created: true };
}

/** The key prefix of an id decides its object. */
export const objectOfId = (org: Org, id: string): ObjectDefinition | undefined =>
  [...org.objects.values()].find((object) => object.keyPrefix === id.slice(0, 3));

/** SQL of the name that people know a record by. */
export const nameColumn = (object: ObjectDefinition): string => {
  const field = object.fields.find((one) => one.nameField === true);
  return field === undefined ? literal('') : identifier(field.name);
};
