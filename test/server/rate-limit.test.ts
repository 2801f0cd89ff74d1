import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRateLimit } from '../../server/rate-limit.ts';

test('a burst passes, then as many a second as allowed, for each key by itself', () => {
  let now = 0;
  const limit = createRateLimit({ perSecond: 2, burst: 3, now: () => now });
  assert.deepEqual(
    [1, 2, 3, 4].map(() => limit('a')),
    [0, 0, 0, 1],
  );
  assert.equal(limit('b'), 0);
  now += 500;
  assert.deepEqual([limit('a'), limit('a')], [0, 1]);
  now += 60_000;
  assert.deepEqual(
    [1, 2, 3, 4].map(() => limit('a')),
    [0, 0, 0, 1],
  );
});
