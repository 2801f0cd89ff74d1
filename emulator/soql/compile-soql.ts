import type { Column, Expression } from './expression.ts';
import type { GroupByClause, OrderByClause, Query } from '@jetstreamapp/soql-parser-js';
import type { ObjectDefinition } from '../data/definition.ts';
import type { Org } from '../org.ts';
import type { Binder } from './binder.ts';
import { childQueries, type ChildQuery } from './child-query.ts';
import { havingSql, whereSql } from './conditions.ts';
import { functionExpression } from './functions.ts';
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
  readonly binder: Binder;
}

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
  return { terms: groupTerms(scope, inner), by: name };
}

function groupTerms(scope: Scope, clauses: readonly GroupByClause[]): string[] {
  return clauses.map((clause) => {
    const expression: Expression =
      'field' in clause ? fieldExpression(scope, clause.field) : functionExpression(scope, clause.fn);
    if (!isGroupable(expression)) {
      throw plainSoqlError(
        'INVALID_FIELD',
        `field '${expression.field?.field.name ?? ''}' can not be grouped in a query call`,
      );
    }
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
      throw plainSoqlError(
        'MALFORMED_QUERY',
        `Field must be grouped or aggregated: ${[...column.relationships, column.name].join('.')}`,
      );
    }
  }
}

function orderTerms(scope: Scope, clauses: readonly OrderByClause[], columns: readonly Column[]): string[] {
  return clauses.map((clause) => {
    if ('fn' in clause) return orderSql(functionExpression(scope, clause.fn), clause);
    const alias = columns.find(
      (column) => column.aggregate && column.name.toLowerCase() === clause.field.toLowerCase(),
    );
    return orderSql(alias ?? fieldExpression(scope, clause.field), clause);
  });
}

/**
 * Translates a query for an org.
 *
 * @throws ApiError as the org would refuse it: MALFORMED_QUERY, INVALID_FIELD, INVALID_TYPE, …
 */
export function compileSoql({ org, soql, includeDeleted, now, binder }: CompileOptions): CompiledQuery {
  const query = parseSoql(soql);
  let aliases = 0;
  const text: QueryText = { org, soql, includeDeleted, now, nextAlias: () => `t${aliases++}` };
  const object = objectOrThrow(text, query.sObject ?? '');
  const scope = openScope(text, object, query.sObjectAlias);

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
  const having = isGrouped ? havingSql(text, binder, scope, query) : 'true';
  if (!isGrouped && query.having !== undefined) throw plainSoqlError('MALFORMED_QUERY', 'HAVING needs GROUP BY.');
  if ((query.offset ?? 0) > LARGEST_OFFSET) {
    throw plainSoqlError('NUMBER_OUTSIDE_VALID_RANGE', `Maximum SOQL offset allowed is ${LARGEST_OFFSET}`);
  }
  const orderBy = orderTerms(scope, asList<OrderByClause>(query.orderBy), columns);
  const children = childQueries(text, binder, scope, query);
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
