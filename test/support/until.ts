import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { birthOf } from '../../services/process-identity.ts';

/** Resolves as soon as the condition holds; fails the test when it does not within `timeoutMs`. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 60_000,
  everyMs = 20,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) assert.fail(`Waited ${timeoutMs} ms in vain until ${what}.`);
    await delay(everyMs);
  }
}

export const untilGone = (pid: number): Promise<void> =>
  until(`process ${pid} is gone`, async () => (await birthOf(pid)) === undefined);
