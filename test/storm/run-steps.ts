import assert from 'node:assert/strict';
import type { ScheduleHandle } from '@temporalio/client';
import { jobScheduleId } from '../../domain/names.ts';
import type { SyncResult } from '../../workflows/sync-run.ts';
import { hasCode } from '../errors.ts';
import { until } from '../support/until.ts';
import {
  isAccessUsable,
  isGrantUsable,
  runsEnd,
  stateBecomes,
  type Expected,
  type Step,
  type Storm,
} from './connection-storm.ts';
import { loadedPagesOf } from './stored.ts';

const PRESS_AGAIN_MS = 15_000;

/** The job that steps run. */
export const JOB = 'user-sync';

export const wakeZombie: Step = {
  name: 'a zombie begins a run',
  isPossible: (expected) => expected.state !== 'active' || isAccessUsable(expected),
  async run({ zombie, connection, world }, expected) {
    const before = await loadedPagesOf(world.pool, connection);
    const hasBegun = await zombie.begin();
    assert.equal(hasBegun, expected.state === 'active');
    if (hasBegun) expected.zombie = 'current';
    assert.equal(await loadedPagesOf(world.pool, connection), before);
  },
};

export const commitAsZombie: Step = {
  name: 'the zombie commits its page',
  isPossible: ({ zombie }) => zombie === 'current' || zombie === 'fenced',
  async run({ zombie, connection, world }, expected) {
    const before = await loadedPagesOf(world.pool, connection);
    // While Salesforce cannot be told of a revoke, a zombie may read on. What it reads goes nowhere.
    if (expected.state === 'revoked' && !expected.isRevokeEndpointDown)
      await until('its token is dead', async () => !(await zombie.canStillRead()), 120_000);
    if (expected.zombie === 'fenced') {
      await assert.rejects(zombie.commit(), hasCode('FENCED'));
      assert.equal(await loadedPagesOf(world.pool, connection), before);
      return;
    }
    await zombie.commit();
    expected.zombie = 'spent';
    assert.equal(await loadedPagesOf(world.pool, connection), before + 1);
  },
};

/** Waits for what a run that was let go comes to, and brings `expected` up to date. */
export async function afterRun(storm: Storm, expected: Expected): Promise<void> {
  if (!isAccessUsable(expected) && expected.isTokenEndpointDown) {
    expected.waitingRun = 'for Salesforce';
    return;
  }
  if (isAccessUsable(expected) || isGrantUsable(expected)) {
    await runsEnd(storm);
    Object.assign(expected, { accessLives: true, waitingRun: undefined });
    return;
  }
  await stateBecomes(storm, 'reauthorization_required');
  Object.assign(expected, { state: 'reauthorization_required', grantLives: false, accessLives: false });
  expected.waitingRun = 'for a person';
}

export const runByHand: Step = {
  name: 'a run by hand',
  isPossible: ({ waitingRun }) => waitingRun === undefined,
  async run(storm, expected) {
    const { world, connection } = storm;
    const asked = world.mooring.runJobs(connection.name, { jobs: [JOB] });
    if (expected.state !== 'active') {
      await assert.rejects(asked, hasCode('REFUSED'));
      return;
    }
    await asked;
    await afterRun(storm, expected);
  },
};

const startsOf = async (schedule: ScheduleHandle) => (await schedule.describe()).info.recentActions;

/** Somebody presses the button of the Web UI, paused or not; again when Temporal forgot it over a pause of the same moment. */
async function pressUntilItStarts(schedule: ScheduleHandle, before: number): Promise<void> {
  let pressedAt = 0;
  await until('the schedule has started a sync', async () => {
    if ((await startsOf(schedule)).length > before) return true;
    if (Date.now() - pressedAt > PRESS_AGAIN_MS) {
      await schedule.trigger('SKIP');
      pressedAt = Date.now();
    }
    return false;
  });
}

export const runBySchedule: Step = {
  name: 'a run by schedule',
  isPossible: ({ boundTo, waitingRun }) => boundTo !== undefined && waitingRun === undefined,
  async run(storm, expected) {
    const { client } = storm.world.temporal;
    const schedule = client.schedule.getHandle(jobScheduleId(storm.connection.name, JOB));
    const before = (await startsOf(schedule)).length;
    await pressUntilItStarts(schedule, before);
    const started = (await startsOf(schedule)).at(-1);
    assert.ok(started?.action.type === 'startWorkflow');
    const { workflowId, firstExecutionRunId } = started.action.workflow;
    const handle = client.workflow.getHandle(workflowId, firstExecutionRunId);
    if (expected.state !== 'active') {
      const { jobs } = (await handle.result()) as SyncResult;
      assert.deepEqual(new Set(jobs.map(({ status }) => status)), new Set(['skipped']));
      return;
    }
    await afterRun(storm, expected);
    if (expected.waitingRun === undefined) await handle.result();
  },
};
