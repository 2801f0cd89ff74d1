import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { addApply } from '../../cli/apply.ts';
import { addPlan } from '../../cli/plan.ts';
import { addRun } from '../../cli/run.ts';
import type { RunSummary } from '../../domain/run.ts';
import type { Said } from '../cli/run-here.ts';
import { until } from '../support/until.ts';
import { whenTestsEnd } from '../support/when-tests-end.ts';
import { startTwoOrgs } from './two-orgs.ts';

const READER = `reader-${randomUUID().slice(0, 8)}`;
const world = await startTwoOrgs(`grants: [${READER}]\n`);
const { pool, files } = world;
await pool.query(`CREATE ROLE "${READER}"`);
whenTestsEnd(async () => {
  await pool.query(`DROP OWNED BY "${READER}"; DROP ROLE "${READER}"`);
});
const folder = dirname(files);
const life = await world.startLife();
const yaml = await readFile(files, 'utf8');

const plan = (): Promise<Said> => life.run(addPlan, 'plan', folder);
const apply = async (): Promise<Said> => {
  const said = await life.run(addApply, 'apply', folder, '--yes');
  assert.equal(said.status, 0, `${said.stdout}\n${said.stderr}`);
  return said;
};
const assertEmpty = async (): Promise<void> => {
  const said = await plan();
  assert.match(said.stdout, /No changes\. What is deployed is what the files say\.$/, said.stderr);
  assert.equal(said.status, 0);
};
const run = async (job: string, ...options: string[]): Promise<RunSummary> => {
  const { stdout } = await life.run(addRun, 'run', 'acme', job, '--json', ...options);
  return (JSON.parse(stdout) as { jobs: RunSummary[] }).jobs[0] ?? assert.fail(stdout);
};
const mayRead = async (table: string): Promise<boolean> => {
  const { rows } = await pool.query<{ reads: boolean }>(
    `SELECT coalesce((SELECT has_schema_privilege($1, oid, 'USAGE') FROM pg_namespace WHERE nspname = 'model') AND has_table_privilege($1, to_regclass($2), 'SELECT'), false) AS reads`,
    [READER, `model.${table}`],
  );
  return rows[0]?.reads === true;
};
const writeJob = (name: string, text: string): Promise<void> =>
  writeFile(join(folder, `${name}.yaml`), `job: ${name}-sync\nconnection: acme\n${text}`);

test('a role that does not exist is an error at its place, and nothing is applied', async () => {
  await writeFile(files, yaml.replace(READER, `${READER}, nobody-here`));
  const { status, stderr } = await plan();
  assert.equal(status, 1);
  assert.match(stderr, /acme\.yaml:3:\d+ PostgreSQL has no role "nobody-here"/);
  await writeFile(files, yaml);
});

test('readers get the model with the first apply, and tables that a worker makes later', async () => {
  await writeJob(
    'lead',
    'source: { object: Opportunity }\ntarget: { table: deal }\nmap: { sfid: Id, name: Name }\nupsertKey: [sfid]\n',
  );
  const planned = await plan();
  assert.match(planned.stdout, new RegExp(`\\+ grant ${READER}: reads 9 tables of model\n +GRANT USAGE ON SCHEMA`));
  assert.equal(await mayRead('company'), false);
  await apply();
  await assertEmpty();
  assert.deepEqual([await mayRead('company'), await mayRead('deal')], [true, false]);
  assert.equal((await life.authorize('acme')).status, 0);
  await until('the first sync has ended', async () => {
    const { runningSyncs, jobs } = await life.mooring.status('acme');
    return runningSyncs.length === 0 && jobs.every(({ lastRun }) => lastRun !== undefined);
  });
  assert.equal(await mayRead('deal'), true, 'made by a worker');
  await assertEmpty();
});

test('the table of a new job is granted by the apply that makes it', async () => {
  await writeJob(
    'case',
    'source: { object: Case }\ntarget: { table: support_case }\nmap: { sfid: Id }\nupsertKey: [sfid]\n',
  );
  const planned = await plan();
  assert.match(
    planned.stdout,
    new RegExp(
      `\\+ grant ${READER}: reads model\\.support_case\n +GRANT SELECT ON "model"\\."support_case" TO "${READER}"`,
    ),
  );
  await apply();
  assert.equal(await mayRead('support_case'), true);
  await assertEmpty();
  assert.equal((await run('case-sync')).status, 'success');
  await rm(join(folder, 'case.yaml'));
  await apply();
});

test('a grant that somebody took away is given back, and a role that leaves the files loses its own', async () => {
  await pool.query(`REVOKE SELECT ON model.company FROM "${READER}"`);
  assert.match((await plan()).stdout, new RegExp(`\\+ grant ${READER}: reads model\\.company\n`));
  await apply();
  assert.equal(await mayRead('company'), true);
  await writeFile(files, yaml.replace(/grants:.*\n/, ''));
  const planned = await plan();
  assert.match(planned.stdout, new RegExp(`- grant ${READER}: \\(reads 10 tables of model\\)\n +REVOKE SELECT ON `));
  await apply();
  assert.equal(await mayRead('company'), false);
  await assertEmpty();
  await writeFile(files, yaml);
  await apply();
});
