import { baseType, columnTypeOf } from './column-types.ts';
import type { ColumnType } from './job-spec.ts';

/** How values of a Salesforce type go into a column: all of them, those that look like it, or none. */
export type TypeFit = 'fits' | 'some' | 'none';

/** Columns that take every value of a column type. */
const TAKEN_BY: Readonly<Record<string, readonly string[]>> = {
  integer: ['bigint', 'numeric', 'double precision'],
  bigint: ['numeric'],
  date: ['timestamptz', 'timestamp without time zone'],
};
/** Salesforce types whose values are text of any shape: each row decides. */
const TEXTUAL: ReadonlySet<string> = new Set([
  'string',
  'textarea',
  'picklist',
  'combobox',
  'phone',
  'url',
  'email',
  'encryptedstring',
]);
/** Values lose their fraction or time, or are too large now and then. */
const NARROWED: Readonly<Record<string, readonly string[]>> = {
  integer: ['smallint', 'real'],
  numeric: ['integer', 'bigint', 'smallint', 'double precision', 'real'],
  bigint: ['integer', 'smallint', 'double precision', 'real'],
  timestamptz: ['date', 'timestamp without time zone'],
};

/** Returns how a field's values fit into a column. */
export function typeFit(salesforceType: string, column: ColumnType): TypeFit {
  const natural = columnTypeOf(salesforceType);
  const wanted = baseType(column);
  // Widths are decided row by row.
  if (wanted === natural) return column === wanted ? 'fits' : 'some';
  if (wanted === 'text' || column === 'character varying') return 'fits';
  if (wanted === 'character varying' || wanted === 'character') return natural === 'text[]' ? 'none' : 'some';
  if (TAKEN_BY[natural]?.includes(wanted)) return column === wanted ? 'fits' : 'some';
  if (NARROWED[natural]?.includes(wanted)) return 'some';
  return TEXTUAL.has(salesforceType) && wanted !== 'text[]' ? 'some' : 'none';
}

/** What changing the type of a column means. */
export type TypeChange = 'none' | 'widens' | 'rewrites' | 'refused';

const REWRITTEN_INTO: Readonly<Record<string, readonly string[]>> = {
  integer: ['bigint', 'numeric', 'text'],
  bigint: ['numeric', 'text'],
  numeric: ['text'],
  boolean: ['text'],
  date: ['timestamptz', 'text'],
  time: ['text'],
  timestamptz: ['text'],
};

/** Digits before and after the point; unlimited when the type does not say. */
function digitsOf(type: ColumnType): { readonly whole: number; readonly decimals: number } {
  const [, precision, scale = '0'] = /^numeric\((\d+)(?:, ?(\d+))?\)$/.exec(type) ?? [];
  if (precision === undefined) return { whole: Infinity, decimals: Infinity };
  return { whole: Number(precision) - Number(scale), decimals: Number(scale) };
}

/** Returns whether a column of one type may become another without losing a value, and whether PostgreSQL rewrites the table for it. */
export function typeChange(before: ColumnType, after: ColumnType): TypeChange {
  const [from, to] = [before, after].map((type) => type.replaceAll(' ', ''));
  if (from === undefined || to === undefined || from === to) return 'none';
  const [base, wanted] = [baseType(from), baseType(to)];
  if (base !== wanted) return to === wanted && REWRITTEN_INTO[base]?.includes(wanted) === true ? 'rewrites' : 'refused';
  const [is, shall] = [digitsOf(from), digitsOf(to)];
  if (shall.whole < is.whole || shall.decimals < is.decimals) return 'refused';
  // PostgreSQL keeps the table where the scale stays or goes.
  return shall.decimals === is.decimals || shall.decimals === Infinity ? 'widens' : 'rewrites';
}
