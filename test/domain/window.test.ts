import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modeOf, nextWatermark, OVERLAP_MS } from '../../domain/window.ts';

const NOW = '2026-01-05T10:00:00.000Z';
const before = (ms: number): string => new Date(Date.parse(NOW) - ms).toISOString();

test('the watermark stays behind the org’s clock', () => {
  assert.equal(nextWatermark(NOW, undefined), before(OVERLAP_MS));
  assert.equal(nextWatermark(NOW, NOW), before(OVERLAP_MS));
});

test('a long transaction holds the watermark back', () => {
  assert.equal(nextWatermark(NOW, before(3_600_000)), before(3_600_000));
});

test('the watermark is an instant in UTC, whatever zone Salesforce answers in', () => {
  assert.equal(nextWatermark('2026-01-05T11:00:00.000+01:00', undefined), before(OVERLAP_MS));
});

test('only a stamped object with a watermark is read incrementally', () => {
  assert.equal(modeOf(undefined, undefined, 'SystemModstamp'), 'full');
  assert.equal(modeOf('incremental', undefined, 'SystemModstamp'), 'full');
  assert.equal(modeOf(undefined, NOW, 'SystemModstamp'), 'incremental');
  for (const asked of ['full', 'reconcile', 'backfill', 'retry'] as const)
    assert.equal(modeOf(asked, NOW, 'SystemModstamp'), asked);
});
