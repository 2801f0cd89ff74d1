import { connectionSchema } from '../../config/schema/connection.ts';
import { jobSchema } from '../../config/schema/job.ts';
import type { JsonSchema } from '../../config/schema/json-schema.ts';

/** Every schema below, with the path of keys that leads to it: `*` stands for a name, `[]` for an entry of a list. */
export function* below(schema: JsonSchema, path: readonly string[] = []): Generator<readonly [string, JsonSchema]> {
  yield [path.join('.'), schema];
  for (const [key, property] of Object.entries(schema.properties ?? {})) yield* below(property, [...path, key]);
  if (schema.items) yield* below(schema.items, [...path, '[]']);
  if (schema.additionalProperties) yield* below(schema.additionalProperties, [...path, '*']);
}

/** The five jobs of the catalog that read rows have the same keys: they count as one. */
const asOneJob = (path: string): string =>
  path.replace(/^jobs\.(user|company|company-person|relationship-type|relationship)-sync(?=\.|$)/, 'jobs.ROWS');

const keysOf = (kind: string, schema: JsonSchema): [string, JsonSchema][] =>
  [...below(schema)].flatMap(([path, each]) => (path === '' ? [] : [[`${kind} ${asOneJob(path)}`, each]]));

/** Every key that a file may hold, as `connection salesforce.org` or `job source.filter`, with its schema. */
export const CONFIGURATION_KEYS: ReadonlyMap<string, JsonSchema> = new Map([
  ...keysOf('connection', connectionSchema),
  ...keysOf('job', jobSchema),
]);

type Place = readonly (string | number)[];

/** One key as a document writes it. */
export interface WrittenKey {
  /** As in {@link CONFIGURATION_KEYS}, and after it the value where only a few are possible: `job onDelete = delete`. */
  readonly names: readonly string[];
  /** From the document on. */
  readonly place: Place;
}

interface Below {
  readonly schema: JsonSchema;
  readonly names: readonly string[];
  readonly place: Place;
}

function* writtenBelow(value: unknown, { schema, names, place }: Below): Generator<Omit<WrittenKey, 'names'> & Below> {
  if (place.length > 0) yield { schema, names, place };
  if (Array.isArray(value)) {
    for (const [index, each] of value.entries())
      yield* writtenBelow(each, { schema: schema.items ?? {}, names: [...names, '[]'], place: [...place, index] });
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, each] of Object.entries(value)) {
    if (each === undefined) continue;
    const property = schema.properties?.[key];
    const named = schema.additionalProperties === false ? undefined : schema.additionalProperties;
    yield* writtenBelow(each, {
      schema: property ?? named ?? {},
      names: [...names, property === undefined ? '*' : key],
      place: [...place, key],
    });
  }
}

export type Document = Readonly<Record<string, unknown>>;

/** Returns every key that a document writes. */
export function writtenKeys(document: Document): WrittenKey[] {
  const [kind, schema] = 'job' in document ? ['job', jobSchema] : ['connection', connectionSchema];
  return [...writtenBelow(document, { schema, names: [], place: [] })].map(
    ({ schema: { enum: few }, names, place }) => {
      const name = `${kind} ${asOneJob(names.join('.'))}`;
      return { names: few === undefined ? [name] : [name, `${name} = ${String(valueAt(document, place))}`], place };
    },
  );
}

const valueAt = (value: unknown, place: Place): unknown =>
  place.reduce<unknown>((at, step) => (at as Readonly<Record<string | number, unknown>>)[step], value);

/** Returns the document without one of its keys or entries of lists. */
export function withoutKey(document: Document, place: Place): Document {
  const copy = structuredClone(document);
  const holder = valueAt(copy, place.slice(0, -1)) as unknown[] | Record<string, unknown>;
  const last = place.at(-1);
  if (Array.isArray(holder)) holder.splice(Number(last), 1);
  else if (typeof last === 'string') Reflect.deleteProperty(holder, last);
  return copy;
}
