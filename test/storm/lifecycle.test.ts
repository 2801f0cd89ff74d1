import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whenTestsEnd } from '../support/when-tests-end.ts';
import { assertNothingLeaked } from './canary.ts';
import { startRestartableWorker } from './connection-storm.ts';
import { isRepeated, runStorms } from './run-storms.ts';
import { startWorld } from './world.ts';

const world = await startWorld();
const worker = await startRestartableWorker(world);
whenTestsEnd(() => worker.stop());

test('after every step of 15 random sequences one live grant at most, of the bound org, and no page after a revoke', async () => {
  const states = await runStorms(world, worker, { sequences: 15, longest: 12, seed: 20_261_123 });
  if (isRepeated) return;
  assert.deepEqual([...states].sort(), ['active', 'awaiting_authorization', 'reauthorization_required', 'revoked']);
});

test('nothing secret can be read anywhere after the storms', () => assertNothingLeaked(world));
