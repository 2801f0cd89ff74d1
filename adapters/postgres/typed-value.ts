import pg from 'pg';
import { baseType, VALUE_PATTERNS } from '../../domain/column-types.ts';
import type { CompiledField } from '../../domain/compiled-job.ts';
import { sfid, staged } from './page-sql.ts';

type Value = Pick<CompiledField, 'type' | 'position' | 'sourceType'>;

const WHOLE_NUMBERS: ReadonlySet<string> = new Set(['integer', 'bigint', 'smallint']);
const IDS: ReadonlySet<string> = new Set(['id', 'reference']);

/** `12.0` is no integer to PostgreSQL; Salesforce's double and percent fields print whole numbers so. */
const digits = ({ type, position, sourceType }: Value): string =>
  WHOLE_NUMBERS.has(baseType(type)) && sourceType !== 'int' && sourceType !== 'long'
    ? `regexp_replace(${staged(position)}, '\\.0+$', '')`
    : staged(position);

/** SQL that turns a staged text into the target's type; only for values that {@link invalidCondition} lets pass. */
export function typedValue(value: Value): string {
  const { type, position, sourceType } = value;
  if (IDS.has(sourceType) && type === 'text') return sfid(staged(position));
  if (type === 'text') return staged(position);
  if (type === 'text[]') return `string_to_array(${staged(position)}, ';')`;
  // A datetime has a day only in a zone; the model's zone is UTC.
  if (type === 'date' && sourceType === 'datetime')
    return `(${staged(position)}::timestamptz AT TIME ZONE 'UTC')::date`;
  return `${digits(value)}::${type}`;
}

/** SQL condition that is true for a value the target cannot hold, or undefined when it can hold any text. */
export function invalidCondition(value: Value): string | undefined {
  const { type, position, sourceType } = value;
  if (type === 'text' || type === 'text[]') return undefined;
  // Only for scalars of known type does Salesforce have one way of writing; of others PostgreSQL alone is asked.
  const pattern = VALUE_PATTERNS[baseType(type)];
  const asked = type === 'date' && sourceType === 'datetime' ? 'timestamptz' : type;
  const refused = `NOT pg_input_is_valid(${digits(value)}, ${pg.escapeLiteral(asked)})`;
  return pattern === undefined ? refused : `${staged(position)} !~ ${pg.escapeLiteral(pattern)} OR ${refused}`;
}
