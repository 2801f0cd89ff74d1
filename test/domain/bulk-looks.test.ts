import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstLookMs, nextLookMs } from '../../domain/bulk-looks.ts';

interface Job {
  readonly ms: number;
  readonly rows: number;
  /** Rows that the org says it has got together after so much time; absent for one that says nothing. */
  readonly processedAt?: (elapsedMs: number) => number;
}

/** Looks at a job that takes so long, and when the last of them was. */
function lookAt({ ms, rows, processedAt }: Job): { readonly looks: number; readonly noticedAtMs: number } {
  let at = firstLookMs(rows);
  let looks = 1;
  for (; at < ms; looks += 1) at += nextLookMs({ elapsedMs: at, expected: rows, processed: processedAt?.(at) });
  return { looks, noticedAtMs: at };
}

const MILLION = 1_000_000;

test('a job of a million rows that tells nothing costs four looks at most when it takes half a minute, and is noticed within half of its time', () => {
  for (const ms of [1_000, 6_000, 10_000, 20_000]) {
    const { looks, noticedAtMs } = lookAt({ ms, rows: MILLION });
    assert.ok(looks <= 5, `${looks} looks at a job of ${ms} ms`);
    assert.ok(noticedAtMs <= Math.max(5_000, ms * 1.5), `noticed after ${noticedAtMs} ms`);
  }
});

test('a job that tells how far it is gets looked at when it should be done', () => {
  for (const ms of [5_500, 12_000, 60_000]) {
    const steady = (elapsedMs: number): number => (MILLION * elapsedMs) / ms;
    const { looks, noticedAtMs } = lookAt({ ms, rows: MILLION, processedAt: steady });
    assert.ok(looks <= 4, `${looks} looks at a job of ${ms} ms`);
    assert.ok(noticedAtMs <= ms * 1.1, `a job of ${ms} ms is noticed after ${noticedAtMs} ms`);
  }
});

test('a job whose progress jumps, stands still or goes beyond what was announced costs few looks all the same', () => {
  const ms = 600_000;
  const jumps = (elapsedMs: number): number => 250_000 * Math.ceil((4 * elapsedMs) / ms);
  const stands = (): number => 10;
  const beyond = (): number => 2 * MILLION;
  for (const processedAt of [jumps, stands, beyond]) {
    const { looks, noticedAtMs } = lookAt({ ms, rows: MILLION, processedAt });
    assert.ok(looks <= 60, `${looks} looks`);
    assert.ok(noticedAtMs <= ms + 31_000, `noticed after ${noticedAtMs} ms`);
  }
});

test('a small job is noticed within a blink, and a job of hours is looked at every half minute', () => {
  assert.equal(lookAt({ ms: 100, rows: 12_000 }).noticedAtMs, 150);
  assert.equal(lookAt({ ms: 100, rows: 0 }).looks, 1);
  assert.equal(nextLookMs({ elapsedMs: 3 * 3_600_000 }), 30_000);
  assert.equal(firstLookMs(50_000_000), 30_000);
});
