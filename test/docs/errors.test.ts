import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRORS } from '../../domain/errors.ts';
import { codeRows, sectionOf, textOf } from './pages.ts';

const PAGE = 'docs/errors.md';

test('docs/errors.md has one heading per error code, and no other', () => {
  const headings = [...textOf(PAGE).matchAll(/^## (\w+)$/gm)].map(([, code]) => code);
  assert.deepEqual(headings.sort(), Object.keys(ERRORS).sort());
});

test('docs/errors.md says of every code whose turn it is, as the table of codes does, and what to do', () => {
  for (const [code, recovery] of Object.entries(ERRORS)) {
    const section = sectionOf(PAGE, `## ${code}`);
    assert.ok(section.startsWith(`\n\`${recovery}\` · who: `), `${code} is for "${recovery}"`);
    assert.match(section, /^\*\*Do:\*\* \S[^]*?\.\n/m, code);
  }
});

test('docs/errors.md explains every kind of recovery', () => {
  const explained = codeRows(textOf(PAGE)).map(({ code }) => code);
  for (const recovery of new Set(Object.values(ERRORS))) assert.ok(explained.includes(recovery), recovery);
});

test('docs/errors.md lists the codes of rejects that the statements of a page give', () => {
  const given = [
    ...textOf('adapters/postgres/reject-statement.ts').matchAll(/code: '([A-Z_]+)'/g),
    ...textOf('adapters/postgres/reject-rows.ts').matchAll(/literal\('([A-Z_]+)'\)\} AS code/g),
  ].map(([, code]) => code);
  const listed = codeRows(sectionOf(PAGE, '## Codes of rejects')).map(({ code }) => code);
  assert.deepEqual(listed.sort(), [...new Set(given)].sort());
});
