import { test } from 'node:test';
import { runRounds } from './rounds.ts';
import { truthByActivities, truthByTemporal } from './truth-org.ts';

test('after each of 30 rounds of random changes the model is what a naive computation makes of the org', async () => {
  await runRounds(await truthByActivities(), { seed: 1, rounds: 30 });
});

test('so it is after three rounds through workflows and a worker', async () => {
  await runRounds(await truthByTemporal(), { seed: 11, rounds: 3 });
});
