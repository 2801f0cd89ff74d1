import type { Expression } from './expression.ts';
import type { ConditionWithValueQuery, FunctionExp, Query } from '@jetstreamapp/soql-parser-js';
import type { Binder } from './binder.ts';
import { assertFilterable, comparison, inList, includes, type RawValue } from './comparison.ts';
import { conditionTree, type ConditionTree } from './condition-tree.ts';
import { functionExpression, isAggregate } from './functions.ts';
import { objectOrThrow, openScope, type QueryText, type Scope } from './scope.ts';
import { assertSemiJoins, assertSides } from './semi-join-rules.ts';
import { plainSoqlError, unexpectedToken } from './soql-error.ts';
import { hasField } from '../data/definition.ts';
import { MESSAGES } from '../error-strings.ts';

type ValuedCondition = Extract<ConditionWithValueQuery, { operator: unknown }>;

/** Whether the operator takes a list of values. */
const isList = (operator: string): boolean => ['IN', 'NOT IN', 'INCLUDES', 'EXCLUDES'].includes(operator);

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

/** SQL of the ids that a semi-join's query finds, for the left side `left` in the query of `outer`. */
function semiJoin(query: QueryText, binder: Binder, outer: Scope, { left, inner }: SemiJoinParts): string {
  const only = inner.fields?.[0];
  if (
    inner.sObject === undefined ||
    inner.fields?.length !== 1 ||
    (only?.type !== 'Field' && only?.type !== 'FieldRelationship')
  ) {
    throw plainSoqlError('MALFORMED_QUERY', 'The inner select of a semi join must select exactly one field.');
  }
  const scope = openScope(query, objectOrThrow(query, inner.sObject), { prefix: inner.sObjectAlias });
  const field = scope.resolve(only.type === 'Field' ? only.field : [...only.relationships, only.field].join('.'));
  const selected: Expression = { sql: field.sql, type: field.field.type, field };
  assertSides({ outer: outer.object, left, inner, selected });
  const where = whereSql(query, binder, scope, inner);
  return `SELECT ${field.sql} FROM ${scope.from()} WHERE ${where} AND ${field.sql} IS NOT NULL`;
}

interface SemiJoinParts {
  readonly left: Expression;
  readonly inner: Query;
}

/** Says no to left sides that have no place in the clause, by throwing. */
type Check = (left: Expression, call: FunctionExp | undefined) => void;

/** Functions that only a selection may use. */
const SELECTION_ONLY: ReadonlySet<string> = new Set(['CONVERTCURRENCY', 'FORMAT']);

const checkWhere: Check = (_left, call) => {
  const name = call?.functionName ?? '';
  if (call !== undefined && (isAggregate(call) || SELECTION_ONLY.has(name.toUpperCase())))
    throw plainSoqlError('MALFORMED_QUERY', MESSAGES.notInConditions(name));
};

/** What the SQL of all conditions of one clause needs. */
interface Clause {
  readonly query: QueryText;
  readonly binder: Binder;
  readonly scope: Scope;
  readonly check: Check;
}

function leafSql({ query, binder, scope, check }: Clause, condition: ConditionWithValueQuery): string {
  if (!('operator' in condition)) return 'true';
  const left = leftSide(scope, condition);
  check(left, 'fn' in condition ? condition.fn : undefined);
  assertFilterable(left);
  const written = condition.operator.toUpperCase();
  const operator = written === '<>' ? '!=' : written;
  if ('valueQuery' in condition) {
    if (operator !== 'IN' && operator !== 'NOT IN') throw unexpectedToken(query.soql, '(');
    const found = `${left.sql} IN (${semiJoin(query, binder, scope, { left, inner: condition.valueQuery })})`;
    return operator === 'NOT IN' ? `((${found}) IS NOT TRUE)` : `(${found})`;
  }
  if (isList(operator) && !Array.isArray(condition.value)) throw unexpectedToken(query.soql, condition.value);
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

function treeSql(clause: Clause, tree: ConditionTree): string {
  switch (tree.kind) {
    case 'leaf':
      return leafSql(clause, tree.condition);
    case 'not':
      return `((${treeSql(clause, tree.of)}) IS NOT TRUE)`;
    case 'all':
      return `(${tree.of.map((of) => treeSql(clause, of)).join(' AND ')})`;
    case 'any':
      return `(${tree.of.map((of) => treeSql(clause, of)).join(' OR ')})`;
  }
}

/** SQL of `USING SCOPE`; of the documented scopes the emulated org has two. @throws ApiError INVALID_QUERY_SCOPE */
function scopeSql(query: QueryText, binder: Binder, scope: Scope, name: string | undefined): string[] {
  const wanted = name?.toLowerCase() ?? 'everything';
  if (wanted === 'everything') return [];
  if (wanted !== 'mine' || !hasField(scope.object, 'OwnerId'))
    throw plainSoqlError('INVALID_QUERY_SCOPE', MESSAGES.noSuchScope(name ?? ''));
  return [`${scope.alias}."OwnerId" = ${binder.bind(query.userId, 'text')}`];
}

/** Returns the SQL of a query's WHERE with the rules of the bin and the archive, into which `query` does not see, of scopes and of sharing. */
export function whereSql(
  query: QueryText,
  binder: Binder,
  scope: Scope,
  of: Pick<Query, 'where' | 'usingScope'>,
): string {
  const hidden = query.includeDeleted ? [] : ['IsDeleted', 'IsArchived'].filter((name) => hasField(scope.object, name));
  const bin = hidden.map((name) => `NOT ${scope.alias}."${name}"`);
  if (query.org.ownRowsOf !== undefined && hasField(scope.object, 'OwnerId'))
    bin.push(`${scope.alias}."OwnerId" = ${binder.bind(query.org.ownRowsOf, 'text')}`);
  bin.push(...scopeSql(query, binder, scope, of.usingScope));
  if (of.where === undefined) return bin.join(' AND ') || 'true';
  const tree = conditionTree(query.soql, of.where);
  assertSemiJoins(query.soql, tree);
  return [...bin, treeSql({ query, binder, scope, check: checkWhere }, tree)].join(' AND ');
}

/** Returns the SQL of HAVING, whose fields must be among the groups (by their SQL), unless they are aggregated. */
export function havingSql(
  query: QueryText,
  binder: Binder,
  scope: Scope,
  { having, groups }: Pick<Query, 'having'> & { readonly groups: readonly string[] },
): string {
  if (having === undefined) return 'true';
  const check: Check = (left, call) => {
    if (call !== undefined && isAggregate(call)) return;
    if (!groups.includes(left.sql))
      throw plainSoqlError('MALFORMED_QUERY', MESSAGES.notGrouped(left.field?.field.name ?? ''));
  };
  return treeSql({ query, binder, scope, check }, conditionTree(query.soql, having));
}
