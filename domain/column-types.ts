import type { ColumnType } from './job-spec.ts';

/** Salesforce field types that no mapping can read: map their component fields, or leave them out. */
export const UNMAPPABLE_TYPES: ReadonlySet<string> = new Set([
  'address',
  'location',
  'base64',
  'anyType',
  'complexvalue',
  'json',
]);

const BY_SALESFORCE_TYPE: Readonly<Record<string, ColumnType>> = {
  boolean: 'boolean',
  int: 'integer',
  long: 'bigint',
  // Precision and scale of a describe are promises about new values only; unconstrained numeric keeps every digit.
  double: 'numeric',
  currency: 'numeric',
  percent: 'numeric',
  date: 'date',
  datetime: 'timestamptz',
  time: 'time',
  multipicklist: 'text[]',
};

/** The column type that keeps every value of a Salesforce type; text for all that is text, picklists and ids included. */
export const columnTypeOf = (salesforceType: string): ColumnType => BY_SALESFORCE_TYPE[salesforceType] ?? 'text';

/**
 * What a value must look like before PostgreSQL is asked to cast it, as a POSIX pattern.
 *
 * `pg_input_is_valid` alone takes `NaN`, `now`, `yes` and `0x1F`, which Salesforce never means.
 */
export const VALUE_PATTERNS: Readonly<Record<string, string>> = {
  boolean: '^(true|false)$',
  integer: '^-?[0-9]+(\\.0+)?$',
  bigint: '^-?[0-9]+(\\.0+)?$',
  numeric: '^-?[0-9]+(\\.[0-9]+)?([eE][-+]?[0-9]+)?$',
  date: '^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]+(Z|[-+][0-9]{2}:?[0-9]{2}))?$',
  timestamptz: '^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?(Z|[-+][0-9]{2}:?[0-9]{2}))?$',
  time: '^[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?Z?$',
};

/** `numeric(18,2)` → `numeric`. */
export const baseType = (type: ColumnType): string => type.replace(/\(.*\)$/, '').trim();
