import type { ConditionWithValueQuery, Query } from '@jetstreamapp/soql-parser-js';
import type { ObjectDefinition } from '../data/definition.ts';
import { MESSAGES } from '../error-strings.ts';
import { conditionTree, type ConditionTree } from './condition-tree.ts';
import type { Expression } from './expression.ts';
import { plainSoqlError } from './soql-error.ts';

/** Semi-joins and anti-joins that one query may have. */
const MOST_SEMI_JOINS = 2;

const innerQuery = (condition: ConditionWithValueQuery): Query | undefined =>
  'valueQuery' in condition ? condition.valueQuery : undefined;

const refuse = (message: string): Error => plainSoqlError('MALFORMED_QUERY', message);

/** Where in a tree the semi-joins stand: at its top, joined by AND alone, or deeper. */
function placesOf(tree: ConditionTree, top: boolean): { readonly query: Query; readonly top: boolean }[] {
  if (tree.kind === 'leaf') {
    const query = innerQuery(tree.condition);
    return query === undefined ? [] : [{ query, top }];
  }
  if (tree.kind === 'not') return placesOf(tree.of, false);
  return tree.of.flatMap((of) => placesOf(of, top && tree.kind === 'all'));
}

/** @throws ApiError MALFORMED_QUERY for semi-joins below OR or NOT, inside of each other, or too many of them */
export function assertSemiJoins(soql: string, tree: ConditionTree): void {
  const places = placesOf(tree, true);
  if (places.length > MOST_SEMI_JOINS) throw refuse(MESSAGES.semiJoinMost);
  for (const { query, top } of places) {
    const nested = query.where === undefined ? [] : placesOf(conditionTree(soql, query.where), true);
    if (!top || nested.length > 0) throw refuse(MESSAGES.semiJoinTop);
  }
}

const pointsAt = ({ field }: Expression): readonly string[] =>
  field === undefined ? [] : field.field.type === 'id' ? [field.object.name] : (field.field.referenceTo ?? []);

interface SemiJoin {
  readonly outer: ObjectDefinition;
  readonly left: Expression;
  readonly inner: Query;
  readonly selected: Expression;
}

/** @throws ApiError MALFORMED_QUERY for two sides that do not meet, or clauses that have no place in a semi-join */
export function assertSides({ outer, left, inner, selected }: SemiJoin): void {
  for (const { field } of [left, selected]) {
    if (field?.field.type !== 'id' && field?.field.type !== 'reference')
      throw refuse(MESSAGES.semiJoinField(field?.field.name ?? ''));
  }
  if (selected.field?.object.name === outer.name) throw refuse(MESSAGES.semiJoinSelf);
  if (inner.orderBy !== undefined || inner.limit !== undefined || inner.offset !== undefined || inner.for !== undefined)
    throw refuse(MESSAGES.semiJoinClauses);
  if (!pointsAt(left).some((name) => pointsAt(selected).includes(name)))
    throw refuse(MESSAGES.semiJoinTypes(selected.field?.field.name ?? '', left.field?.field.name ?? ''));
}
