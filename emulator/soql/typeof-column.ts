import type { Column } from './expression.ts';
import type { FieldTypeOf } from '@jetstreamapp/soql-parser-js';
import { findField } from '../data/definition.ts';
import { identifier } from '../data/sql.ts';
import { MESSAGES } from '../error-strings.ts';
import { jsonText } from './column-sql.ts';
import { NAME_OBJECT, targetsOf } from './polymorphic.ts';
import type { QueryText, Scope } from './scope.ts';
import { plainSoqlError, soqlError } from './soql-error.ts';

/** Stands in the SQL for the API version, which only the reply knows. */
export const VERSION_MARK = '@version';

const member = (name: string, json: string): string => `'"${name}":' || ${json}`;

/**
 * Translates `TYPEOF What WHEN Account THEN Phone ELSE Name END` into one value: the parent's JSON, with other fields for each object.
 *
 * @throws ApiError INVALID_FIELD, INVALID_TYPE, MALFORMED_QUERY
 */
export function typeofColumn(query: QueryText, scope: Scope, clause: FieldTypeOf): Column {
  const by = scope.object.fields.find((field) => field.relationshipName?.toLowerCase() === clause.field.toLowerCase());
  if (by?.relationshipName === undefined)
    throw soqlError(query.soql, 'INVALID_FIELD', clause.field, MESSAGES.noSuchRelationship(clause.field));
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
  const branches = targets.map((object) => {
    const own = chosen.get(object.name);
    const members = (own ?? otherwise).map((name) => {
      // What ELSE asks for must make sense for every object, hence only the fields of Name.
      const known = own === undefined ? findField(NAME_OBJECT, name) : findField(object, name);
      if (known === undefined || name.includes('.'))
        throw soqlError(
          query.soql,
          'INVALID_FIELD',
          name,
          MESSAGES.noSuchColumn(name, own === undefined ? 'Name' : object.name),
        );
      const stored =
        known.name === 'Name' ? object.fields.find((one) => one.nameField === true) : findField(object, name);
      if (known.name === 'Type' && own === undefined) return member('Type', `'"${object.name}"'`);
      if (stored === undefined || stored.formulaSql !== undefined) {
        if (own === undefined) return member(known.name, `'null'`);
        throw plainSoqlError('MALFORMED_QUERY', `The formula ${name} is not available in TYPEOF here.`);
      }
      return member(known.name, jsonText(stored.type, `p.${identifier(stored.name)}`));
    });
    const url = `/services/data/v${VERSION_MARK}/sobjects/${object.name}/`;
    const attributes = `'"attributes":{"type":"${object.name}","url":"${url}' || p."Id" || '"}'`;
    const json = `'{' || ${[attributes, ...members].join(` || ',' || `)} || '}'`;
    const table = `${identifier(query.org.schema)}.${identifier(object.name)}`;
    return `WHEN left(${reference}, 3) = '${object.keyPrefix}' THEN (SELECT ${json} FROM ${table} p WHERE p."Id" = ${reference})`;
  });
  return {
    sql: `(CASE ${branches.join(' ')} END)`,
    // Shown as it is: its text is JSON already.
    type: 'address',
    name: by.relationshipName,
    relationships: [],
    aggregate: false,
  };
}
