import type { ErrorObject } from 'ajv';
import { didYouMean, listOf, quote } from '../domain/did-you-mean.ts';
import { isSecretKey } from './mask-secrets.ts';
import type { JsonSchema } from './schema/json-schema.ts';
import { inYaml, valueHint } from './value-hint.ts';
import type { Path, SourceDocument } from './source-document.ts';

export interface SchemaMessage {
  readonly path: Path;
  readonly part: 'key' | 'value';
  readonly message: string;
}

/** Turns one error of the validator into a place and a sentence that says what is accepted instead. */
export function schemaMessage(error: ErrorObject, document: SourceDocument, root: JsonSchema): SchemaMessage {
  const path = error.instancePath.split('/').slice(1).map(unescape);
  const params = error.params as Readonly<Record<string, unknown>>;
  const at = (part: 'key' | 'value', message: string, extra: Path = []): SchemaMessage => ({
    path: [...path, ...extra],
    part,
    message,
  });
  // What stands under the key of a secret may be the secret, wherever it was put.
  const isSecret = path.some(isSecretKey);
  const written = () => (isSecret ? 'a value' : quote(document.textAt(path) ?? error.data));

  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(params['additionalProperty']);
      if (isSecret) return at('value', notReference(here(path)));
      return at('key', unknownKey(path, key, error.parentSchema as JsonSchema, root), [key]);
    }
    case 'required':
      return at('key', missingKey(path, String(params['missingProperty']), error.parentSchema as JsonSchema));
    case 'type':
    case 'minProperties':
    case 'maxProperties':
      return at('value', wrongShape(path, error, written));
    case 'enum':
      return at('value', notOneOf(path, error, written()));
    case 'pattern': {
      const use = (error.parentSchema as JsonSchema).patternErrorMessage ?? 'another value';
      if (error.propertyName !== undefined)
        return at('key', `${quote(error.propertyName)} cannot be a key here. Use ${use}.`, [error.propertyName]);
      if (isSecret) return at('value', `"${here(path)}" does not hold a name. Use ${use}.`);
      return at(
        'value',
        `${written()} is not accepted for "${here(path)}".${valueHint(here(path), error)} Use ${use}.`,
      );
    }
    case 'uniqueItems': {
      const index = Number(params['i']);
      return at('value', `${quote(itemAt(error.data, index))} stands twice in "${here(path)}". Remove one.`, [
        String(index),
      ]);
    }
    case 'maxItems':
      return at('value', `"${here(path)}" has more than ${String(params['limit'])} entries. Take some out.`);
    case 'minimum':
    case 'maximum': {
      const { minimum = '', maximum = '' } = error.parentSchema as JsonSchema;
      return at('value', `${written()} is not accepted for "${here(path)}". Use ${minimum} to ${maximum}.`);
    }
    case 'minItems':
    case 'minLength':
      return at('value', `"${here(path)}" is empty. Write a value, or remove the key.`);
    case 'maxLength':
      return at(
        'value',
        `${written()} is too long for "${here(path)}": at most ${String(params['limit'])} characters.`,
      );
    default:
      return at('value', `"${here(path)}" ${error.message ?? 'is not valid'}.`);
  }
}

const unescape = (step: string): string => step.replaceAll('~1', '/').replaceAll('~0', '~');

/** The nearest key above a value: items of a list are named after the list. */
const here = (path: Path): string => String(path.findLast((step) => !/^\d+$/.test(String(step))) ?? 'document');

const itemAt = (data: unknown, index: number): unknown =>
  Array.isArray(data) ? (data as unknown[])[index] : undefined;

