import pg from 'pg';
import { baseType, VALUE_PATTERNS } from '../../domain/column-types.ts';
import type { CompiledSource } from '../../domain/compiled-job.ts';
import { sfid, staged } from './page-sql.ts';

/** SQL of a text and the Salesforce type that it looks like. */
export interface TextSql {
  readonly sql: string;
  readonly sourceType: string;
}

const WHOLE_NUMBERS: ReadonlySet<string> = new Set(['integer', 'bigint', 'smallint']);
const IDS: ReadonlySet<string> = new Set(['id', 'reference']);
const DECIMALS: ReadonlySet<string> = new Set(['double', 'currency', 'percent']);
/** Any number that Salesforce writes and PostgreSQL can surely hold. */
const NUMBER = String.raw`'^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?$'`;

/** Salesforce's decimals may be whole: REST writes `1.0E7` or `12.0` where PostgreSQL wants an integer to have digits only. */
const isWholeOfDecimal = (sourceType: string, type: string): boolean =>
  WHOLE_NUMBERS.has(baseType(type)) && sourceType !== 'int' && sourceType !== 'long';

type Offered = Pick<CompiledSource, 'position' | 'sourceType' | 'offered'>;

const arrayOf = (values: readonly string[]): string =>
  `ARRAY[${values.map((value) => pg.escapeLiteral(value)).join(', ')}]::text[]`;

/** SQL of a staged value as it came, without what its picklist does not offer where that is to become nothing. */
export function rawValue({ position, sourceType, offered }: Offered): string {
  const raw = staged(position);
  if (offered?.otherwise !== 'null') return raw;
  const known = arrayOf(offered.values);
  if (sourceType !== 'multipicklist') return `CASE WHEN ${raw} = ANY (${known}) THEN ${raw} END`;
  return `(SELECT string_agg(part, ';' ORDER BY place) FROM string_to_table(${raw}, ';') WITH ORDINALITY AS parts (part, place) WHERE part = ANY (${known}))`;
}

/** SQL condition that is true for a value that its picklist does not offer, where that makes a reject; undefined where it does not. */
export function notOffered({ position, sourceType, offered }: Offered): string | undefined {
  if (offered?.otherwise !== 'reject') return undefined;
  const raw = staged(position);
  const given = sourceType === 'multipicklist' ? `string_to_array(${raw}, ';')` : `ARRAY[${raw}]`;
  return `${raw} IS NOT NULL AND NOT ${given} <@ ${arrayOf(offered.values)}`;
}

/** SQL of a staged value as text, the same whether REST or Bulk wrote it: `…+0000` and `…Z`, `1.0E7` and `10000000`, 15 and 18 characters. */
export function textOf(source: Offered): string {
  const { sourceType } = source;
  const raw = rawValue(source);
  if (IDS.has(sourceType)) return sfid(raw);
  if (sourceType === 'datetime') return String.raw`regexp_replace(${raw}, '\+00:?00$', 'Z')`;
  if (DECIMALS.has(sourceType))
    return `CASE WHEN ${raw} ~ ${NUMBER} THEN trim_scale(${raw}::numeric)::text ELSE ${raw} END`;
  return raw;
}

/** SQL that turns a text into a type; only for values that {@link invalidText} lets pass. */
export function typedText({ sql, sourceType }: TextSql, type: string): string {
  if (type === 'text') return sql;
  if (type === 'text[]') return `string_to_array(${sql}, ';')`;
  // A datetime has a day only in a zone; the model's zone is UTC.
  if (type === 'date' && sourceType === 'datetime') return `(${sql}::timestamptz AT TIME ZONE 'UTC')::date`;
  if (isWholeOfDecimal(sourceType, type)) return `${sql}::numeric::${type}`;
  return `${sql}::${type}`;
}

/**
 * SQL condition that is true for a datetime that is not written the usual way. Asked before the pattern, which costs as much as all else that is
 * asked of a row: PostgreSQL makes a regular expression's states anew for each value, one for each character.
 */
const isUnusual = (raw: string): string =>
  `${raw} NOT LIKE '____-__-__T__:__:__.___Z' AND ${raw} NOT LIKE '____-__-__T__:__:__.___+____'`;

/**
 * SQL condition that is true for a text that surely is a value of the type, of those that are written as most are: quicker than the pattern, and than
 * asking PostgreSQL. Undefined where there is none, or where the text itself takes long.
 */
function surelyValid(sql: string, type: string): string | undefined {
  if (!/^\w+$/.test(sql)) return undefined;
  if (type === 'integer' || type === 'bigint') return `ltrim(${sql}, '0123456789') = '' AND octet_length(${sql}) < 10`;
  if (type !== 'numeric') return undefined;
  return `translate(${sql}, '0123456789', '') IN ('', '.') AND ${sql} NOT LIKE '.%' AND ${sql} NOT LIKE '%.' AND octet_length(${sql}) < 100`;
}

/**
 * SQL condition that is true for a text that is no value of the type, or undefined when any text is.
 *
 * @param trusting - takes a datetime that is written as Salesforce writes it for one; where it is none (`2024-02-31`) the cast refuses it
 */
export function invalidText({ sql, sourceType }: TextSql, type: string, trusting = false): string | undefined {
  if (type === 'text' || type === 'text[]') return undefined;
  if (isWholeOfDecimal(sourceType, type)) {
    // Each question may only be asked once the one before it has been answered, which OR does not promise.
    return `CASE WHEN ${sql} !~ ${NUMBER} THEN true WHEN ${sql} IS NOT NULL
      THEN ${sql}::numeric % 1 <> 0 OR NOT pg_input_is_valid(trunc(${sql}::numeric)::text, ${pg.escapeLiteral(type)}) END`;
  }
  // Only for scalars of known type does Salesforce have one way of writing; of others PostgreSQL alone is asked.
  if (type === 'boolean') return `${sql} NOT IN ('true', 'false')`;
  const pattern = VALUE_PATTERNS[baseType(type)];
  const asked = type === 'date' && sourceType === 'datetime' ? 'timestamptz' : type;
  const refused = `NOT pg_input_is_valid(${sql}, ${pg.escapeLiteral(asked)})`;
  if (pattern === undefined) return refused;
  const mismatch = `${sql} !~ ${pg.escapeLiteral(pattern)}`;
  if (baseType(type) === 'timestamptz') {
    return trusting
      ? `${isUnusual(sql)} AND (${mismatch} OR ${refused})`
      : `${isUnusual(sql)} AND ${mismatch} OR ${refused}`;
  }
  const sure = surelyValid(sql, type);
  return sure === undefined ? `${mismatch} OR ${refused}` : `NOT (${sure}) AND (${mismatch} OR ${refused})`;
}
