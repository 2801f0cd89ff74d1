import fc from 'fast-check';
import {
  asCommand,
  expectedAtFirst,
  startStorm,
  type Expected,
  type RestartableWorker,
  type Step,
} from './connection-storm.ts';
import { FIRST_STEPS, mend, STEPS } from './steps.ts';
import type { World } from './world.ts';

interface Storms {
  readonly sequences: number;
  readonly longest: number;
  readonly seed: number;
}

/** What a failure prints, to repeat it: `MOORING_STORM_SEED`, `MOORING_STORM_PATH`, and `MOORING_STORM_REPLAY` (its `replayPath`). */
function given(seed: number) {
  const {
    MOORING_STORM_SEED: ownSeed,
    MOORING_STORM_PATH: path,
    MOORING_STORM_REPLAY: replayPath,
  } = process.env as Readonly<Record<string, string | undefined>>;
  return {
    parameters: { seed: ownSeed === undefined ? seed : Number(ownSeed), ...(path === undefined ? {} : { path }) },
    replay: replayPath === undefined ? {} : { replayPath },
  };
}

/** Somebody repeats other sequences than those of the test, which may not lead everywhere. */
export const isRepeated = process.env['MOORING_STORM_SEED'] !== undefined;

/**
 * Lets random sequences of trouble loose, each on a connection of its own, and mends every one of them at the end.
 *
 * @returns the states that the connections were in: a storm that never left the harbour proves nothing
 */
export async function runStorms(
  world: World,
  worker: RestartableWorker,
  { sequences, longest, seed }: Storms,
): Promise<ReadonlySet<Expected['state']>> {
  const states = new Set<Expected['state']>();
  const watched = (step: Step) =>
    asCommand({
      ...step,
      async run(storm, expected) {
        await step.run(storm, expected);
        states.add(expected.state);
      },
    });
  const { parameters, replay } = given(seed);
  const commands = fc.commands(
    STEPS.map((step) => fc.constant(watched(step))),
    { maxCommands: longest, size: 'max', ...replay },
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...FIRST_STEPS.map(watched)), commands, async (first, steps) => {
      const storm = await startStorm(world, worker);
      const expected = expectedAtFirst();
      await first.run(expected, storm);
      await fc.asyncModelRun(() => ({ model: expected, real: storm }), steps);
      await mend(storm, expected);
      await world.mooring.destroy(storm.connection.name);
    }),
    { numRuns: sequences, ...parameters },
  );
  return states;
}
