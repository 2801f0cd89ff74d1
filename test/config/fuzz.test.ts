import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadMutants, mutant } from './fuzz.ts';

test('random changes of configurations end in problems or in a configuration, never in a throw', () => {
  const { withProblems, whole } = loadMutants(1, 400);
  assert.ok(withProblems > 200 && whole > 0, `${withProblems} with problems, ${whole} without`);
});

test('a mutant is the same whenever it is made', () => {
  assert.equal(mutant(7), mutant(7));
  assert.notEqual(mutant(7), mutant(8));
});
