import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { parseAllDocuments } from 'yaml';
import { publishedSchema } from '../../config/schema/published-schema.ts';

const validate = new Ajv({ strict: false }).compile(publishedSchema);
const documentsOf = (text: string): unknown[] => parseAllDocuments(text).map((document) => document.toJS() as unknown);

test('an editor accepts the examples', () => {
  for (const name of ['acme.yaml', 'opportunity-sync.yaml']) {
    const text = readFileSync(new URL(`../../examples/acme/${name}`, import.meta.url), 'utf8');
    for (const document of documentsOf(text))
      assert.ok(validate(document), `${name}: ${JSON.stringify(validate.errors)}`);
    assert.match(text, /^# yaml-language-server: \$schema=\.\.\/\.\.\/config\/schema\/mooring\.schema\.json\n/);
  }
});

test('an editor marks what the loader refuses by schema', () => {
  for (const name of [
    'misspelt-key',
    'literal-client-secret',
    'missing-upsert-key',
    'unknown-column-type',
    'unknown-version',
  ]) {
    const text = readFileSync(new URL(`./bad/${name}.yaml`, import.meta.url), 'utf8');
    assert.ok(
      documentsOf(text).some((document) => !validate(document)),
      name,
    );
  }
});
