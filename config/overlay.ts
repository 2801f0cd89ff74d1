import { didYouMean, listOf, quote } from '../domain/did-you-mean.ts';
import type { Diagnostic } from './diagnostic.ts';
import { environmentWord } from './schema/patterns.ts';
import type { Path, SourceDocument } from './source-document.ts';

export interface Layered {
  readonly documents: readonly SourceDocument[];
  readonly diagnostics: readonly Diagnostic[];
}

const KEY = 'environment';

type Keys = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Keys =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const environmentOf = ({ value }: SourceDocument): unknown => (isObject(value) ? value[KEY] : undefined);

/** Names of the environments that documents are for, sorted. */
export const environmentsOf = (documents: readonly SourceDocument[]): string[] =>
  [...new Set(documents.map(environmentOf))].filter((name) => typeof name === 'string').sort();

/** What an overlay says is meant whole: a schedule by cron in place of an interval is no mixture of both. */
const WHOLE: ReadonlySet<string> = new Set(['schedule', 'org', 'clientId', 'clientSecret']);

function merged(base: unknown, over: unknown, path: readonly string[]): unknown {
  const isWhole = WHOLE.has(path.at(-1) ?? '') || path.at(-2) === 'map';
  if (!isObject(base) || !isObject(over) || isWhole) return over;
  const keys = [...new Set([...Object.keys(base), ...Object.keys(over)])];
  return Object.fromEntries(
    keys.map((key) => [key, Object.hasOwn(over, key) ? merged(base[key], over[key], [...path, key]) : base[key]]),
  );
}

const isThere = (value: unknown, [step, ...rest]: Path): boolean => {
  if (step === undefined) return true;
  if (Array.isArray(value)) return typeof step === 'number' && step < value.length && isThere(value[step], rest);
  return isObject(value) && Object.hasOwn(value, step) && isThere(value[String(step)], rest);
};

/** One document laid over another; each value stands where it is written, above where both have it. */
function layer(base: SourceDocument, over: SourceDocument): SourceDocument {
  const { [KEY]: _environment, ...overlay } = over.value as Keys;
  const value = merged(base.value, overlay, []);
  const has = (path: Path): boolean => isThere(value, path);
  const placeOf = (path: Path): SourceDocument => (path.length > 0 && over.has(path) ? over : base);
  return {
    file: base.file,
    value,
    has,
    textAt: (path) => (has(path) ? placeOf(path).textAt(path) : undefined),
    problem: (at, message, severity) => placeOf(at.path).problem(at, message, severity),
  };
}

/** Two documents are about the same thing when they name it alike. */
const identityOf = ({ value }: SourceDocument): string =>
  isObject(value) ? JSON.stringify([value['job'], value['connection']]) : '';

/** Undefined when the document does not say what it changes. */
const nameOf = ({ value }: SourceDocument): string | undefined => {
  const { job, connection } = isObject(value) ? value : {};
  if (connection === undefined) return undefined;
  return job === undefined ? `connection ${quote(connection)}` : `job ${quote(job)} of connection ${quote(connection)}`;
};

/**
 * Lays the documents of an environment over those without one, and leaves the documents of other environments out.
 *
 * Keys are merged, down to single mappings; lists and schedules are replaced. Later documents win.
 */
export function layerDocuments(documents: readonly SourceDocument[], environment: string | undefined): Layered {
  const diagnostics: Diagnostic[] = [];
  const known = environmentsOf(documents);
  const bases = documents.filter((document) => environmentOf(document) === undefined);
  const result = [...bases];
  for (const over of documents) {
    const name = environmentOf(over);
    if (name === undefined) continue;
    if (typeof name !== 'string' || !new RegExp(environmentWord.pattern).test(name)) {
      const message = `"environment" is ${quote(name)}. Use ${environmentWord.patternErrorMessage}.`;
      diagnostics.push(over.problem({ path: [KEY] }, message));
      continue;
    }
    if (name !== environment) continue;
    const index = result.findIndex((base) => identityOf(base) === identityOf(over));
    const base = result[index];
    if (base === undefined) {
      const subject = nameOf(over);
      const message =
        subject === undefined
          ? `The document says neither "connection:" nor "job:", so it is unclear what is different in ${quote(name)}. Add the name.`
          : `No document without "environment" declares the ${subject}, so there is nothing to change for ${quote(name)}. Declare it, or correct the name.`;
      diagnostics.push(over.problem({ path: [KEY] }, message));
    } else result[index] = layer(base, over);
  }
  if (environment !== undefined && !known.includes(environment)) {
    const [first] = documents;
    const message = `No document is for the environment ${quote(environment)}.${didYouMean(environment, known)} There are: ${listOf(known, 'and')}.`;
    if (first) diagnostics.push(first.problem({ path: [] }, message));
  }
  return { documents: result, diagnostics };
}
