import type {
  Condition,
  ConditionWithValueQuery,
  HavingClause,
  LogicalOperator,
  WhereClause,
} from '@jetstreamapp/soql-parser-js';
import { unexpectedToken } from './soql-error.ts';

/** A condition with its precedence made explicit. */
export type ConditionTree =
  | { readonly kind: 'leaf'; readonly condition: ConditionWithValueQuery }
  | { readonly kind: 'not'; readonly of: ConditionTree }
  | { readonly kind: 'all' | 'any'; readonly of: readonly ConditionTree[] };

type Token = '(' | ')' | LogicalOperator | { readonly condition: ConditionWithValueQuery };

const isParenthesesOnly = (left: Condition | ConditionWithValueQuery): left is { openParen: number } =>
  !('operator' in left);

/** The parser gives a linked list that only counts parentheses; this writes it out again. */
function flatten(soql: string, clause: WhereClause | HavingClause): Token[] {
  const found: Token[] = [];
  for (let current = clause; ;) {
    const { left } = current;
    if (left !== null) {
      const open = 'openParen' in left ? (left.openParen ?? 0) : 0;
      for (let count = 0; count < open; count += 1) found.push('(');
      if (!isParenthesesOnly(left)) {
        found.push({ condition: left });
        const close = 'closeParen' in left ? (left.closeParen ?? 0) : 0;
        for (let count = 0; count < close; count += 1) found.push(')');
      }
    }
    if (!('operator' in current)) {
      // Two conditions side by side: the parser does not mind.
      if ('right' in current) throw unexpectedToken(soql, '');
      return found;
    }
    found.push(current.operator);
    current = current.right;
  }
}

/**
 * Returns the tree of a WHERE or HAVING clause.
 *
 * @throws ApiError MALFORMED_QUERY where AND and OR meet without parentheses between them: SOQL has no precedence of the two.
 */
export function conditionTree(soql: string, clause: WhereClause | HavingClause): ConditionTree {
  const rest = flatten(soql, clause);

  const unary = (): ConditionTree => {
    const token = rest.shift();
    if (token === 'NOT') return { kind: 'not', of: unary() };
    if (token === '(') {
      const inner = sequence();
      if (rest.shift() !== ')') throw unexpectedToken(soql, '');
      return inner;
    }
    if (token === undefined || typeof token === 'string') throw unexpectedToken(soql, token ?? '');
    return { kind: 'leaf', condition: token.condition };
  };

  const sequence = (): ConditionTree => {
    const first = unary();
    const operator = rest[0];
    if (operator !== 'AND' && operator !== 'OR') return first;
    const of = [first];
    while (rest[0] === 'AND' || rest[0] === 'OR') {
      if (rest[0] !== operator) throw unexpectedToken(soql, rest[0]);
      rest.shift();
      of.push(unary());
    }
    return { kind: operator === 'AND' ? 'all' : 'any', of };
  };

  const tree = sequence();
  const [left] = rest;
  if (left !== undefined) throw unexpectedToken(soql, typeof left === 'string' ? left : '');
  return tree;
}
