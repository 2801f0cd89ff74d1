import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTurns } from '../../workflows/turns.ts';
import { gate } from './fake-activities.ts';

test('work happens one piece at a time, in the order in which it was asked for', async () => {
  const { take } = createTurns();
  const log: string[] = [];
  const { open, opened } = gate();
  const first = take(async () => {
    log.push('first begins');
    await opened;
    log.push('first ends');
  });
  const second = take(async () => void log.push('second'));
  const third = take(async () => void log.push('third'));
  await Promise.resolve();
  assert.deepEqual(log, ['first begins']);
  open();
  await Promise.all([first, second, third]);
  assert.deepEqual(log, ['first begins', 'first ends', 'second', 'third']);
});

test('a turn returns what its work returns, and throws what it throws, without stopping the next', async () => {
  const { take } = createTurns();
  const failed = take(() => Promise.reject(new Error('broken')));
  const next = take(async () => 42);
  await assert.rejects(failed, /broken/);
  assert.equal(await next, 42);
});

test('turns are idle before the first and once the last has ended, well or not', async () => {
  const { take, idle } = createTurns();
  assert.equal(idle(), true);
  const { open, opened } = gate();
  const first = take(() => opened);
  const second = take(() => Promise.reject(new Error('broken')));
  assert.equal(idle(), false);
  open();
  await first;
  await assert.rejects(second);
  assert.equal(idle(), true);
});
