import type { Column } from './expression.ts';
import type { OrderByClause, Query, Subquery } from '@jetstreamapp/soql-parser-js';
import { findField, type FieldDefinition, type ObjectDefinition } from '../data/definition.ts';
import { MESSAGES } from '../error-strings.ts';
import type { Binder } from './binder.ts';
import { columnOf } from './column-sql.ts';
import { whereSql } from './conditions.ts';
import { orderSql } from './order-sql.ts';
import { openScope, type QueryText, type Scope } from './scope.ts';
import { selectedColumns } from './selection.ts';
import { plainSoqlError, soqlError } from './soql-error.ts';

/** `(SELECT … FROM Contacts)`: the children of each record. */
export interface ChildQuery {
  readonly relationshipName: string;
  readonly object: ObjectDefinition;
  readonly alias: string;
  readonly columns: readonly Column[];
  /** Children of the children. */
  readonly children: readonly ChildQuery[];
  /** `FROM … WHERE … ORDER BY … LIMIT …` of the children of the outer row. */
  readonly tail: string;
}

/** Levels that child queries may be nested. */
const MOST_LEVELS = 5;

interface Nested {
  readonly sub: Subquery;
  /** 1 for the children of the query's own object. */
  readonly depth: number;
}

function relationship(
  query: QueryText,
  parent: ObjectDefinition,
  name: string,
): { object: ObjectDefinition; by: FieldDefinition } {
  for (const object of query.org.objects.values()) {
    const by = object.fields.find(
      (field) =>
        field.childRelationshipName?.toLowerCase() === name.toLowerCase() &&
        field.referenceTo?.includes(parent.name) === true,
    );
    if (by !== undefined) return { object, by };
  }
  throw soqlError(query.soql, 'INVALID_TYPE', name, MESSAGES.noSuchRelationship(name));
}

function childQuery(query: QueryText, binder: Binder, outer: Scope, { sub, depth }: Nested): ChildQuery {
  if (depth > MOST_LEVELS) throw plainSoqlError('MALFORMED_QUERY', MESSAGES.childDepth(MOST_LEVELS));
  const { object, by } = relationship(query, outer.object, sub.relationshipName);
  const scope = openScope(query, object, { prefix: sub.sObjectAlias });
  // The parser types a child query apart from a query, with the same clauses.
  const inner: Query = { ...sub, sObject: object.name };
  const columns = selectedColumns(query, scope, inner);
  if (columns.some((column) => column.aggregate)) throw plainSoqlError('MALFORMED_QUERY', MESSAGES.onlyRootAggregates);
  const where = whereSql(query, binder, scope, inner);
  const clauses: OrderByClause[] =
    sub.orderBy === undefined ? [] : Array.isArray(sub.orderBy) ? sub.orderBy : [sub.orderBy];
  const order = clauses.map((clause) => {
    if ('fn' in clause) throw plainSoqlError('MALFORMED_QUERY', 'A child query cannot be ordered by a function.');
    const field = scope.resolve(clause.field);
    return orderSql({ sql: field.sql, type: field.field.type, field }, clause);
  });
  const idField = findField(object, 'Id');
  const id = idField === undefined ? '1' : columnOf(query.org, scope.alias, idField);
  return {
    relationshipName: by.childRelationshipName ?? sub.relationshipName,
    object,
    alias: scope.alias,
    columns,
    children: childQueries(query, binder, scope, inner, depth + 1),
    tail: `FROM ${scope.from()} WHERE ${where} AND ${columnOf(query.org, scope.alias, by)} = ${outer.alias}."Id" ORDER BY ${[...order, id].join(', ')}${sub.limit === undefined ? '' : ` LIMIT ${sub.limit}`}`,
  };
}

export function childQueries(query: QueryText, binder: Binder, outer: Scope, of: Query, depth = 1): ChildQuery[] {
  return (of.fields ?? []).flatMap((item) =>
    item.type === 'FieldSubquery' ? [childQuery(query, binder, outer, { sub: item.subquery, depth })] : [],
  );
}
