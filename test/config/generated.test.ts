import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { format, resolveConfig } from 'prettier';
import { configurationPage, SECTIONS } from '../../config/configuration-page.ts';
import { connectionSchema } from '../../config/schema/connection.ts';
import { jobSchema } from '../../config/schema/job.ts';
import { publishedSchema } from '../../config/schema/published-schema.ts';
import { below } from './schema-keys.ts';

// With MOORING_UPDATE=1 this file writes what it otherwise compares.
const SCHEMA = new URL('../../config/schema/mooring.schema.json', import.meta.url);
const PAGE = new URL('../../docs/configuration.md', import.meta.url);

function compare(file: URL, text: string): void {
  if (process.env['MOORING_UPDATE'] === '1') writeFileSync(file, text);
  assert.equal(
    readFileSync(file, 'utf8'),
    text,
    'Run this test once with MOORING_UPDATE=1 and look at the difference.',
  );
}

const all = [...below(connectionSchema), ...below(jobSchema)];

test('the published schema is current', async () => {
  const options = await resolveConfig(SCHEMA);
  compare(SCHEMA, await format(JSON.stringify(publishedSchema), { ...options, parser: 'json' }));
});

test('docs/configuration.md is current', () => {
  compare(PAGE, configurationPage());
});

test('every key has a description that ends as a sentence', () => {
  for (const [path, { properties }] of all) {
    for (const [key, { description }] of Object.entries(properties ?? {})) {
      assert.match(description ?? '', /^[A-Z`].*\.$/, `${path}.${key}`);
    }
  }
});

test('every key has an example, and the first one is valid', () => {
  const ajv = new Ajv({ strict: false });
  for (const { title, schema } of SECTIONS) {
    for (const [key, property] of Object.entries(schema.properties ?? {})) {
      const [example] = property.examples ?? [];
      assert.notEqual(example, undefined, `${title}: ${key}`);
      assert.ok(ajv.validate(property, example), `${title}: ${key}: ${ajv.errorsText()}`);
    }
  }
});

test('every object says which keys it has, and refuses others', () => {
  for (const [path, { properties, additionalProperties }] of all) {
    if (properties !== undefined) assert.equal(additionalProperties, false, path);
  }
});

test('every pattern says in words what it accepts', () => {
  for (const [path, { pattern, patternErrorMessage, propertyNames }] of all) {
    if (pattern !== undefined) assert.ok(patternErrorMessage, path);
    if (propertyNames?.pattern !== undefined) assert.ok(propertyNames.patternErrorMessage, path);
  }
});

test('every block of keys has its section in docs/configuration.md', () => {
  const described = new Set(SECTIONS.map(({ schema }) => schema.properties));
  for (const [path, { properties }] of all) {
    if (properties !== undefined) assert.ok(described.has(properties), path);
  }
});
