import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { addApply } from '../../cli/apply.ts';
import { addPlan } from '../../cli/plan.ts';
import { configurations, yamlOf } from '../config/configurations.ts';
import { startTwoOrgs } from './two-orgs.ts';

/**
 * Applies generated configurations one after the other to an authorized connection, and asserts that the plan after each is empty:
 * PostgreSQL, Temporal, a worker and an org have made of the files what the files say.
 */
export async function applyOneAfterTheOther(count: number): Promise<void> {
  const world = await startTwoOrgs('');
  const folder = dirname(world.files);
  const life = await world.startLife();
  assert.equal((await life.run(addApply, 'apply', folder, '--yes')).status, 0);
  assert.equal((await life.authorize('acme')).status, 0);

  /** The same value behind a variable and in a file. */
  async function places(variable: string): Promise<readonly unknown[]> {
    const file = join(folder, variable.toLowerCase());
    await writeFile(file, process.env[variable] ?? '');
    return [{ env: variable }, { file }];
  }
  const arbitrary = configurations({
    org: await places('TWO_ORGS'),
    clientId: await places('TWO_ORGS_ID'),
    clientSecret: await places('TWO_ORGS_SECRET'),
    isMixed: false,
  });
  for (const [index, configuration] of fc.sample(arbitrary, { numRuns: count, seed: 20261123 }).entries()) {
    const yaml = yamlOf(configuration);
    await writeFile(world.files, yaml);
    const applied = await life.run(addApply, 'apply', folder, '--yes');
    assert.equal(applied.status, 0, `apply ${index}: ${applied.stderr}\n${applied.stdout}\n${yaml}`);
    const planned = await life.run(addPlan, 'plan', folder);
    assert.equal(planned.status, 0, `plan after apply ${index}: ${planned.stderr}\n${planned.stdout}\n${yaml}`);
  }
}
