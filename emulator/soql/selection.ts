import type { Column, Expression } from './expression.ts';
import type { FieldType as SelectedItem, FunctionExp, Query } from '@jetstreamapp/soql-parser-js';
import { isCompound, isGroupable as isGroupableField } from '../data/abilities.ts';
import { MESSAGES } from '../error-strings.ts';
import { functionExpression, isAggregate } from './functions.ts';
import type { QueryText, Scope } from './scope.ts';
import { plainSoqlError, soqlError } from './soql-error.ts';
import { typeofColumn } from './typeof-column.ts';

/** Rows that a query with FIELDS(ALL) or FIELDS(CUSTOM) may ask for. */
const FIELDS_LIMIT = 200;

function allFields(scope: Scope, query: Query, which: string): Column[] {
  const kind = which.toUpperCase();
  if (!['ALL', 'STANDARD', 'CUSTOM'].includes(kind))
    throw plainSoqlError('MALFORMED_QUERY', `FIELDS(${which}) is not supported.`);
  if (kind !== 'STANDARD' && (query.limit === undefined || query.limit > FIELDS_LIMIT)) {
    throw plainSoqlError('MALFORMED_QUERY', `The SOQL FIELDS function must have a LIMIT of at most ${FIELDS_LIMIT}`);
  }
  return scope.object.fields
    .filter((field) => kind === 'ALL' || /__[cs]$/.test(field.name) === (kind === 'CUSTOM'))
    .map((field) => fieldColumn(scope, field.name));
}

function fieldColumn(scope: Scope, path: string): Column {
  const field = scope.resolve(path);
  return {
    sql: field.sql,
    type: field.field.type,
    field,
    name: field.field.name,
    relationships: field.relationships,
    aggregate: false,
  };
}

const isCall = (item: SelectedItem): item is Extract<SelectedItem, { type: 'FieldFunctionExpression' }> =>
  item.type === 'FieldFunctionExpression';

/** @throws ApiError MALFORMED_QUERY for a field with an alias in a query that puts no rows together */
function assertAliases({ fields = [], groupBy }: Query): void {
  if (groupBy !== undefined || fields.some((item) => isCall(item) && isAggregate(item))) return;
  if (fields.some((item) => !isCall(item) && 'alias' in item))
    throw plainSoqlError('MALFORMED_QUERY', MESSAGES.onlyGroupsAlias);
}

/** @throws ApiError MALFORMED_QUERY for a `COUNT()` that is not all that the query asks for */
function assertLoneCount({ fields = [], groupBy, orderBy }: Query): void {
  const counts = fields.some(
    (item) => isCall(item) && item.functionName.toUpperCase() === 'COUNT' && item.parameters.length === 0,
  );
  if (counts && (fields.length > 1 || groupBy !== undefined || orderBy !== undefined))
    throw plainSoqlError('MALFORMED_QUERY', MESSAGES.loneCount);
}

/** Two values under one name: an alias, or a field asked for twice. */
function duplicate(soql: string, { fields = [] }: Query, name: string): Error {
  const isAlias = fields.some((item) => 'alias' in item && item.alias.toLowerCase() === name.toLowerCase());
  return isAlias
    ? soqlError(soql, 'MALFORMED_QUERY', name, MESSAGES.duplicateAlias(name))
    : soqlError(soql, 'INVALID_FIELD', name, MESSAGES.duplicateField(name));
}

/**
 * Returns the selected values of a query, without its child queries, in the order asked for.
 *
 * @throws ApiError INVALID_FIELD for a field that is unknown or asked for twice
 */
export function selectedColumns(text: QueryText, scope: Scope, query: Query): Column[] {
  const { soql } = text;
  assertAliases(query);
  assertLoneCount(query);
  let unnamed = 0;
  const columns = (query.fields ?? []).flatMap((item: SelectedItem): Column[] => {
    if (item.type === 'Field')
      return [
        {
          ...fieldColumn(scope, 'rawValue' in item ? item.rawValue : item.field),
          ...(item.alias === undefined ? {} : { name: item.alias }),
        },
      ];
    if (item.type === 'FieldRelationship') {
      const alias = 'alias' in item ? item.alias : undefined;
      const column = fieldColumn(scope, item.rawValue ?? [...item.relationships, item.field].join('.'));
      return [alias === undefined ? column : { ...column, name: alias, relationships: [] }];
    }
    if (item.type === 'FieldSubquery') return [];
    if (item.type === 'FieldTypeof') return [typeofColumn(text, scope, item)];
    if (item.functionName.toUpperCase() === 'FIELDS') {
      const [which] = item.parameters;
      return allFields(scope, query, typeof which === 'string' ? which : '');
    }
    const call: FunctionExp = item;
    const expression = functionExpression(scope, call);
    const aggregate = isAggregate(call);
    const grouped = query.groupBy !== undefined;
    const plain = !aggregate && !grouped ? expression.field?.field.name : undefined;
    const name = item.alias ?? plain ?? `expr${unnamed++}`;
    const relationships =
      item.alias === undefined && plain !== undefined ? (expression.field?.relationships ?? []) : [];
    return [{ ...expression, name, relationships, aggregate }];
  });

  const seen = new Set<string>();
  for (const column of columns) {
    const key = [...column.relationships, column.name].join('.');
    if (seen.has(key.toLowerCase())) throw duplicate(soql, query, key);
    seen.add(key.toLowerCase());
  }
  return columns;
}

export const compoundColumns = (columns: readonly Column[]): Column[] =>
  columns.filter((column) => column.field !== undefined && isCompound(column.field.field));

/** Whether rows can be grouped by the column: by any function, and by most fields. */
export const isGroupable = (column: Expression, isFunction: boolean): boolean =>
  isFunction || column.field === undefined || isGroupableField(column.field.field);
