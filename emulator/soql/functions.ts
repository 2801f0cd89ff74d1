import type { FunctionExp } from '@jetstreamapp/soql-parser-js';
import type { FieldType } from '../data/definition.ts';
import type { ResolvedField, Scope } from './scope.ts';
import { plainSoqlError } from './soql-error.ts';

/** A value of a query: its SQL and its Salesforce type. */
export interface Expression {
  readonly sql: string;
  readonly type: FieldType;
  /** The field it comes from, where it is one. */
  readonly field?: ResolvedField;
}

const DATE_PARTS: Readonly<Record<string, (sql: string) => string>> = {
  CALENDAR_MONTH: (sql) => `extract(month FROM ${sql})::int`,
  CALENDAR_QUARTER: (sql) => `extract(quarter FROM ${sql})::int`,
  CALENDAR_YEAR: (sql) => `extract(year FROM ${sql})::int`,
  FISCAL_MONTH: (sql) => `extract(month FROM ${sql})::int`,
  FISCAL_QUARTER: (sql) => `extract(quarter FROM ${sql})::int`,
  FISCAL_YEAR: (sql) => `extract(year FROM ${sql})::int`,
  DAY_IN_MONTH: (sql) => `extract(day FROM ${sql})::int`,
  DAY_IN_WEEK: (sql) => `(extract(dow FROM ${sql})::int + 1)`,
  DAY_IN_YEAR: (sql) => `extract(doy FROM ${sql})::int`,
  HOUR_IN_DAY: (sql) => `extract(hour FROM ${sql})::int`,
  WEEK_IN_MONTH: (sql) => `((extract(day FROM ${sql})::int - 1) / 7 + 1)`,
  WEEK_IN_YEAR: (sql) => `((extract(doy FROM ${sql})::int - 1) / 7 + 1)`,
};

/** Functions that say how a value is shown, and change nothing here: labels are values, and amounts stay in the record's currency. */
const TRANSPARENT: ReadonlySet<string> = new Set(['TOLABEL', 'CONVERTCURRENCY', 'CONVERTTIMEZONE']);

const AGGREGATES: ReadonlySet<string> = new Set(['COUNT', 'COUNT_DISTINCT', 'SUM', 'AVG', 'MIN', 'MAX']);

export const isAggregate = (call: FunctionExp): boolean => AGGREGATES.has((call.functionName ?? '').toUpperCase());

function argument(scope: Scope, call: FunctionExp): Expression {
  const first = call.parameters?.[0];
  if (first === undefined)
    throw plainSoqlError('MALFORMED_QUERY', `Function ${call.functionName ?? ''} needs a field.`);
  if (typeof first !== 'string') return functionExpression(scope, first);
  const field = scope.resolve(first);
  return { sql: field.sql, type: field.field.type, field };
}

function aggregate(name: string, scope: Scope, call: FunctionExp): Expression {
  if (name === 'COUNT' && (call.parameters ?? []).length === 0) return { sql: 'count(*)', type: 'int' };
  const of = argument(scope, call);
  switch (name) {
    case 'COUNT':
      return { sql: `count(${of.sql})`, type: 'int' };
    case 'COUNT_DISTINCT':
      return { sql: `count(DISTINCT ${of.sql})`, type: 'int' };
    case 'SUM':
      return { sql: `sum(${of.sql})`, type: 'double' };
    case 'AVG':
      return { sql: `avg(${of.sql})`, type: 'double' };
    default:
      if (of.type === 'boolean')
        throw plainSoqlError(
          'INVALID_FIELD',
          `field ${of.field?.field.name ?? ''} does not support aggregate operator ${name}`,
        );
      return { sql: `${name.toLowerCase()}(${of.sql})`, type: of.type };
  }
}

/** Translates a function call. @throws ApiError MALFORMED_QUERY for a function that the emulator does not know. */
export function functionExpression(scope: Scope, call: FunctionExp): Expression {
  const name = (call.functionName ?? '').toUpperCase();
  if (AGGREGATES.has(name)) return aggregate(name, scope, call);
  if (name === 'DAY_ONLY') return { sql: `${argument(scope, call).sql}::date`, type: 'date' };
  if (TRANSPARENT.has(name)) return argument(scope, call);
  if (name === 'FORMAT') {
    const of = argument(scope, call);
    return { sql: `${of.sql}::text`, type: 'string', ...(of.field === undefined ? {} : { field: of.field }) };
  }
  const part = DATE_PARTS[name];
  if (part === undefined)
    throw plainSoqlError('MALFORMED_QUERY', `Function ${call.functionName ?? ''} is not supported.`);
  return { sql: part(argument(scope, call).sql), type: 'int' };
}
