import type { Expression } from './expression.ts';
import { isFilterable } from '../data/abilities.ts';
import type { FieldType } from '../data/definition.ts';
import { MESSAGES } from '../error-strings.ts';
import { normalizeId } from '../salesforce-id.ts';
import type { Binder } from './binder.ts';
import { dateLiteralSpan, type Span } from './date-literal.ts';
import { currencySql, rateSql } from './currency.ts';
import { TIME_OF_DAY } from './rewrite.ts';
import type { QueryText } from './scope.ts';
import { plainSoqlError } from './soql-error.ts';
import { likePattern, stringValue } from './string-literal.ts';

/** One value of a condition as the parser gives it. */
export interface RawValue {
  readonly text: string;
  readonly literalType: string;
}

/** Text compares without regard to case; see `fold` of the emulator's schema. */
export const folded = (sql: string): string => `emulator.fold(${sql})`;

const TEXT_TYPES: ReadonlySet<FieldType> = new Set<FieldType>([
  'string',
  'textarea',
  'email',
  'phone',
  'url',
  'picklist',
  'multipicklist',
  'encryptedstring',
]);
const isText = (type: FieldType): boolean => TEXT_TYPES.has(type);
const isId = (type: FieldType): boolean => type === 'id' || type === 'reference';
const isNumber = (type: FieldType): boolean => ['int', 'double', 'currency', 'percent'].includes(type);

const nameOf = (left: Expression): string => left.field?.field.name ?? 'expression';

const typeError = (left: Expression, type: string, quoted: boolean): Error =>
  plainSoqlError(
    'INVALID_FIELD',
    `value of filter criterion for field '${nameOf(left)}' must be of type ${type} and should ${quoted ? '' : 'not '}be enclosed in quotes`,
  );

const operatorError = (left: Expression): Error =>
  plainSoqlError('INVALID_QUERY_FILTER_OPERATOR', MESSAGES.invalidOperator(left.type));

/** The 18-character id of a value. @throws ApiError INVALID_QUERY_FILTER_OPERATOR */
function idOf(value: RawValue): string {
  const text = stringValue(value.text);
  const id = value.literalType === 'STRING' ? normalizeId(text) : undefined;
  if (id === undefined) throw plainSoqlError('INVALID_QUERY_FILTER_OPERATOR', MESSAGES.invalidId(text));
  return id;
}

/** Refuses days and times that no calendar has, as the 30th of February. @throws ApiError MALFORMED_QUERY */
function assertInstant(text: string): void {
  const [day = '', time = '00:00:00'] = text.split('T');
  const at = new Date(`${day}T00:00:00Z`);
  const isDay = !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day);
  if (!isDay || !/^([01]\d|2[0-3]):[0-5]\d:[0-5]\d/.test(time))
    throw plainSoqlError('MALFORMED_QUERY', MESSAGES.invalidDate(text));
}

const isCaseSensitive = (left: Expression): boolean => left.field?.field.caseSensitive === true;

/** SQL of the value for the left side's type. */
function scalar(binder: Binder, left: Expression, value: RawValue): string {
  const quoted = value.literalType === 'STRING';
  if (isText(left.type)) {
    if (!quoted) throw typeError(left, 'string', true);
    const text = binder.bind(stringValue(value.text), 'text');
    return isCaseSensitive(left) ? text : folded(text);
  }
  if (isId(left.type)) {
    if (!quoted) throw typeError(left, 'string', true);
    return binder.bind(idOf(value), 'text');
  }
  if (left.type === 'boolean') {
    if (value.literalType !== 'BOOLEAN') throw typeError(left, 'boolean', false);
    return value.text.toLowerCase() === 'true' ? 'true' : 'false';
  }
  if (isNumber(left.type)) {
    if (!/^(INTEGER|DECIMAL)/.test(value.literalType))
      throw typeError(left, left.type === 'int' ? 'int' : 'double', false);
    return binder.bind(value.text.replace(/^[A-Za-z]{3}/, ''), 'numeric');
  }
  const isTime = value.literalType === 'DATETIME' && value.text.startsWith(TIME_OF_DAY);
  if (left.type === 'datetime') {
    if (value.literalType !== 'DATETIME' || isTime) throw typeError(left, 'dateTime', false);
    assertInstant(value.text);
    return binder.bind(value.text, 'timestamptz');
  }
  if (left.type === 'date') {
    if (value.literalType !== 'DATE') throw typeError(left, 'date', false);
    assertInstant(value.text);
    return binder.bind(value.text, 'date');
  }
  if (left.type === 'time') {
    if (!isTime) throw typeError(left, 'time', false);
    return binder.bind(value.text.slice(TIME_OF_DAY.length), 'time');
  }
  throw plainSoqlError('INVALID_FIELD', MESSAGES.notFilterable(nameOf(left)));
}

