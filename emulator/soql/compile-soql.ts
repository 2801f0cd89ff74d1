import type { Column, Expression } from './expression.ts';
import type { GroupByClause, OrderByClause, Query } from '@jetstreamapp/soql-parser-js';
import type { ObjectDefinition } from '../data/definition.ts';
import { MESSAGES } from '../error-strings.ts';
import type { Org } from '../org.ts';
import type { Binder } from './binder.ts';
import { childQueries, type ChildQuery } from './child-query.ts';
import { havingSql, whereSql } from './conditions.ts';
import { functionExpression, isAggregate } from './functions.ts';
import { orderSql } from './order-sql.ts';
import { parseSoql } from './parse-soql.ts';
import { objectOrThrow, openScope, type QueryText, type Scope } from './scope.ts';
import { isGroupable, selectedColumns } from './selection.ts';
import { plainSoqlError } from './soql-error.ts';

/** A query translated to parts of SQL; replies of each API put them together in their own way. */
export interface CompiledQuery {
  readonly object: ObjectDefinition;
  /** `count` is a lone `COUNT()`; `groups` has aggregates; `records` is all else. */
  readonly kind: 'records' | 'groups' | 'count';
  readonly columns: readonly Column[];
  readonly children: readonly ChildQuery[];
  /** Alias of the object's own table. */
  readonly alias: string;
  readonly from: string;
  readonly where: string;
  /** ` GROUP BY … HAVING …`, or empty. */
  readonly groupBy: string;
  /** Terms of ORDER BY, without the words; empty when the query asks for no order. */
  readonly orderBy: readonly string[];
  /** ` LIMIT … OFFSET …`, or empty. */
  readonly window: string;
  readonly limit: number | undefined;
  readonly query: Query;
  readonly parameters: readonly unknown[];
}

export interface CompileOptions {
  readonly org: Org;
  readonly soql: string;
  readonly includeDeleted: boolean;
  readonly now: Date;
  /** Who asks. */
  readonly userId: string;
  readonly binder: Binder;
}

/** Fields that ROLLUP and CUBE take. */
const MOST_SUBTOTALS = 3;

/** Rows that OFFSET may skip. */
const LARGEST_OFFSET = 2000;

const asList = <T>(clause: T | T[] | undefined): T[] =>
  clause === undefined ? [] : Array.isArray(clause) ? clause : [clause];

/** Terms of GROUP BY; ROLLUP and CUBE come as `by`, which makes subtotals of the terms. */
interface Groups {
  readonly terms: readonly string[];
  readonly by: 'ROLLUP' | 'CUBE' | undefined;
}

function groupsOf(scope: Scope, clauses: readonly GroupByClause[]): Groups {
  const [first] = clauses;
  const name = first !== undefined && 'fn' in first ? first.fn.functionName?.toUpperCase() : undefined;
  if (first === undefined || !('fn' in first) || (name !== 'ROLLUP' && name !== 'CUBE'))
    return { terms: groupTerms(scope, clauses), by: undefined };
  const inner = (first.fn.parameters ?? []).map((parameter): GroupByClause =>
    typeof parameter === 'string' ? { field: parameter } : { fn: parameter },
  );
  if (inner.length > MOST_SUBTOTALS)
    throw plainSoqlError('MALFORMED_QUERY', MESSAGES.mostGroupings(name, MOST_SUBTOTALS));
  return { terms: groupTerms(scope, inner), by: name };
}

function groupTerms(scope: Scope, clauses: readonly GroupByClause[]): string[] {
  return clauses.map((clause) => {
    const expression: Expression =
      'field' in clause ? fieldExpression(scope, clause.field) : functionExpression(scope, clause.fn);
    if (!isGroupable(expression, 'fn' in clause))
      throw plainSoqlError('MALFORMED_QUERY', MESSAGES.notGroupable(expression.field?.field.name ?? ''));
    return expression.sql;
  });
}

function fieldExpression(scope: Scope, path: string): Expression {
  const field = scope.resolve(path);
  return { sql: field.sql, type: field.field.type, field };
}

