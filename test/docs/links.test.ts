import assert from 'node:assert/strict';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, normalize, resolve } from 'node:path';
import { test } from 'node:test';
import { PAGES, proseOf, textOf } from './pages.ts';

const project = resolve(import.meta.dirname, '../..');

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): Set<string> {
  const seen = new Map<string, number>();
  const anchors = [...proseOf(page).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => {
    const slug = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times === 0 ? slug : `${slug}-${times}`;
  });
  return new Set(anchors);
}

test('every link between pages leads to a file, and to a heading where it names one', () => {
  let links = 0;
  for (const page of PAGES) {
    for (const [, target = ''] of proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      links += 1;
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : normalize(join(page, '..', path));
      assert.ok(existsSync(join(project, file)), `${page} links to "${target}"`);
      if (anchor !== undefined) assert.ok(anchorsOf(file).has(anchor), `${page} links to "${target}"`);
    }
  }
  assert.ok(links > 20);
});

test('every decision is listed in the index, once, and says when and what was rejected', () => {
  const index = textOf('docs/decisions/README.md');
  const files = readdirSync(join(project, 'docs/decisions')).filter((name) => name !== 'README.md');
  assert.ok(files.length > 0);
  for (const name of files) {
    assert.match(name, /^\d{4}-[a-z0-9-]+\.md$/);
    assert.equal(index.split(`(${name})`).length - 1, 1, name);
    const text = textOf(`docs/decisions/${name}`);
    assert.match(text, /^# .+\n\n\d{4}-\d{2}-\d{2}\n/, `${name} begins with a title and a date`);
    for (const heading of ['## Decision', '## Why', '## Rejected'])
      assert.ok(text.includes(`\n${heading}\n`), `${name}: ${heading}`);
  }
});

test('docs/architecture.md names every folder of the project', () => {
  const listed = [...textOf('docs/architecture.md').matchAll(/^\| `(\w+)\/` \|/gm)].map(([, name]) => name);
  const made = ['node_modules', 'dist'];
  const folders = readdirSync(project).filter(
    (name) => !name.startsWith('.') && !made.includes(name) && statSync(join(project, name)).isDirectory(),
  );
  assert.deepEqual(listed.sort(), folders.sort());
});

test('every page that the code refers to exists', () => {
  const folders = [
    'activities',
    'adapters',
    'cli',
    'config',
    'domain',
    'emulator',
    'migrations',
    'server',
    'services',
    'workflows',
  ];
  let references = 0;
  for (const folder of folders) {
    for (const name of readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' })) {
      if (!/\.(ts|sql|yaml)$/.test(name)) continue;
      for (const [path] of textOf(`${folder}/${name}`).matchAll(/\bdocs\/[\w/-]+\.md/g)) {
        references += 1;
        assert.ok(existsSync(join(project, path)), `${folder}/${name} refers to ${path}`);
      }
    }
  }
  assert.ok(references > 0);
});
