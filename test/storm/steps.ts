import assert from 'node:assert/strict';
import { assertInvariants, personOf, runsEnd, type Expected, type Step, type Storm } from './connection-storm.ts';
import { abandon, allow, allowWhileAway, deny, forge, loseAnswer, replay, stealCallback } from './consent-steps.ts';
import { commitAsZombie, JOB, runByHand, runBySchedule, wakeZombie } from './run-steps.ts';
import { letLeaseAge } from './stored.ts';
import {
  expireSessions,
  freeze,
  reauthorize,
  restartWorker,
  revoke,
  revokeAll,
  toggleRevokeEndpoint,
  toggleTokenEndpoint,
} from './trouble-steps.ts';
import { setWeather } from './weather.ts';

/** Mostly somebody authorizes first: little can happen to a connection before. */
export const FIRST_STEPS: readonly Step[] = [allow('ann'), allow('ann'), allow('ben'), allow('eve'), abandon];

/** Everything that may happen to a connection, what leads further more than once. */
export const STEPS: readonly Step[] = [
  ...[allow('ann'), allow('ann'), allow('ben'), allow('eve'), allowWhileAway('ann'), loseAnswer('ann'), deny('ben')],
  ...[abandon, forge, stealCallback, replay],
  ...[revoke, revoke, reauthorize],
  ...[expireSessions, expireSessions, revokeAll, freeze('ann'), freeze('ben')],
  ...[toggleTokenEndpoint, toggleRevokeEndpoint, restartWorker],
  ...[wakeZombie, wakeZombie, wakeZombie, commitAsZombie, commitAsZombie, commitAsZombie],
  ...[runByHand, runByHand, runByHand, runBySchedule, runBySchedule],
];

/** What a person can always do, whatever happened before: authorize once more, run, and revoke for good. */
export async function mend(storm: Storm, expected: Expected): Promise<void> {
  const { world, connection } = storm;
  Object.assign(expected, { isTokenEndpointDown: false, isRevokeEndpointDown: false });
  await setWeather(storm, expected);
  for (const who of expected.frozen) await world.salesforce.freeze(personOf(storm, who), false);
  expected.frozen.clear();
  await letLeaseAge(world, connection);
  await allow(expected.boundTo === 'other' ? 'eve' : 'ann').run(storm, expected);
  const { syncId } = await world.mooring.runJobs(connection.name, { jobs: [JOB] });
  const { jobs } = await world.mooring.syncResult(syncId);
  assert.deepEqual(
    jobs.map(({ status }) => status),
    ['success'],
    JSON.stringify(jobs),
  );
  await runsEnd(storm);
  for (const step of [wakeZombie, revoke, commitAsZombie]) {
    await step.run(storm, expected);
    await assertInvariants(storm, expected);
  }
}
