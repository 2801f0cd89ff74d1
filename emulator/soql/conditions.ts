import type { Expression } from './expression.ts';
import type { ConditionWithValueQuery, Query } from '@jetstreamapp/soql-parser-js';
import type { Binder } from './binder.ts';
import { assertFilterable, comparison, inList, includes, type RawValue } from './comparison.ts';
import { conditionTree, type ConditionTree } from './condition-tree.ts';
import { functionExpression } from './functions.ts';
import { objectOrThrow, openScope, type QueryText, type Scope } from './scope.ts';
import { plainSoqlError } from './soql-error.ts';
import { hasField } from '../data/definition.ts';

type ValuedCondition = Extract<ConditionWithValueQuery, { operator: unknown }>;

function rawValues(condition: ValuedCondition): RawValue[] {
  if ('valueQuery' in condition) return [];
  const texts: readonly string[] = Array.isArray(condition.value) ? condition.value : [condition.value];
  const types = condition.literalType;
  return texts.map((text, index) => ({
    text,
    literalType: (Array.isArray(types) ? types[index] : types) ?? 'STRING',
  }));
}

function leftSide(scope: Scope, condition: ValuedCondition): Expression {
  if ('fn' in condition) return functionExpression(scope, condition.fn);
  const field = scope.resolve(condition.field);
  return { sql: field.sql, type: field.field.type, field };
}

/** SQL of the ids that a semi-join's query finds. */
function semiJoin(query: QueryText, binder: Binder, inner: Query): string {
  const only = inner.fields?.[0];
  if (
    inner.sObject === undefined ||
    inner.fields?.length !== 1 ||
    (only?.type !== 'Field' && only?.type !== 'FieldRelationship')
  ) {
    throw plainSoqlError('MALFORMED_QUERY', 'The inner select of a semi join must select exactly one field.');
  }
  const scope = openScope(query, objectOrThrow(query, inner.sObject), inner.sObjectAlias);
  const selected = scope.resolve(only.type === 'Field' ? only.field : [...only.relationships, only.field].join('.'));
  if (selected.field.type !== 'id' && selected.field.type !== 'reference') {
    throw plainSoqlError(
      'MALFORMED_QUERY',
      `The inner select field '${selected.field.name}' cannot have a semi join: it is no ID.`,
    );
  }
  const where = whereSql(query, binder, scope, inner);
  return `SELECT ${selected.sql} FROM ${scope.from()} WHERE ${where} AND ${selected.sql} IS NOT NULL`;
}

function leafSql(query: QueryText, binder: Binder, scope: Scope, condition: ConditionWithValueQuery): string {
  if (!('operator' in condition)) return 'true';
  const left = leftSide(scope, condition);
  assertFilterable(left);
  const written = condition.operator.toUpperCase();
  const operator = written === '<>' ? '!=' : written;
  if ('valueQuery' in condition) {
    const found = `${left.sql} IN (${semiJoin(query, binder, condition.valueQuery)})`;
    return operator === 'NOT IN' ? `((${found}) IS NOT TRUE)` : `(${found})`;
  }
  const values = rawValues(condition);
  switch (operator) {
    case 'IN':
      return inList(query, binder, left, values);
    case 'NOT IN':
      return `(${inList(query, binder, left, values)} IS NOT TRUE)`;
    case 'INCLUDES':
      return includes(binder, left, values);
    case 'EXCLUDES':
      return `(${includes(binder, left, values)} IS NOT TRUE)`;
    default: {
      const [value] = values;
      if (value === undefined) return 'true';
      return comparison(query, binder, left, operator, value);
    }
  }
}

function treeSql(query: QueryText, binder: Binder, scope: Scope, tree: ConditionTree): string {
  switch (tree.kind) {
    case 'leaf':
      return leafSql(query, binder, scope, tree.condition);
    case 'not':
      return `((${treeSql(query, binder, scope, tree.of)}) IS NOT TRUE)`;
    case 'all':
      return `(${tree.of.map((of) => treeSql(query, binder, scope, of)).join(' AND ')})`;
    case 'any':
      return `(${tree.of.map((of) => treeSql(query, binder, scope, of)).join(' OR ')})`;
  }
}

/** Returns the SQL of a query's WHERE with the rules of the bin and the archive, into which `query` does not see, and of sharing. */
export function whereSql(query: QueryText, binder: Binder, scope: Scope, of: Pick<Query, 'where'>): string {
  const hidden = query.includeDeleted ? [] : ['IsDeleted', 'IsArchived'].filter((name) => hasField(scope.object, name));
  const bin = hidden.map((name) => `NOT ${scope.alias}."${name}"`);
  if (query.org.ownRowsOf !== undefined && hasField(scope.object, 'OwnerId'))
    bin.push(`${scope.alias}."OwnerId" = ${binder.bind(query.org.ownRowsOf, 'text')}`);
  const asked = of.where === undefined ? [] : [treeSql(query, binder, scope, conditionTree(query.soql, of.where))];
  return [...bin, ...asked].join(' AND ') || 'true';
}

export function havingSql(query: QueryText, binder: Binder, scope: Scope, of: Pick<Query, 'having'>): string {
  return of.having === undefined ? 'true' : treeSql(query, binder, scope, conditionTree(query.soql, of.having));
}
