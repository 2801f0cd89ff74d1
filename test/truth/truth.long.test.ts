import { test } from 'node:test';
import { runRounds } from './rounds.ts';
import { truthByActivities, truthByTemporal } from './truth-org.ts';

for (const seed of [2, 3, 4]) {
  test(`after each of 100 rounds of random changes, seed ${seed}, the model is what a naive computation makes of the org`, async () => {
    await runRounds(await truthByActivities(), { seed, rounds: 100 });
  });
}

test('so it is after 25 rounds through workflows and a worker', async () => {
  await runRounds(await truthByTemporal(), { seed: 12, rounds: 25 });
});
