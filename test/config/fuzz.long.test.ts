import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadMutants } from './fuzz.ts';

const MEGABYTE = 1024 * 1024;

test('twenty thousand mutants neither throw nor fill the memory', () => {
  const { withProblems } = loadMutants(1_000, 20_000);
  assert.ok(withProblems > 10_000);
  assert.ok(process.memoryUsage().heapUsed < 500 * MEGABYTE);
});