function unknownKey(path: Path, key: string, schema: JsonSchema, root: JsonSchema): string {
  const known = Object.keys(schema.properties ?? {});
  if (key === '<<')
    return 'Merge keys ("<<") are not read. Write the keys out, or give the whole value an anchor (&name) and an alias (*name).';
  if (path.length === 1 && path[0] === 'jobs') {
    return `"jobs" changes jobs of the catalog, and ${quote(key)} is none of them: ${listOf(known)}.${didYouMean(key, known) || ' A job of your own is a document of its own, after a line "---", that starts with "job:".'}`;
  }
  if (path[0] === 'jobs' && key === 'source')
    return `"source" is not a key of "${here(path)}". Write "object" and "filter" without it, as keys of "${here(path)}" itself.`;
  const place = path.length === 0 ? `a ${(root.title ?? 'document').toLowerCase()}` : `"${here(path)}"`;
  const misplaced = didYouMean(key, known) === '' ? whereKnown(key, root) : undefined;
  const elsewhere = misplaced === undefined ? '' : ` It belongs under "${misplaced}".`;
  return `${quote(key)} is not a key of ${place}.${didYouMean(key, known) || elsewhere} Known: ${listOf(known, 'and')}.`;
}

/** A right word in the wrong place: the name of the block that has the key. */
function whereKnown(key: string, root: JsonSchema): string | undefined {
  return Object.entries(root.properties ?? {}).find(([, schema]) => Object.hasOwn(schema.properties ?? {}, key))?.[0];
}

function missingKey(path: Path, key: string, schema: JsonSchema): string {
  const example = schema.properties?.[key]?.examples?.[0];
  const shown = example === undefined ? '' : `, as in \`${key}: ${inYaml(example)}\``;
  return `${path.length === 0 ? 'The document' : `"${here(path)}"`} lacks the key "${key}". Add it${shown}.`;
}

function wrongShape(path: Path, error: ErrorObject, written: () => string): string {
  const schema = error.parentSchema as JsonSchema;
  const key = here(path);
  if (isReference(schema)) {
    const literal = typeof error.data !== 'object';
    if (literal && schema.type === 'object') {
      return `"${key}" is written literally, but files hold only where it lies. Write \`${key}: { env: NAME }\` or \`${key}: { file: PATH }\`, and replace the value that stood here if it was ever shared.`;
    }
    return notReference(key);
  }
  if (error.keyword === 'minProperties') return `"${key}" is empty. Write a value, or remove the key.`;
  if (error.keyword === 'maxProperties' && /^\d+$/.test(String(path.at(-1))))
    return `An entry of "${key}" has several keys. Write an entry for each, in the order in which they apply.`;
  const found =
    typeof error.data === 'object' && error.data !== null
      ? Array.isArray(error.data)
        ? 'a list'
        : 'a mapping'
      : error.data === null
        ? 'empty'
        : written();
  return `"${key}" is ${found}, but ${listOfTypes(schema)} is expected.${valueHint(here(path), error)}`;
}

const notReference = (key: string): string =>
  `"${key}" needs exactly one of "env" and "file", as in \`${key}: { env: NAME }\`.`;

const isReference = (schema: JsonSchema): boolean =>
  schema.properties?.['env'] !== undefined && schema.properties['file'] !== undefined;

function notOneOf(path: Path, error: ErrorObject, written: string): string {
  const values = ((error.parentSchema as JsonSchema).enum ?? []).flatMap((value) =>
    value === null ? [] : [String(value)],
  );
  if (here(path) === 'version') {
    return `${written} is not a version of this file format that this Mooring reads: it reads 1. Use a newer Mooring, or write \`version: 1\`.`;
  }
  const guess = typeof error.data === 'string' ? didYouMean(error.data, values) : '';
  return `${written} is not accepted for "${here(path)}".${guess} Use ${listOf(values)}.`;
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
  array: 'a list',
  object: 'a mapping of keys',
  null: 'null',
};

function listOfTypes(schema: JsonSchema): string {
  const types = typeof schema.type === 'string' ? [schema.type] : [...(schema.type ?? [])];
  return types.map((type) => TYPE_WORDS[type] ?? type).join(' or ');
}
