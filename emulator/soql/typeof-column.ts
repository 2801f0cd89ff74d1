import type { Column } from './expression.ts';
import type { FieldTypeOf } from '@jetstreamapp/soql-parser-js';
import { findField, isPolymorphic, type FieldDefinition, type ObjectDefinition } from '../data/definition.ts';
import { MESSAGES } from '../error-strings.ts';
import { NAME_OBJECT, targetsOf } from './polymorphic.ts';
import { recordSql, VERSION_MARK } from './record-sql.ts';
import { openScope, type QueryText, type Scope } from './scope.ts';
import { plainSoqlError, soqlError } from './soql-error.ts';

/** The reference that a TYPEOF goes along. @throws ApiError INVALID_FIELD, MALFORMED_QUERY where it leads to one object only */
function referenceOf(query: QueryText, scope: Scope, name: string): FieldDefinition & { relationshipName: string } {
  const by = scope.object.fields.find((field) => field.relationshipName?.toLowerCase() === name.toLowerCase());
  if (by?.relationshipName === undefined)
    throw soqlError(query.soql, 'INVALID_FIELD', name, MESSAGES.noSuchRelationship(name));
  if (!isPolymorphic(by)) throw plainSoqlError('MALFORMED_QUERY', MESSAGES.typeofOne(by.relationshipName));
  return { ...by, relationshipName: by.relationshipName };
}

/** A field that ELSE asks for: it must make sense for every object, hence only those of Name. */
function commonColumn(query: QueryText, scope: Scope, name: string): Column {
  const known = findField(NAME_OBJECT, name);
  if (known === undefined)
    throw soqlError(query.soql, 'INVALID_FIELD', name, MESSAGES.noSuchColumn(name, NAME_OBJECT.name));
  const named = { name: known.name, type: known.type, relationships: [], aggregate: false };
  if (known.name === 'Type') return { ...named, sql: `'${scope.object.name}'::text` };
  const own = scope.object.fields.find((field) =>
    known.name === 'Name' ? field.nameField === true : field.name === known.name,
  );
  return own === undefined ? { ...named, sql: 'NULL::text' } : { ...ownColumn(scope, own.name), name: known.name };
}

function ownColumn(scope: Scope, path: string): Column {
  const field = scope.resolve(path);
  const { sql, relationships } = field;
  return { sql, type: field.field.type, field, name: field.field.name, relationships, aggregate: false };
}

/**
 * Translates `TYPEOF What WHEN Account THEN Phone ELSE Name END` into one value: the parent's JSON, with other fields for each object.
 *
 * @throws ApiError INVALID_FIELD, INVALID_TYPE, MALFORMED_QUERY
 */
export function typeofColumn(query: QueryText, scope: Scope, clause: FieldTypeOf): Column {
  const by = referenceOf(query, scope, clause.field);
  const { sql: reference } = scope.resolve(by.name);
  const targets = targetsOf(query.org, by);
  const chosen = new Map<string, readonly string[]>();
  let otherwise: readonly string[] = [];
  for (const { type, objectType = '', fieldList } of clause.conditions) {
    if (type === 'ELSE') {
      otherwise = fieldList;
      continue;
    }
    const target = targets.find((object) => object.name.toLowerCase() === objectType.toLowerCase());
    if (target === undefined) throw soqlError(query.soql, 'INVALID_TYPE', objectType, MESSAGES.noSuchType(objectType));
    chosen.set(target.name, fieldList);
  }
  const branch = (object: ObjectDefinition): string => {
    const inner = openScope(query, object);
    const columns =
      chosen.get(object.name)?.map((path) => ownColumn(inner, path)) ??
      otherwise.map((name) => commonColumn(query, inner, name));
    const json = recordSql({ object, alias: inner.alias, columns }, VERSION_MARK);
    const found = `SELECT ${json} FROM ${inner.from()} WHERE ${inner.alias}."Id" = ${reference}`;
    return `WHEN left(${reference}, 3) = '${object.keyPrefix}' THEN (${found})`;
  };
  return {
    sql: `(CASE ${targets.map(branch).join(' ')} END)`,
    // Shown as it is: its text is JSON already.
    type: 'address',
    name: by.relationshipName,
    relationships: [],
    aggregate: false,
  };
}
