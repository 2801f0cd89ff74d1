import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { addApply } from '../../cli/apply.ts';
import { addPlan } from '../../cli/plan.ts';
import { startCli } from '../cli/run-cli.ts';
import { startProxy } from '../support/proxy.ts';
import { startTwoOrgs } from './two-orgs.ts';

/** More than an apply sends to PostgreSQL and Temporal. */
export const MOST_STEPS = 500;

/**
 * An authorized connection whose every change brings a new column, a new table, a new schedule and a new revision, and `mooring apply` as a process
 * of its own behind proxies that see what it sends.
 */
export async function startKilling() {
  const world = await startTwoOrgs('jobs:\n  user-sync: { schedule: { every: 12h } }\n');
  const folder = dirname(world.files);
  const life = await world.startLife();
  const first = await readFile(world.files, 'utf8');
  const apply = () => life.run(addApply, 'apply', folder, '--yes');
  assert.equal((await apply()).status, 0);
  assert.equal((await life.authorize('acme')).status, 0);

  const changed = (name: string): string =>
    `${first.replace('every: 12h }', `every: 12h, jitter: ${name.length}m }`)}  company-sync: { map: { region_${name}: BillingState } }
---
job: case-${name.replaceAll('_', '-')}
connection: acme
source: { object: Case }
target: { table: case_${name} }
map: { sfid: Id, subject: Subject }
upsertKey: [sfid]
schedule: { every: 1h }
`;

  /** Returns whether the process was killed: an apply that sends less ends by itself. */
  async function applyAndKill(step: number): Promise<boolean> {
    let sent = 0;
    let kill = (): void => undefined;
    const onSent = (): void => {
      sent += 1;
      if (sent === step) kill();
    };
    const database = new URL(life.env.DATABASE_URL);
    const [, temporalPort] = life.env.TEMPORAL_ADDRESS.split(':');
    const [toDatabase, toTemporal] = await Promise.all([
      startProxy(Number(database.port), onSent),
      startProxy(Number(temporalPort), onSent),
    ]);
    database.host = `127.0.0.1:${toDatabase.port}`;
    const env = {
      ...(process.env as Record<string, string>),
      ...{ ...life.env, DATABASE_URL: database.href, TEMPORAL_ADDRESS: `127.0.0.1:${toTemporal.port}` },
    };
    const cli = startCli(['apply', folder, '--yes'], { env });
    kill = () => cli.process.kill('SIGKILL');
    const { status, stderr } = await cli.ended;
    await Promise.all([toDatabase.stop(), toTemporal.stop()]);
    assert.ok(status === null || status === 0, stderr);
    return status === null;
  }

  return {
    /** Kills an apply at one step, and asserts that the next one brings everything about. Returns false behind the last step. */
    killAndConverge: async (step: number): Promise<boolean> => {
      const name = `s_${step}`;
      await writeFile(world.files, changed(name));
      const wasKilled = await applyAndKill(step);
      const again = await apply();
      assert.equal(again.status, 0, again.stderr);
      const planned = await life.run(addPlan, 'plan', folder);
      assert.equal(planned.status, 0, `after a kill at step ${step}: ${planned.stdout}`);
      const { rows } = await world.pool.query<{ there: boolean }>(
        `SELECT EXISTS (SELECT region_${name} FROM model.company) AND NOT EXISTS (SELECT subject FROM model.case_${name}) AS there`,
      );
      assert.equal(rows[0]?.there, true);
      const { jobs } = await life.mooring.status('acme');
      assert.deepEqual(
        jobs.flatMap((job) => (job.name.startsWith('case-') ? [job.name] : [])),
        [`case-s-${step}`],
      );
      return wasKilled;
    },
  };
}
