import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findProblems } from './find-problems.ts';

const tap = (lines: readonly string[], totals: Readonly<Record<string, number>>): string =>
  [...lines, ...Object.entries(totals).map(([name, count]) => `# ${name} ${count}`)].join('\n');

test('a run in which every test passed has no problems', () => {
  assert.deepEqual(
    findProblems(tap(['ok 1 - adds # 1 to 2'], { tests: 1, pass: 1, fail: 0, cancelled: 0, skipped: 0 }), 0),
    [],
  );
});

test('a run without a single test is a problem', () => {
  assert.deepEqual(findProblems(tap([], { tests: 0 }), 0), ['No test ran.']);
});

test('skipped and todo tests are named', () => {
  const problems = findProblems(
    tap(['    ok 1 - is slow # SKIP', 'not ok 2 - is new # TODO later'], { tests: 2, skipped: 1, todo: 1 }),
    0,
  );
  assert.equal(problems.length, 1);
  assert.match(problems[0] ?? '', /"is slow", "is new"/);
});

test('failed, cancelled and crashed runs are problems', () => {
  assert.equal(findProblems(tap([], { tests: 3, fail: 1, cancelled: 1 }), 1)[0], 'Tests that failed: 2.');
  assert.equal(findProblems(tap([], { tests: 3, fail: 0 }), 7)[0], 'The test runner ended with status 7.');
});
