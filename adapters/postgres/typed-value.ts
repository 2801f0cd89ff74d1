import pg from 'pg';
import { baseType, VALUE_PATTERNS } from '../../domain/column-types.ts';
import type { CompiledField } from '../../domain/compiled-job.ts';
import { sfid, staged } from './page-sql.ts';

type Value = Pick<CompiledField, 'type' | 'position' | 'sourceType'>;

const WHOLE_NUMBERS: ReadonlySet<string> = new Set(['integer', 'bigint', 'smallint']);
const IDS: ReadonlySet<string> = new Set(['id', 'reference']);
const DECIMALS: ReadonlySet<string> = new Set(['double', 'currency', 'percent']);
/** Any number that Salesforce writes and PostgreSQL can surely hold. */
const NUMBER = String.raw`'^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?$'`;

/** Salesforce's decimals may be whole: REST writes `1.0E7` or `12.0` where PostgreSQL wants an integer to have digits only. */
const isWholeOfDecimal = ({ type, sourceType }: Pick<Value, 'type' | 'sourceType'>): boolean =>
  WHOLE_NUMBERS.has(baseType(type)) && sourceType !== 'int' && sourceType !== 'long';

/** SQL of a staged value as text, the same whether REST or Bulk wrote it: `…+0000` and `…Z`, `1.0E7` and `10000000`, 15 and 18 characters. */
export function textValue({ position, sourceType }: Pick<Value, 'position' | 'sourceType'>): string {
  const raw = staged(position);
  if (IDS.has(sourceType)) return sfid(raw);
  if (sourceType === 'datetime') return String.raw`regexp_replace(${raw}, '\+00:?00$', 'Z')`;
  if (DECIMALS.has(sourceType))
    return `CASE WHEN ${raw} ~ ${NUMBER} THEN trim_scale(${raw}::numeric)::text ELSE ${raw} END`;
  return raw;
}

/** SQL that turns a staged text into the target's type; only for values that {@link invalidCondition} lets pass. */
export function typedValue(value: Value): string {
  const { type, position, sourceType } = value;
  if (type === 'text') return textValue(value);
  if (type === 'text[]') return `string_to_array(${staged(position)}, ';')`;
  // A datetime has a day only in a zone; the model's zone is UTC.
  if (type === 'date' && sourceType === 'datetime')
    return `(${staged(position)}::timestamptz AT TIME ZONE 'UTC')::date`;
  if (isWholeOfDecimal(value)) return `${staged(position)}::numeric::${type}`;
  return `${staged(position)}::${type}`;
}

/** How Bulk and REST write a datetime, with a 9 for each digit. */
const USUAL_DATETIMES = `'9999-99-99T99:99:99.999Z', '9999-99-99T99:99:99.999+9999'`;

/**
 * SQL condition that is true for a datetime that is not written the usual way. Asked before the pattern, which costs as much as all else that is
 * asked of a row: PostgreSQL makes a regular expression's states anew for each value, one for each character.
 */
const isUnusual = (raw: string): string => `translate(${raw}, '012345678', '999999999') NOT IN (${USUAL_DATETIMES})`;

/** SQL condition that is true for a value the target cannot hold, or undefined when it can hold any text. */
export function invalidCondition(value: Value): string | undefined {
  const { type, position, sourceType } = value;
  if (type === 'text' || type === 'text[]') return undefined;
  const raw = staged(position);
  if (isWholeOfDecimal(value)) {
    // Each question may only be asked once the one before it has been answered, which OR does not promise.
    return `CASE WHEN ${raw} !~ ${NUMBER} THEN true WHEN ${raw} IS NOT NULL
      THEN ${raw}::numeric % 1 <> 0 OR NOT pg_input_is_valid(trunc(${raw}::numeric)::text, ${pg.escapeLiteral(type)}) END`;
  }
  // Only for scalars of known type does Salesforce have one way of writing; of others PostgreSQL alone is asked.
  const pattern = VALUE_PATTERNS[baseType(type)];
  const asked = type === 'date' && sourceType === 'datetime' ? 'timestamptz' : type;
  const refused = `NOT pg_input_is_valid(${raw}, ${pg.escapeLiteral(asked)})`;
  if (pattern === undefined) return refused;
  const mismatch = `${raw} !~ ${pg.escapeLiteral(pattern)}`;
  return baseType(type) === 'timestamptz'
    ? `${isUnusual(raw)} AND ${mismatch} OR ${refused}`
    : `${mismatch} OR ${refused}`;
}
