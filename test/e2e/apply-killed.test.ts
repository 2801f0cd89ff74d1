import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startKilling } from './apply-killed.ts';

/** Spread over an apply: while it asks, while it changes tables, while it tells the workflow. All steps are tried by the long test. */
const SAMPLE = [12, 45, 70];

test('an apply that is killed is brought to its end by the next one', async () => {
  const { killAndConverge } = await startKilling();
  const killed: boolean[] = [];
  for (const step of SAMPLE) killed.push(await killAndConverge(step));
  assert.ok(killed.filter(Boolean).length >= 2, `killed: ${killed.join(', ')}`);
});
