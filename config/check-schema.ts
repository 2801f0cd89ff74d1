import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { Diagnostic } from './diagnostic.ts';
import { didYouMean } from '../domain/did-you-mean.ts';
import { schemaMessage } from './schema-message.ts';
import { connectionSchema, type WrittenConnection } from './schema/connection.ts';
import { jobSchema, type WrittenJob } from './schema/job.ts';
import type { JsonSchema } from './schema/json-schema.ts';
import type { Path, SourceDocument } from './source-document.ts';
import { withoutPaths } from './without-paths.ts';

/** What is left of a document after its faulty parts were reported and taken out. */
export type CheckedDocument = {
  readonly document: SourceDocument;
  /** What was taken out: whatever else seems wrong there follows from it. */
  readonly faulty: readonly Path[];
} & (
  | { readonly kind: 'connection'; readonly written: WrittenConnection }
  | { readonly kind: 'job'; readonly written: WrittenJob }
);

export interface SchemaCheck {
  readonly checked?: CheckedDocument;
  readonly diagnostics: readonly Diagnostic[];
}

const ajv = new Ajv({ allErrors: true, verbose: true, allowUnionTypes: true, strict: true });
ajv.addVocabulary(['patternErrorMessage']);
const VALIDATORS: Readonly<Record<'connection' | 'job', ValidateFunction>> = {
  connection: ajv.compile(connectionSchema),
  job: ajv.compile(jobSchema),
};
const SCHEMAS: Readonly<Record<'connection' | 'job', JsonSchema>> = { connection: connectionSchema, job: jobSchema };

/** A job document has both keys. */
const KINDS = ['job', 'connection'] as const;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Checks one document against the schema of its kind, which its keys decide, and returns every problem. */
export function checkSchema(document: SourceDocument): SchemaCheck {
  const { value } = document;
  if (!isObject(value)) {
    const message = 'A document is a list of keys that starts with "connection:" or "job:".';
    return { diagnostics: [document.problem({ path: [] }, message)] };
  }
  const keys = Object.keys(value);
  const kind = KINDS.find((key) => keys.includes(key));
  if (kind === undefined) {
    const misspelt = keys.find((key) => didYouMean(key, KINDS) !== '') ?? keys[0] ?? '';
    const message = `The document says neither "connection:" nor "job:", so it is unclear what it declares.${didYouMean(misspelt, KINDS)} Start it with one of them.`;
    return { diagnostics: [document.problem({ path: keys.length === 0 ? [] : [misspelt], part: 'key' }, message)] };
  }
  const validate = VALIDATORS[kind];
  const errors = validate(value) ? [] : relevant(validate.errors ?? []);
  const diagnostics = errors.map((error) => {
    const { path, part, message } = schemaMessage(error, document, SCHEMAS[kind]);
    return document.problem({ path, part }, message);
  });
  const faulty = errors.map(faultyPath);
  const written = withoutPaths(value, faulty);
  // The validator has just proved the shape of what is left; the compiler cannot see that.
  const checked: CheckedDocument =
    kind === 'job'
      ? { kind, document, faulty, written: written as WrittenJob }
      : { kind, document, faulty, written: written as WrittenConnection };
  return { checked, diagnostics };
}

/** `propertyNames` repeats the error of its pattern; of several errors about one value the first says enough. */
function relevant(errors: readonly ErrorObject[]): ErrorObject[] {
  const seen = new Set<string>();
  return errors.filter((error) => {
    if (error.keyword === 'propertyNames') return false;
    const place = `${faultyPath(error).join('/')} ${error.keyword === 'required' ? 'required' : ''}`;
    if (seen.has(place)) return false;
    seen.add(place);
    return true;
  });
}

/** Where the faulty key or value stands; for a missing key, where it would stand. */
function faultyPath({ instancePath, keyword, params, propertyName }: ErrorObject): Path {
  const path = stepsOf(instancePath);
  const named = params as Readonly<Record<string, unknown>>;
  if (keyword === 'additionalProperties') return [...path, String(named['additionalProperty'])];
  if (keyword === 'required') return [...path, String(named['missingProperty'])];
  return propertyName === undefined ? path : [...path, propertyName];
}

const stepsOf = (jsonPointer: string): string[] =>
  jsonPointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
