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

const own = (map: string): Promise<void> =>
  writeJob(
    'own',
    `source: { object: Opportunity }
target: { table: own_deal, existing: true }
map: { ${map} }
upsertKey: [sfid]
onDelete: delete
`,
  );

test('a table that is said to exist is looked at, and what is in the way is told at its place', async () => {
  await own('sfid: Id, title: Name');
  const missing = await plan();
  assert.equal(missing.status, 1);
  assert.match(missing.stderr, /own\.yaml:4:\d+ There is no table "model\.own_deal"\./);
  await pool.query(`CREATE TABLE model.own_deal (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, sfid character varying(18), title character varying(200),
    flag boolean, region text NOT NULL, note text)`);
  await own('sfid: Id, title: Name, number: Amount, flag: Amount');
  const { status, stderr } = await plan();
  assert.equal(status, 1);
  for (const problem of [
    /own\.yaml:6:\d+ "model\.own_deal" has no unique index over exactly "sfid".*CREATE UNIQUE INDEX ON "model"\."own_deal" \("sfid"\)/,
    /own\.yaml:5:\d+ The column "region" of "model\.own_deal" must not be null/,
    /own\.yaml:5:\d+ PostgreSQL computes the column "number"/,
    /own\.yaml:5:\d+ "Amount" is of type currency, and the column "own_deal\.flag" is boolean: no value fits\./,
  ])
    assert.match(stderr, problem);
  await own('sfid: Id, title: { from: Name, type: text }');
  assert.match(
    (await plan()).stderr,
    /own\.yaml:5:\d+ The column "own_deal\.title" is character varying\(200\), and cannot become text/,
  );
});

test('a table that is there and not said to exist is an error at its place', async () => {
  await own('sfid: Id, title: Name');
  const file = join(folder, 'own.yaml');
  await writeFile(file, (await readFile(file, 'utf8')).replace(', existing: true', ''));
  const { status, stderr } = await plan();
  assert.equal(status, 1);
  assert.match(
    stderr,
    /own\.yaml:4:\d+ The table "model\.own_deal" is there already, and Mooring has not made it: it lacks id, connection_id, .*"existing: true"/,
  );
});

test('rows are loaded into a table of our own: columns are added, rows with a key taken over, others left alone', async () => {
  const { rows: deals } = await pool.query<{ sfid: string }>('SELECT sfid FROM model.deal ORDER BY sfid');
  const [first] = deals;
  assert.ok(first);
  await pool.query(`ALTER TABLE model.own_deal ALTER COLUMN region SET DEFAULT 'EMEA'`);
  await pool.query('CREATE UNIQUE INDEX ON model.own_deal (sfid)');
  await pool.query(
    `INSERT INTO model.own_deal (sfid, note) VALUES ($1, 'by hand'), ('006000000000000AAA', 'not theirs'), (NULL, 'no key')`,
    [first.sfid],
  );
  await own('sfid: Id, title: Name, amount: { from: Amount, type: numeric }');
  const planned = await plan();
  assert.equal(planned.status, 2, planned.stderr);
  assert.doesNotMatch(planned.stdout, /\+ table/);
  for (const change of [
    /\+ column model\.own_deal\.id uuid\n/,
    /\+ column model\.own_deal\.connection_id uuid\n.*ADD COLUMN IF NOT EXISTS "connection_id" uuid\n/,
    /\+ column model\.own_deal\.updated_at timestamptz/,
    /\+ column model\.own_deal\.amount numeric/,
    /\+ key model\.own_deal \(sfid\)/,
    new RegExp(`\\+ grant ${READER}: reads model\\.own_deal`),
  ])
    assert.match(planned.stdout, change);
  assert.doesNotMatch(planned.stdout, /DROP|ALTER COLUMN "/);
  await apply();
  await assertEmpty();
  const loaded = await run('own-sync');
  assert.deepEqual(
    [loaded.status, loaded.read, loaded.inserted, loaded.updated],
    ['success', deals.length, deals.length - 1, 1],
  );
  const taken = await pool.query<{ note: string; title: string | null; has_id: boolean }>(
    `SELECT note, title, id IS NOT NULL AND connection_id IS NOT NULL AS has_id FROM model.own_deal WHERE note IS NOT NULL ORDER BY note`,
  );
  assert.deepEqual(
    taken.rows.map(({ note, title, has_id }) => [note, title !== null, has_id]),
    [
      ['by hand', true, true],
      ['no key', false, false],
      ['not theirs', false, false],
    ],
  );
  const again = await run('own-sync', '--mode', 'reconcile');
  assert.deepEqual([again.status, again.inserted, again.updated, again.deleted], ['success', 0, 0, 0]);
  const { rows: left } = await pool.query<{ count: string }>('SELECT count(*) FROM model.own_deal');
  assert.equal(Number(left[0]?.count), deals.length + 2, 'what is not theirs is not ended');
  await assertEmpty();
});
