import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Validator } from '@cfworker/json-schema';
import { Ajv } from 'ajv';
import { parseAllDocuments } from 'yaml';
import { blocksOf, PAGES } from '../docs/pages.ts';
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

test('a validator that shares no code with ours says the same of every example, page and bad file', () => {
  const schema = JSON.parse(
    readFileSync(new URL('../../config/schema/mooring.schema.json', import.meta.url), 'utf8'),
  ) as ConstructorParameters<typeof Validator>[0];
  const other = new Validator(schema, '7', false);
  const folder = new URL('./bad/', import.meta.url);
  const texts = [
    ...['acme.yaml', 'opportunity-sync.yaml'].map((name) =>
      readFileSync(new URL(`../../examples/acme/${name}`, import.meta.url), 'utf8'),
    ),
    ...PAGES.flatMap((page) => blocksOf(page, 'yaml')),
    ...readdirSync(folder).map((name) => readFileSync(new URL(name, folder), 'utf8')),
  ];
  const verdicts = { accepted: 0, refused: 0 };
  for (const text of texts) {
    // What is no YAML at all reaches no schema.
    const parsed = parseAllDocuments(text, { logLevel: 'silent' });
    if (parsed.some(({ errors }) => errors.length > 0)) continue;
    for (const document of parsed) {
      const value = plainOf(document);
      if (value === undefined) continue;
      const isValid = other.validate(value).valid;
      assert.equal(isValid, validate(value), text);
      verdicts[isValid ? 'accepted' : 'refused'] += 1;
    }
  }
  assert.ok(verdicts.accepted > 100 && verdicts.refused > 50, JSON.stringify(verdicts));
});

/** The value of a document, or undefined where an alias makes it none. */
function plainOf(document: ReturnType<typeof parseAllDocuments>[number]): unknown {
  try {
    return JSON.parse(JSON.stringify(document.toJS())) as unknown;
  } catch {
    return undefined;
  }
}
