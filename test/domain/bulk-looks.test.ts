import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstLookMs, nextLookMs } from '../../domain/bulk-looks.ts';

/** Looks at a job that takes so long, and when the last of them was. */
function lookAt(jobMs: number, rows: number): { readonly looks: number; readonly noticedAtMs: number } {
  let at = firstLookMs(rows);
  let looks = 1;
  for (; at < jobMs; looks += 1) at += nextLookMs(at);
  return { looks, noticedAtMs: at };
}

test('a job of a million rows costs four looks at most when it takes half a minute, and is noticed within half of its time', () => {
  for (const jobMs of [1_000, 6_000, 10_000, 20_000]) {
    const { looks, noticedAtMs } = lookAt(jobMs, 1_000_000);
    assert.ok(looks <= 4, `${looks} looks at a job of ${jobMs} ms`);
    assert.ok(noticedAtMs <= Math.max(7_000, jobMs * 1.5), `noticed after ${noticedAtMs} ms`);
  }
});

test('a small job is noticed within a blink, and a job of hours is looked at every half minute', () => {
  assert.equal(lookAt(100, 12_000).noticedAtMs, 150);
  assert.equal(lookAt(100, 0).looks, 1);
  assert.equal(nextLookMs(3 * 3_600_000), 30_000);
  assert.equal(firstLookMs(50_000_000), 30_000);
});
