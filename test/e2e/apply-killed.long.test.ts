import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MOST_STEPS, startKilling } from './apply-killed.ts';

test('an apply that is killed at any step is brought to its end by the next one', async (context) => {
  const { killAndConverge } = await startKilling();
  let step = 1;
  while (await killAndConverge(step)) {
    step += 1;
    assert.ok(step < MOST_STEPS, 'an apply ends');
  }
  context.diagnostic(`killed at each of ${step - 1} steps`);
  assert.ok(step > 40, `an apply sends ${step - 1} times at least`);
});
