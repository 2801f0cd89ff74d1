import type { Expression } from './expression.ts';
import type { OrderByOptionalFieldsClause } from '@jetstreamapp/soql-parser-js';
import { isSortable } from '../data/abilities.ts';
import { MESSAGES } from '../error-strings.ts';
import { folded } from './comparison.ts';
import { plainSoqlError } from './soql-error.ts';

const BY_VALUE: ReadonlySet<string> = new Set([
  'id',
  'reference',
  'boolean',
  'int',
  'double',
  'currency',
  'percent',
  'date',
  'datetime',
  'time',
]);

/** Returns one term of ORDER BY: texts without regard to case, nulls first in both directions unless asked otherwise. */
export function orderSql(expression: Expression, clause: OrderByOptionalFieldsClause): string {
  const field = expression.field?.field;
  if (field !== undefined && !isSortable(field))
    throw plainSoqlError('MALFORMED_QUERY', MESSAGES.notSortable(field.name));
  const sql = BY_VALUE.has(expression.type) ? expression.sql : `${folded(expression.sql)} COLLATE "C"`;
  return `${sql} ${clause.order ?? 'ASC'} NULLS ${clause.nulls ?? 'FIRST'}`;
}
