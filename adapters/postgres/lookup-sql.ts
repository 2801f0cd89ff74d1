import type { CompiledJob, CompiledLookup } from '../../domain/compiled-job.ts';
import { baseType } from '../../domain/column-types.ts';
import { ident, literal, qualified, type PageOwner } from './page-sql.ts';
import { hasValue, textValue } from './typed-value.ts';

type Owner = Pick<PageOwner, 'connectionId'>;

const TEXTS: ReadonlySet<string> = new Set(['text', 'varchar', 'character varying']);

/** A key as the type of the column it is compared with: compared as text, the column's index would be of no use. */
const typed = (key: string, type: string): string =>
  TEXTS.has(baseType(type)) ? key : `CASE WHEN pg_input_is_valid(${key}, ${literal(type)}) THEN (${key})::${type} END`;

/** The key expressions in `source`, an expression of a row's source key, pair by pair. */
const keysIn = ({ pairs }: CompiledLookup, source: string): readonly string[] =>
  pairs.length === 1 ? [source] : pairs.map((_, index) => `((${source})::jsonb ->> ${index})`);

/** `FROM … WHERE …` over the rows, called `found`, that a derived mapping finds for `keys`, one expression a pair. */
function foundRows(
  job: Pick<CompiledJob, 'schema'>,
  lookup: CompiledLookup,
  owner: Owner,
  keys: readonly string[],
): string {
  const equal = lookup.pairs.map(
    ({ column, type }, index) => `found.${ident(column)} = ${typed(keys[index] ?? 'NULL', type)}`,
  );
  return `FROM ${qualified(job, lookup.table)} AS found
      WHERE found.connection_id = ${literal(owner.connectionId)} AND ${equal.join(' AND ')}`;
}

/** The source key that is kept beside a derived column. Several match fields are one JSON text, so that resolving later can take them apart. */
export function sourceKey({ pairs }: CompiledLookup): string {
  const keys = pairs.map(textValue);
  if (keys.length === 1) return keys[0] ?? 'NULL';
  const areThere = pairs.map(hasValue).join(' AND ');
  return `CASE WHEN ${areThere} THEN jsonb_build_array(${keys.join(', ')})::text END`;
}

/** The `id` that a derived mapping finds for `source`, an expression of its source key. Of several, the oldest or none, as the mapping says. */
export function lookupValue(
  job: Pick<CompiledJob, 'schema'>,
  lookup: CompiledLookup,
  owner: Owner,
  source: string,
): string {
  if (!lookup.exists) return 'NULL::uuid';
  const rows = foundRows(job, lookup, owner, keysIn(lookup, source));
  if (lookup.unique) return `(SELECT found.id ${rows})`;
  if (lookup.onMultiple === 'oldest') return `(SELECT found.id ${rows} ORDER BY found.created_at, found.id LIMIT 1)`;
  return `(SELECT CASE WHEN count(*) = 1 THEN (array_agg(few.id))[1] END FROM (SELECT found.id ${rows} LIMIT 2) AS few)`;
}

/** `FROM … WHERE …` over the row, called `found`, that a derived mapping with a unique key finds for `source`. */
export const foundRow = (
  job: Pick<CompiledJob, 'schema'>,
  lookup: CompiledLookup,
  owner: Owner,
  source: string,
): string => foundRows(job, lookup, owner, keysIn(lookup, source));

/** How many rows, 2 standing for several, a derived mapping finds for a staged row. */
export const matchCount = (job: CompiledJob, lookup: CompiledLookup, owner: Owner): string =>
  lookup.exists
    ? `(SELECT count(*) FROM (SELECT ${foundRows(job, lookup, owner, lookup.pairs.map(textValue))} LIMIT 2) AS matches)`
    : '0';
