import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { loadTexts } from '../../config/load-config.ts';
import type { ConnectionSpec } from '../../domain/connection-spec.ts';
import type { ConnectionPlan } from '../../domain/plan.ts';
import { configurations, yamlOf, type Configuration } from './configurations.ts';
import { DeployedWorld, IN_MEMORY } from './deployed-world.ts';

const configuration = configurations(IN_MEMORY);

function load(written: Configuration): ConnectionSpec {
  const { connections, diagnostics } = loadTexts([{ file: 'acme.yaml', text: yamlOf(written) }]);
  return connections[0] ?? assert.fail(JSON.stringify(diagnostics));
}

/** Widening a type may be refused; what stays then is said by the examination, not by the plan. */
const open = ({ changes }: ConnectionPlan): string[] =>
  changes.map(({ action, what, name }) => `${action} ${what} ${name}`);

test('a plan after an apply is empty, whatever was deployed before', () => {
  fc.assert(
    fc.property(fc.array(configuration, { minLength: 1, maxLength: 2 }), (history) => {
      const world = new DeployedWorld();
      for (const each of history) {
        const spec = load(each);
        world.apply(world.plan(spec));
        const after = world.plan(spec);
        assert.deepEqual([open(after), after.rereads], [[], []]);
      }
    }),
    { numRuns: 300, seed: 20261123 },
  );
});

test('an apply that is killed after any step is completed by the next ones', () => {
  fc.assert(
    fc.property(
      configuration,
      configuration,
      fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 3 }),
      (first, second, kills) => {
        const world = new DeployedWorld();
        world.apply(world.plan(load(first)));
        const spec = load(second);
        for (const steps of kills) world.apply(world.plan(spec), steps);
        world.apply(world.plan(spec));
        assert.deepEqual(open(world.plan(spec)), []);
      },
    ),
    { numRuns: 100, seed: 20261123 },
  );
});
