import type { Column, Expression } from './expression.ts';
import type { FieldType as SelectedItem, FunctionExp, Query } from '@jetstreamapp/soql-parser-js';
import { isStored, type FieldDefinition } from '../data/definition.ts';
import { functionExpression, isAggregate } from './functions.ts';
import type { QueryText, Scope } from './scope.ts';
import { plainSoqlError, soqlError } from './soql-error.ts';
import { typeofColumn } from './typeof-column.ts';

const isCompound = (field: FieldDefinition): boolean => field.type === 'address' || field.type === 'location';

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

/**
 * Returns the selected values of a query, without its child queries, in the order asked for.
 *
 * @throws ApiError INVALID_FIELD for a field that is unknown or asked for twice
 */
export function selectedColumns(text: QueryText, scope: Scope, query: Query): Column[] {
  const { soql } = text;
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
    return [{ ...expression, name, relationships: [], aggregate }];
  });

  const seen = new Set<string>();
  for (const column of columns) {
    const key = [...column.relationships, column.name].join('.');
    if (seen.has(key.toLowerCase())) throw soqlError(soql, 'INVALID_FIELD', key, `duplicate field selected: ${key}`);
    seen.add(key.toLowerCase());
  }
  return columns;
}

export const compoundColumns = (columns: readonly Column[]): Column[] =>
  columns.filter((column) => column.field !== undefined && isCompound(column.field.field));

/** Whether the column can be grouped by: long texts and formulas cannot. */
export const isGroupable = (column: Expression): boolean => {
  const field = column.field?.field;
  if (field === undefined) return true;
  return isStored(field) && !isCompound(field) && !(field.type === 'textarea' && field.length > 255);
};
