import assert from 'node:assert/strict';
import { test } from 'node:test';
import { API_TOKEN_ROLES, LONGEST_TOKEN_LIFETIME_MS } from '../../domain/api-token.ts';
import { MOST_CANDIDATES } from '../../domain/company-resolution.ts';
import { blocksOf, codeRows, sectionOf, textOf } from './pages.ts';

const PAGE = 'docs/api.md';

test('docs/api.md lists the roles of tokens, and how long one lasts', () => {
  const listed = codeRows(sectionOf(PAGE, '## Tokens')).map(({ code }) => code);
  assert.deepEqual(listed, [...API_TOKEN_ROLES]);
  assert.ok(textOf(PAGE).includes(`ends after ${LONGEST_TOKEN_LIFETIME_MS / 86_400_000} days at most`));
});

test('docs/api.md shows each kind of answer once, as JSON', () => {
  const answers = blocksOf(PAGE, 'json').map((block) => (JSON.parse(block) as { status: string }).status);
  assert.deepEqual(answers, ['one', 'none', 'several']);
  assert.ok(textOf(PAGE).includes(`at most ${MOST_CANDIDATES} candidates`));
});
