import type { Expression } from './expression.ts';
import type { OrderByOptionalFieldsClause } from '@jetstreamapp/soql-parser-js';
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
  if (
    field !== undefined &&
    (field.type === 'multipicklist' ||
      field.type === 'address' ||
      field.type === 'location' ||
      (field.type === 'textarea' && field.length > 255))
  ) {
    throw plainSoqlError('MALFORMED_QUERY', `field '${field.name}' can not be sorted in a query call`);
  }
  const sql = BY_VALUE.has(expression.type) ? expression.sql : `${folded(expression.sql)} COLLATE "C"`;
  return `${sql} ${clause.order ?? 'ASC'} NULLS ${clause.nulls ?? 'FIRST'}`;
}