function assertGrouped(columns: readonly Column[], groups: readonly string[]): void {
  for (const column of columns) {
    if (!column.aggregate && !groups.includes(column.sql)) {
      throw plainSoqlError('MALFORMED_QUERY', MESSAGES.notGrouped([...column.relationships, column.name].join('.')));
    }
  }
}

interface OrderOf {
  readonly columns: readonly Column[];
  /** SQL of the groups; absent where rows are not put together. */
  readonly groups?: readonly string[];
}

function orderTerms(scope: Scope, clauses: readonly OrderByClause[], { columns, groups }: OrderOf): string[] {
  return clauses.map((clause) => {
    const alias =
      'fn' in clause
        ? undefined
        : columns.find((column) => column.aggregate && column.name.toLowerCase() === clause.field.toLowerCase());
    const by = 'fn' in clause ? functionExpression(scope, clause.fn) : (alias ?? fieldExpression(scope, clause.field));
    const isAggregated = alias !== undefined || ('fn' in clause && isAggregate(clause.fn));
    if (groups !== undefined && !isAggregated && !groups.includes(by.sql))
      throw plainSoqlError('MALFORMED_QUERY', MESSAGES.notGrouped(by.field?.field.name ?? ''));
    return orderSql(by, clause);
  });
}

/**
 * Translates a query for an org.
 *
 * @throws ApiError as the org would refuse it: MALFORMED_QUERY, INVALID_FIELD, INVALID_TYPE, …
 */
export function compileSoql({ org, soql, includeDeleted, now, userId, binder }: CompileOptions): CompiledQuery {
  const { query, aliases: paths } = parseSoql(soql);
  let aliases = 0;
  const text: QueryText = { org, soql, includeDeleted, now, userId, nextAlias: () => `t${aliases++}` };
  const object = objectOrThrow(text, query.sObject ?? '');
  const scope = openScope(text, object, { prefix: query.sObjectAlias, aliases: paths });

  const columns = selectedColumns(text, scope, query);
  const groupClauses = asList<GroupByClause>(query.groupBy);
  const lone = query.fields?.length === 1 ? query.fields[0] : undefined;
  const isCount =
    lone?.type === 'FieldFunctionExpression' &&
    lone.functionName.toUpperCase() === 'COUNT' &&
    lone.parameters.length === 0 &&
    groupClauses.length === 0;
  const isGrouped = !isCount && (groupClauses.length > 0 || columns.some((column) => column.aggregate));

  const { terms: groups, by } = groupsOf(scope, groupClauses);
  if (isGrouped) assertGrouped(columns, groups);
  const grouping = by === undefined ? groups.join(', ') : `${by}(${groups.join(', ')})`;
  const where = whereSql(text, binder, scope, query);
  const having = isGrouped ? havingSql(text, binder, scope, { ...query, groups }) : 'true';
  if (!isGrouped && query.having !== undefined) throw plainSoqlError('MALFORMED_QUERY', 'HAVING needs GROUP BY.');
  if ((query.offset ?? 0) > LARGEST_OFFSET) {
    throw plainSoqlError('NUMBER_OUTSIDE_VALID_RANGE', `Maximum SOQL offset allowed is ${LARGEST_OFFSET}`);
  }
  const orderBy = orderTerms(scope, asList<OrderByClause>(query.orderBy), {
    columns,
    ...(isGrouped ? { groups } : {}),
  });
  const children = childQueries(text, binder, scope, query);
  if (isGrouped && children.length > 0) throw plainSoqlError('MALFORMED_QUERY', MESSAGES.groupsHaveNoChildren);
  if (query.withDataCategory !== undefined) throw plainSoqlError('MALFORMED_QUERY', MESSAGES.noCategories(object.name));
  return {
    object,
    kind: isCount ? 'count' : isGrouped ? 'groups' : 'records',
    columns,
    children,
    alias: scope.alias,
    from: scope.from(),
    where,
    groupBy: isGrouped ? `${groups.length === 0 ? '' : ` GROUP BY ${grouping}`} HAVING ${having}` : '',
    orderBy,
    window: `${query.limit === undefined ? '' : ` LIMIT ${query.limit}`}${query.offset === undefined ? '' : ` OFFSET ${query.offset}`}`,
    limit: query.limit,
    query,
    parameters: binder.parameters,
  };
}
