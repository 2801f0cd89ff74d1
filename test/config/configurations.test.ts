import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isError } from '../../config/diagnostic.ts';
import { loadTexts } from '../../config/load-config.ts';
import { canonical } from '../../domain/same-value.ts';
import { configurations, yamlOf } from './configurations.ts';
import { IN_MEMORY } from './deployed-world.ts';
import { CONFIGURATION_KEYS, withoutKey, writtenKeys, type Document } from './schema-keys.ts';

const samples = fc.sample(configurations(IN_MEMORY), { numRuns: 1_000, seed: 20261123 });

test('the generated configurations hold every key of the schema, and every value of those that have a few', () => {
  const written = new Set(
    samples.flatMap(({ documents }) => documents.flatMap(writtenKeys).flatMap(({ names }) => names)),
  );
  const missing = [...CONFIGURATION_KEYS].flatMap(([path, schema]) =>
    [path, ...(schema.enum ?? []).map((value) => `${path} = ${String(value)}`)].filter((each) => !written.has(each)),
  );
  assert.deepEqual(missing, []);
});

test('every rule accepts the generated configurations', () => {
  for (const sample of samples.slice(0, 200)) {
    const { diagnostics } = loadTexts([{ file: 'acme.yaml', text: yamlOf(sample) }]);
    assert.deepEqual(diagnostics.filter(isError), [], yamlOf(sample));
  }
});

/** What the documents deploy, or what is wrong with them; in either case as text. */
function outcome(documents: readonly Document[]): string {
  const { connections, diagnostics } = loadTexts([{ file: 'acme.yaml', text: yamlOf({ documents }) }]);
  const errors = diagnostics.filter(isError).map(({ message }) => message);
  return errors.length > 0 ? errors.join('\n') : canonical(connections);
}

/** Says how the file is to be read; another version than the one that is the default is refused. */
const WITHOUT_EFFECT = ['connection version', 'job version'];

test('no key is accepted and then forgotten: without it something else is deployed, or it is missed', () => {
  const open = new Set(CONFIGURATION_KEYS.keys());
  for (const { documents } of samples) {
    const before = open.size === WITHOUT_EFFECT.length ? '' : outcome(documents);
    for (const [index, document] of documents.entries()) {
      for (const { names, place } of writtenKeys(document)) {
        const [name = ''] = names;
        if (!open.has(name) || WITHOUT_EFFECT.includes(name)) continue;
        if (outcome(documents.with(index, withoutKey(document, place))) !== before) open.delete(name);
      }
    }
    if (open.size === WITHOUT_EFFECT.length) break;
  }
  assert.deepEqual([...open], WITHOUT_EFFECT);
});
