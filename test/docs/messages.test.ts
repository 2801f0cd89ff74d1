import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { SEARCH_ATTRIBUTES } from '../../domain/names.ts';
import * as messages from '../../workflows/messages.ts';
import { codeRows, sectionOf, textOf } from './pages.ts';

const project = resolve(import.meta.dirname, '../..');

const named = (type: 'signal' | 'update' | 'query'): string[] =>
  Object.values(messages)
    .filter((message) => message.type === type)
    .map(({ name }) => name)
    .sort();

for (const [type, heading] of [
  ['signal', '### Signals'],
  ['update', '### Updates'],
  ['query', '### Queries'],
] as const) {
  test(`docs/operate.md lists every ${type} of a connection, and no other`, () => {
    const listed = codeRows(sectionOf('docs/operate.md', heading)).map(({ code }) => code);
    assert.deepEqual(listed.sort(), named(type));
  });
}

test('docs/architecture.md lists every message of a connection, and no other', () => {
  const section = sectionOf('docs/architecture.md', '### Messages of a connection');
  const listed = [...section.matchAll(/^\| (signal|update|query) \| `(\w+)` \|/gm)].map(
    ([, type, name]) => `${type} ${name}`,
  );
  const existing = (['signal', 'update', 'query'] as const).flatMap((type) =>
    named(type).map((name) => `${type} ${name}`),
  );
  assert.deepEqual(listed.sort(), existing.sort());
});

test('docs/architecture.md lists every workflow type, and no other', () => {
  const exported = [...textOf('workflows/index.ts').matchAll(/export \{ (\w+) \}/g)].map(([, name]) => name);
  const listed = codeRows(sectionOf('docs/architecture.md', '## Workflows')).map(({ code }) => code);
  assert.deepEqual(listed.sort(), exported.sort());
});

test('docs/operate.md names every search attribute', () => {
  for (const name of SEARCH_ATTRIBUTES) assert.ok(textOf('docs/operate.md').includes(name), name);
});

test('docs/operate.md explains every environment variable of ours', () => {
  const explained = sectionOf('docs/operate.md', '### Environment');
  const folders = ['adapters', 'cli', 'server', 'services'];
  const files = folders.flatMap((folder) =>
    readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${folder}/${name}`),
  );
  const read = new Set(
    files.flatMap((file) => [...textOf(file).matchAll(/\b(MOORING_[A-Z]+|DATABASE_URL)\b/g)].map(([name]) => name)),
  );
  assert.ok(read.size > 3);
  for (const name of read) assert.ok(explained.includes(`\`${name}\``), name);
});
