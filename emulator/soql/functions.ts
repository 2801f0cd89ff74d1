import type { Expression } from './expression.ts';
import type { FunctionExp } from '@jetstreamapp/soql-parser-js';
import { isAggregatable } from '../data/abilities.ts';
import type { FieldType } from '../data/definition.ts';
import { literal } from '../data/sql.ts';
import { MESSAGES } from '../error-strings.ts';
import { corporateSql, currencySql, rateSql } from './currency.ts';
import { distance } from './distance.ts';
import { formatSql } from './format.ts';
import type { Scope } from './scope.ts';
import { plainSoqlError } from './soql-error.ts';

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

/** Labels of a picklist in place of its values; of several chosen ones, each. */
function toLabel(of: Expression): Expression {
  const labels = (of.field?.field.picklistValues ?? []).filter(({ value, label }) => value !== label);
  if (labels.length === 0) return of;
  const cases = labels.map(({ value, label }) => `WHEN ${literal(value)} THEN ${literal(label)}`).join(' ');
  if (of.type !== 'multipicklist') return { ...of, sql: `(CASE ${of.sql} ${cases} ELSE ${of.sql} END)` };
  const each = `SELECT string_agg(CASE v ${cases} ELSE v END, ';' ORDER BY n) FROM unnest(string_to_array(${of.sql}, ';')) WITH ORDINALITY chosen (v, n)`;
  return { ...of, sql: `(${each})` };
}

/** An amount in the corporate currency; an org takes the user's own. In orgs of one currency nothing changes. */
function convertCurrency(scope: Scope, of: Expression): Expression {
  if (of.type !== 'currency') throw plainSoqlError('INVALID_FIELD', 'convertCurrency needs a currency field.');
  const code = currencySql(scope.org, of);
  if (code === undefined) return of;
  return { ...of, sql: `round(${of.sql} / ${rateSql(scope.org, code)}, 2)`, currency: corporateSql(scope.org) };
}

const AGGREGATES: ReadonlySet<string> = new Set(['GROUPING', 'COUNT', 'COUNT_DISTINCT', 'SUM', 'AVG', 'MIN', 'MAX']);

/** Whether the call puts rows together, itself or by what stands inside it. */
export const isAggregate = (call: FunctionExp): boolean =>
  AGGREGATES.has((call.functionName ?? '').toUpperCase()) ||
  (call.parameters ?? []).some((inner) => typeof inner !== 'string' && isAggregate(inner));

function argument(scope: Scope, call: FunctionExp): Expression {
  const first = call.parameters?.[0];
  if (first === undefined)
    throw plainSoqlError('MALFORMED_QUERY', `Function ${call.functionName ?? ''} needs a field.`);
  if (typeof first !== 'string') return functionExpression(scope, first);
  const field = scope.resolve(first);
  return { sql: field.sql, type: field.field.type, field };
}

const NUMBERS: ReadonlySet<FieldType> = new Set<FieldType>(['int', 'double', 'currency', 'percent']);

/** @throws ApiError MALFORMED_QUERY for fields that cannot be added up or counted so */
function assertAggregates(name: string, of: Expression): void {
  const field = of.field?.field;
  const fits = name === 'SUM' || name === 'AVG' ? NUMBERS.has(of.type) : field === undefined || isAggregatable(field);
  if (!fits) throw plainSoqlError('MALFORMED_QUERY', MESSAGES.noAggregate(field?.name ?? '', name));
}

function aggregate(name: string, scope: Scope, call: FunctionExp): Expression {
  if (name === 'COUNT' && (call.parameters ?? []).length === 0) return { sql: 'count(*)', type: 'int' };
  const of = argument(scope, call);
  if (name === 'GROUPING') return { sql: `grouping(${of.sql})`, type: 'int' };
  assertAggregates(name, of);
  switch (name) {
    case 'COUNT':
      return { sql: `count(${of.sql})`, type: 'int' };
    case 'COUNT_DISTINCT':
      return { sql: `count(DISTINCT ${of.sql})`, type: 'int' };
    case 'SUM':
    case 'AVG':
      return { sql: `${name.toLowerCase()}(${of.sql})`, type: of.type === 'currency' ? 'currency' : 'double' };
    default:
      return { sql: `${name.toLowerCase()}(${of.sql})`, type: of.type };
  }
}

/** @throws ApiError MALFORMED_QUERY */
function datePart(name: string, part: (sql: string) => string, of: Expression): Expression {
  if (of.type !== 'datetime' && (of.type !== 'date' || name === 'HOUR_IN_DAY'))
    throw plainSoqlError('MALFORMED_QUERY', MESSAGES.noDate(name, of.field?.field.name ?? ''));
  return { sql: part(of.sql), type: 'int' };
}

/** Translates a function call. @throws ApiError MALFORMED_QUERY for a function that the emulator does not know. */
export function functionExpression(scope: Scope, call: FunctionExp): Expression {
  const name = (call.functionName ?? '').toUpperCase();
  if (AGGREGATES.has(name)) return aggregate(name, scope, call);
  if (name === 'DAY_ONLY') return { sql: `${argument(scope, call).sql}::date`, type: 'date' };
  if (name === 'TOLABEL') return toLabel(argument(scope, call));
  if (name === 'CONVERTCURRENCY') return convertCurrency(scope, argument(scope, call));
  // Days here are those of UTC, so there is nothing to convert.
  if (name === 'CONVERTTIMEZONE') return argument(scope, call);
  if (name === 'DISTANCE') return distance(scope, call);
  if (name === 'FORMAT') {
    const of = argument(scope, call);
    return { sql: formatSql(scope.org, of), type: 'string', ...(of.field === undefined ? {} : { field: of.field }) };
  }
  const part = DATE_PARTS[name];
  if (part === undefined)
    throw plainSoqlError('MALFORMED_QUERY', `Function ${call.functionName ?? ''} is not supported.`);
  return datePart(name, part, argument(scope, call));
}
