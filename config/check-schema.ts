import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { Diagnostic } from './diagnostic.ts';
import { schemaMessage } from './schema-message.ts';
import { connectionSchema, type WrittenConnection } from './schema/connection.ts';
import { jobSchema, type WrittenJob } from './schema/job.ts';
import type { JsonSchema } from './schema/json-schema.ts';
import type { Path, SourceDocument } from './source-document.ts';
import { withoutPaths } from './without-paths.ts';

/** What is left of a document after its faulty parts were reported and taken out. */
export type CheckedDocument =
  | { readonly kind: 'connection'; readonly document: SourceDocument; readonly written: WrittenConnection }
  | { readonly kind: 'job'; readonly document: SourceDocument; readonly written: WrittenJob };

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

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Checks one document against the schema of its kind, which its keys decide, and returns every problem. */
export function checkSchema(document: SourceDocument): SchemaCheck {
  const { value } = document;
  if (!isObject(value)) {
    return {
      diagnostics: [
        document.problem({ path: [] }, 'A document is a list of keys that starts with "connection:" or "job:".'),
      ],
    };
  }
  if (!Object.hasOwn(value, 'job') && !Object.hasOwn(value, 'connection')) {
    const message =
      'The document says neither "connection:" nor "job:", so it is unclear what it declares. Start it with one of them.';
    return { diagnostics: [document.problem({ path: [], part: 'key' }, message)] };
  }
  const kind = Object.hasOwn(value, 'job') ? 'job' : 'connection';
  const validate = VALIDATORS[kind];
  if (validate(value)) return { checked: asChecked(kind, document, value), diagnostics: [] };

  const errors = relevant(validate.errors ?? []);
  const diagnostics = errors.map((error) => {
    const { path, part, message } = schemaMessage(error, document, SCHEMAS[kind]);
    return document.problem({ path, part }, message);
  });
  const rest = withoutPaths(value, errors.map(faultyPath));
  return { checked: asChecked(kind, document, rest), diagnostics };
}

// The validator has just proved the shape; the compiler cannot see that.
const asChecked = (kind: 'connection' | 'job', document: SourceDocument, value: unknown): CheckedDocument =>
  kind === 'job'
    ? { kind, document, written: value as WrittenJob }
    : { kind, document, written: value as WrittenConnection };

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
export function faultyPath({ instancePath, keyword, params, propertyName }: ErrorObject): Path {
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
