import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBudgetSpent, readLimitInfo } from '../../domain/api-budget.ts';

test('the usage is read out of the header, whatever else it says', () => {
  assert.deepEqual(readLimitInfo('api-usage=18/5000'), { used: 18, allowed: 5_000 });
  assert.deepEqual(readLimitInfo('api-usage=25/5000; per-app-api-usage=17/250(appName=sample-app)'), {
    used: 25,
    allowed: 5_000,
  });
  assert.equal(readLimitInfo('per-app-api-usage=17/250(appName=x)'), undefined);
  assert.equal(readLimitInfo(undefined), undefined);
});

test('nine tenths of the calls are for jobs, the rest is for others', () => {
  assert.equal(isBudgetSpent({ used: 4_499, allowed: 5_000 }), false);
  assert.equal(isBudgetSpent({ used: 4_500, allowed: 5_000 }), true);
  assert.equal(isBudgetSpent({ used: 2_499, allowed: 5_000 }, 50), false);
  assert.equal(isBudgetSpent({ used: 2_500, allowed: 5_000 }, 50), true);
  assert.equal(isBudgetSpent({ used: 4_999, allowed: 5_000 }, 100), false);
  assert.equal(isBudgetSpent({ used: 0, allowed: 0 }), false, 'an org that says nothing of use');
});
