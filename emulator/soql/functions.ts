import type { Expression } from './expression.ts';
import type { FunctionExp } from '@jetstreamapp/soql-parser-js';
import { findField } from '../data/definition.ts';
import { identifier, literal } from '../data/sql.ts';
import { distance } from './distance.ts';
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
  const currency = of.field === undefined ? undefined : findField(of.field.object, 'CurrencyIsoCode');
  if (of.type !== 'currency') throw plainSoqlError('INVALID_FIELD', 'convertCurrency needs a currency field.');
  if (of.field === undefined || currency === undefined) return of;
  const table = `${identifier(scope.org.schema)}."CurrencyType"`;
  const rate = `(SELECT rate."ConversionRate" FROM ${table} rate WHERE rate."IsoCode" = ${of.field.alias}."CurrencyIsoCode")`;
  return { ...of, sql: `round(${of.sql} / ${rate}, 2)` };
}

const AGGREGATES: ReadonlySet<string> = new Set(['GROUPING', 'COUNT', 'COUNT_DISTINCT', 'SUM', 'AVG', 'MIN', 'MAX']);

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
    case 'GROUPING':
      return { sql: `grouping(${of.sql})`, type: 'int' };
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
  if (name === 'TOLABEL') return toLabel(argument(scope, call));
  if (name === 'CONVERTCURRENCY') return convertCurrency(scope, argument(scope, call));
  // Days here are those of UTC, so there is nothing to convert.
  if (name === 'CONVERTTIMEZONE') return argument(scope, call);
  if (name === 'DISTANCE') return distance(scope, call);
  if (name === 'FORMAT') {
    const of = argument(scope, call);
    return { sql: `${of.sql}::text`, type: 'string', ...(of.field === undefined ? {} : { field: of.field }) };
  }
  const part = DATE_PARTS[name];
  if (part === undefined)
    throw plainSoqlError('MALFORMED_QUERY', `Function ${call.functionName ?? ''} is not supported.`);
  return { sql: part(argument(scope, call).sql), type: 'int' };
}