/** Comparing with a span means comparing with its near or far end. */
function compareSpan(binder: Binder, left: Expression, operator: string, span: Span): string {
  const type = left.type === 'date' ? 'date' : 'timestamptz';
  const end = (of: Date): string =>
    binder.bind(type === 'date' ? of.toISOString().slice(0, 10) : of.toISOString(), type);
  switch (operator) {
    case '=':
      return `(${left.sql} >= ${end(span.from)} AND ${left.sql} < ${end(span.until)})`;
    case '!=':
      return `((${left.sql} >= ${end(span.from)} AND ${left.sql} < ${end(span.until)}) IS NOT TRUE)`;
    case '<':
    case '>=':
      return `${left.sql} ${operator} ${end(span.from)}`;
    case '>':
      return `${left.sql} >= ${end(span.until)}`;
    case '<=':
      return `${left.sql} < ${end(span.until)}`;
    default:
      throw operatorError(left);
  }
}

const isNull = (left: Expression, value: RawValue): boolean =>
  value.literalType === 'NULL' || (value.text === "''" && (isText(left.type) || isId(left.type)));

/** Whether an org lets the field into a condition: long texts and compounds stay out. */
export function assertFilterable(left: Expression): void {
  const field = left.field?.field;
  if (field === undefined) return;
  if (!isFilterable(field)) throw plainSoqlError('INVALID_FIELD', MESSAGES.notFilterable(field.name));
}

/** `EUR1000` compares by worth: both sides in the corporate currency. `undefined` for a plain number, or in orgs of one currency. */
function byWorth(query: QueryText, binder: Binder, left: Expression, value: RawValue): [string, string] | undefined {
  if (left.type !== 'currency' || !value.literalType.endsWith('_WITH_CURRENCY_PREFIX')) return undefined;
  const own = currencySql(query.org, left);
  if (own === undefined) return undefined;
  const code = binder.bind(value.text.slice(0, 3).toUpperCase(), 'text');
  return [`${left.sql} / ${rateSql(query.org, own)}`, `${scalar(binder, left, value)} / ${rateSql(query.org, code)}`];
}

/** Returns the SQL of one comparison. Conditions know no third truth value: what is not true of a null is false, and its negation true. */
export function comparison(
  query: QueryText,
  binder: Binder,
  left: Expression,
  operator: string,
  value: RawValue,
): string {
  if (isNull(left, value)) {
    if (operator === '=') return `${left.sql} IS NULL`;
    if (operator === '!=') return `${left.sql} IS NOT NULL`;
    return 'false';
  }
  if (operator === 'LIKE') {
    if (!isText(left.type) || left.type === 'multipicklist') throw operatorError(left);
    return `${folded(left.sql)} LIKE ${folded(binder.bind(likePattern(value.text), 'text'))}`;
  }
  if (value.literalType.startsWith('DATE_')) {
    const span = left.type === 'date' || left.type === 'datetime' ? dateLiteralSpan(value.text, query.now) : undefined;
    if (span === undefined) throw typeError(left, left.type, true);
    return compareSpan(binder, left, operator, span);
  }
  if ((left.type === 'boolean' || left.type === 'multipicklist') && operator !== '=' && operator !== '!=')
    throw operatorError(left);
  const [leftSql, right] = byWorth(query, binder, left, value) ?? [
    isText(left.type) && !isCaseSensitive(left) ? folded(left.sql) : left.sql,
    scalar(binder, left, value),
  ];
  if (operator === '=') return `${leftSql} = ${right}`;
  if (operator === '!=') return `${leftSql} IS DISTINCT FROM ${right}`;
  return isText(left.type)
    ? `${leftSql} COLLATE "C" ${operator} ${right} COLLATE "C"`
    : `${leftSql} ${operator} ${right}`;
}

/** Returns the SQL of `IN` with a list. */
export function inList(query: QueryText, binder: Binder, left: Expression, values: readonly RawValue[]): string {
  const plain = values.filter((value) => !isNull(left, value));
  const none = plain.length < values.length ? [`${left.sql} IS NULL`] : [];
  if (isId(left.type)) {
    return `(${[`${left.sql} = ANY(${binder.bindAll(plain.map(idOf))})`, ...none].join(' OR ')})`;
  }
  return `(${[...plain.map((value) => comparison(query, binder, left, '=', value)), ...none, 'false'].join(' OR ')})`;
}

/** Returns the SQL of `INCLUDES`: some of the values, each of which may ask for several at once by `;`. */
export function includes(binder: Binder, left: Expression, values: readonly RawValue[]): string {
  if (left.type !== 'multipicklist') throw operatorError(left);
  const chosen = `string_to_array(${folded(left.sql)}, ';')`;
  const wanted = values.map(
    (value) => `${chosen} @> ${binder.bindAll(stringValue(value.text).toLowerCase().split(';'))}`,
  );
  return `(${wanted.join(' OR ')})`;
}
