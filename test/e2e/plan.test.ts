import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { addApply } from '../../cli/apply.ts';
import { addExplain } from '../../cli/explain.ts';
import { addGenerate } from '../../cli/generate.ts';
import { addHistory } from '../../cli/history.ts';
import { addPause } from '../../cli/pause.ts';
import { addPlan } from '../../cli/plan.ts';
import { addPrune } from '../../cli/prune.ts';
import { addRun } from '../../cli/run.ts';
import { chainScheduleId, connectionWorkflowId, jobScheduleId } from '../../domain/names.ts';
import { addSchedules } from '../../cli/schedules.ts';
import type { DryRun } from '../../domain/dry-run.ts';
import type { Plan } from '../../domain/plan.ts';
import { runHere, type Said } from '../cli/run-here.ts';
import { hasCode } from '../errors.ts';
import { until } from '../support/until.ts';
import { startTwoOrgs } from './two-orgs.ts';

const YAML = `
jobs:
  user-sync: { schedule: { every: 12h } }
chains:
  nightly: { schedule: { cron: "0 2 * * *", timezone: Europe/Berlin }, jobs: [company-sync, company-person-sync] }
`;
const world = await startTwoOrgs(YAML);
const { pool, files } = world;
const folder = dirname(files);
const life = await world.startLife();
const first = await readFile(files, 'utf8');

const plan = (...options: string[]): Promise<Said> => life.run(addPlan, 'plan', folder, ...options);
const apply = (...options: string[]): Promise<Said> => life.run(addApply, 'apply', folder, '--yes', ...options);
const isEmpty = ({ status, stdout }: Said): boolean =>
  status === 0 && /No changes\. What is deployed is what the files say\.$/.test(stdout);
const assertEmpty = async (): Promise<void> => {
  const said = await plan();
  assert.ok(isEmpty(said), `${said.stdout}\n${said.stderr}`);
};
const rows = async (sql: string): Promise<number> => Number((await pool.query<{ count: string }>(sql)).rows[0]?.count);

test('a new connection is shown, applied and then unchanged', async () => {
  const planned = await plan();
  assert.equal(planned.status, 2, planned.stderr);
  assert.match(planned.stdout, /^\+ connection acme: schema model/);
  assert.match(planned.stdout, /\+ job company-sync: Account → model\.company/);
  assert.match(planned.stdout, /\+ schedule nightly: daily at 02:00 Europe\/Berlin: company-sync, company-person-sync/);
  assert.match(planned.stdout, /Nobody has authorized it yet, so its org cannot be asked/);
  assert.match(planned.stdout, /Plan: \d+ to add, 0 to change, 0 to remove\.$/);
  const refused = await life.run(addApply, 'apply', folder);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /^Nothing was changed\. Type "yes" when asked, or add --yes/);
  const asked: string[] = [];
  const answering = (answer: string): Promise<Said> =>
    runHere(addApply, ['apply', folder], life.env, undefined, undefined, async (question) => {
      asked.push(question);
      return answer;
    });
  assert.equal((await answering('y')).status, 1, 'only "yes" is a yes');
  assert.equal((await plan()).status, 2, 'nothing was changed');
  const applied = await answering('yes');
  assert.equal(applied.status, 0, applied.stderr);
  assert.deepEqual(asked, Array(2).fill('\nApply these changes? Type yes: '));
  await assertEmpty();
  assert.equal((await life.authorize('acme')).status, 0);
  await until('the first sync has ended', async () => {
    const { runningSyncs, jobs } = await life.mooring.status('acme');
    return runningSyncs.length === 0 && jobs.some(({ lastRun }) => lastRun !== undefined);
  });
  await assertEmpty();
});

test('what the org says against a mapping stands at its place in the file, and nothing is applied', async () => {
  await writeFile(
    files,
    first.replace('jobs:', 'jobs:\n  company-sync: { map: { region: BilingState }, filter: "Typ = 1" }'),
  );
  for (const said of [await plan(), await apply()]) {
    assert.equal(said.status, 1);
    assert.match(said.stderr, /acme\.yaml:5:34 Account has no field "BilingState" .* Did you mean "BillingState"\?/);
    assert.match(said.stderr, /\^/);
  }
  const github = await plan('--format', 'github');
  assert.match(github.stdout, /^::error file=.*acme\.yaml,line=5,col=34/);
  await writeFile(files, first.replace('jobs:', 'jobs:\n  company-sync: { filter: "Typ = 1" }'));
  assert.match((await plan()).stderr, /acme\.yaml:5:27 The org refuses the condition "Typ = 1"\./);
  await writeFile(files, first);
  await assertEmpty();
});

test('a new mapping shows its column with the SQL and what is read again, and then it is', async () => {
  await writeFile(files, first.replace('jobs:', 'jobs:\n  company-sync: { map: { region: BillingState } }'));
  const { status, stdout } = await plan();
  assert.equal(status, 2);
  const { MOORING_KEY: _key, ...withoutKey } = life.env;
  const inBuild = await runHere(addPlan, ['plan', folder, '--json'], withoutKey);
  assert.equal(inBuild.status, 2, 'a build that has no key can plan all the same');
  const { changes, plan: made } = JSON.parse(inBuild.stdout) as { changes: boolean; plan: Plan };
  assert.equal(changes, true);
  assert.deepEqual(
    made.connections[0]?.changes.map(({ action, what, name }) => [action, what, name]),
    [
      ['update', 'job', 'company-sync'],
      ['create', 'mapping', 'region'],
      ['create', 'column', 'model.company.region'],
    ],
  );
  assert.match(
    stdout,
    /^~ connection acme\n {2}~ job company-sync\n {6}\+ mapping region ← BillingState\n {6}\+ column model\.company\.region text/,
  );
  assert.match(stdout, /ALTER TABLE "model"\."company" ADD COLUMN IF NOT EXISTS "region" text/);
  assert.match(
    stdout,
    /↻ reads about \d\d rows \(4 API calls\) again: rows that are there have no value of it yet: region/,
  );
  assert.equal((await apply()).status, 0);
  await assertEmpty();
  const ran = JSON.parse((await life.run(addRun, 'run', 'acme', 'company-sync', '--json')).stdout) as {
    jobs: [{ mode: string; updated: number }];
  };
  assert.equal(ran.jobs[0].mode, 'incremental', 'deleted rows are asked for too');
  assert.ok(ran.jobs[0].updated > 0);
  assert.ok((await rows('SELECT count(*) FROM model.company WHERE region IS NOT NULL')) > 0);
  await assertEmpty();
});

test('what somebody did by hand in Temporal is shown; a pause stays, the rest is put right', async () => {
  const hourly = life.client.schedule.getHandle(jobScheduleId('acme', 'user-sync'));
  const nightly = life.client.schedule.getHandle(chainScheduleId('acme', 'nightly'));
  await hourly.pause('month end');
  const paused = await plan();
  assert.ok(isEmpty(paused), paused.stdout);
  assert.match(paused.stdout, /Schedule "user-sync" is paused \("month end"\) and stays so/);
  await nightly.update((previous) => ({ ...previous, spec: { intervals: [{ every: '1h' }] } }));
  await hourly.delete();
  const { status, stdout } = await plan();
  assert.equal(status, 2);
  assert.match(stdout, /\+ schedule user-sync: every 12h, deleted by hand/);
  assert.match(stdout, /~ schedule nightly: daily at 02:00 Europe\/Berlin.*, edited by hand/);
  assert.equal((await apply()).status, 0);
  await assertEmpty();
});

test('schedules are listed with their next starts, and may be paused and resumed by name', async () => {
  const listed = async () =>
    JSON.parse((await life.run(addSchedules, 'schedules', 'acme', '--json')).stdout) as {
      schedule: string;
      state: string;
      note?: string;
      next: string[];
    }[];
  const [hourly, nightly] = await listed();
  assert.deepEqual([hourly?.schedule, hourly?.state, nightly?.schedule], ['user-sync', 'runs', 'nightly']);
  const inBerlin = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', timeStyle: 'short' });
  assert.deepEqual(
    nightly?.next.map((at) => inBerlin.format(new Date(at))),
    ['02:00', '02:00', '02:00'],
  );
  const paused = await life.run(addPause, 'pause', 'acme', 'nightly');
  assert.equal(paused.stdout, `paused ${chainScheduleId('acme', 'nightly')}`);
  const [stillHourly, stopped] = await listed();
  assert.deepEqual([stillHourly?.state, stopped?.state, stopped?.next], ['runs', 'paused', []]);
  assert.match(stopped?.note ?? '', /^mooring: /);
  assert.match(
    (await life.run(addSchedules, 'schedules')).stdout,
    /nightly +│ daily at 02:00 Europe\/Berlin +│ paused: mooring: /,
  );
  const resumed = await life.run(addPause, 'resume', 'acme');
  assert.equal(resumed.stdout, `resumed ${chainScheduleId('acme', 'nightly')}`);
  assert.match((await life.run(addPause, 'resume', 'acme')).stdout, /^Nothing to resume/);
  await assert.rejects(life.run(addSchedules, 'schedules', 'nobody'), { code: 'CONNECTION_UNKNOWN' });
});

test('a schedule that changes touches no other, and one that leaves is gone at once', async () => {
  const yaml = await readFile(files, 'utf8');
  await writeFile(files, yaml.replace('every: 12h', 'every: 6h'));
  const planned = await plan();
  assert.match(planned.stdout, /~ schedule user-sync: every 12h → every 6h\n/);
  assert.match(planned.stdout, /Plan: 0 to add, 1 to change, 0 to remove\.$/);
  await apply();
  await assertEmpty();
  await writeFile(files, yaml.replace('{ schedule: { every: 12h } }', '{}'));
  assert.match((await plan()).stdout, /- schedule user-sync: .*every 6h|- schedule user-sync \(every 6h\)/);
  await apply();
  await assert.rejects(life.client.schedule.getHandle(jobScheduleId('acme', 'user-sync')).describe());
  await assertEmpty();
  await writeFile(files, yaml);
  await apply();
});

test('a job of its own appears with its table and leaves without its rows', async () => {
  const job = join(folder, 'opportunity.yaml');
  await writeFile(
    job,
    `job: opportunity-sync
connection: acme
source: { object: Opportunity }
target: { table: opportunity }
map: { sfid: Id, name: Name, amount: { from: Amount, type: numeric } }
upsertKey: [sfid]
`,
  );
  const planned = await plan();
  assert.match(planned.stdout, /\+ job opportunity-sync: Opportunity → model\.opportunity/);
  assert.match(planned.stdout, /\+ table model\.opportunity\n/);
  assert.match(planned.stdout, /\+ column model\.opportunity\.amount numeric/);
  assert.match(planned.stdout, /\+ key model\.opportunity \(sfid\)/);
  assert.equal((await apply()).status, 0);
  await assertEmpty();
  await life.run(addRun, 'run', 'acme', 'opportunity-sync', '--json');
  const before = await rows('SELECT count(*) FROM model.opportunity');
  assert.ok(before > 0);
  const alone = await life.run(addPlan, 'plan', files);
  assert.equal(alone.status, 1, 'a file that was left out is not a job that was removed');
  assert.match(alone.stderr, /was applied with "opportunity-sync", from files that are not all among these/);
  await rm(job);
  assert.match(
    (await plan()).stdout,
    /- job opportunity-sync: .*its rows stay|- job opportunity-sync \(model\.opportunity\), .*its rows stay/,
  );
  await apply();
  assert.equal(await rows('SELECT count(*) FROM model.opportunity'), before);
  await assertEmpty();
});

test('a job that is generated for an object passes check and plan, and is explained', async () => {
  const job = join(folder, 'case-sync.yaml');
  const generated = await life.run(addGenerate, 'generate', 'job', 'case-sync', '--object', 'case', '--output', job);
  assert.match(generated.stdout, /^Wrote .*case-sync\.yaml with \d+ fields of Case\./);
  const planned = await plan();
  assert.equal(planned.status, 2, planned.stderr);
  assert.match(planned.stdout, /\+ job case-sync: Case → model\.case/);
  await assert.rejects(life.run(addGenerate, 'generate', 'job', 'case-sync', '--object', 'Case', '--output', job), {
    code: 'USAGE',
  });
  await assert.rejects(life.run(addGenerate, 'generate', 'job', 'x', '--object', 'Opportunty', '--output', '-'), {
    message: /no object "Opportunty" .* Did you mean "Opportunity"\?/,
  });
  assert.equal((await apply()).status, 0);
  const tried = await life.run(addRun, 'run', 'acme', 'case-sync', '--dry-run', '--rows', '1', '--json');
  const { jobs } = JSON.parse(tried.stdout) as { jobs: DryRun[] };
  assert.deepEqual(
    jobs.map(({ job: name, read, inserted, mayHaveMore }) => ({ name, read, inserted, mayHaveMore })),
    [{ name: 'case-sync', read: 1, inserted: 1, mayHaveMore: true }],
  );
  assert.equal(await rows('SELECT count(*) FROM model.case'), 0, 'a dry run leaves nothing');
  const all = await life.run(addRun, 'run', 'acme', '--dry-run');
  assert.match(all.stdout, /company-person-sync[^]*case-sync[^]*Nothing was kept\.$/);
  await assert.rejects(life.run(addRun, 'run', 'acme', '--dry-run', '--full'), { code: 'USAGE' });
  await assert.rejects(life.run(addRun, 'run', 'acme', '--dry-run', '--rows', 'x'), { message: /"x" is no number/ });
  await assert.rejects(life.run(addRun, 'run', 'acme', 'picklist-sync', '--dry-run'), { code: 'REFUSED' });
  await assert.rejects(life.run(addRun, 'run', 'acme', 'nothing-sync', '--dry-run'), /nothing-sync/);
  const ran = JSON.parse((await life.run(addRun, 'run', 'acme', 'case-sync', '--json')).stdout) as {
    jobs: [{ status: string; rejected: number }];
  };
  assert.deepEqual([ran.jobs[0].status, ran.jobs[0].rejected], ['success', 0]);
  const explained = await life.run(addExplain, 'explain', 'job', 'case-sync', '--sql');
  assert.match(explained.stdout, /the next run reads what has changed since 20\d\d-/);
  assert.match(explained.stdout, /SELECT Id, .* FROM Case WHERE .*SystemModstamp >= 20/);
  assert.match(explained.stdout, /-- upsert\n[^]*INSERT INTO "model"\."case"/);
  await rm(job);
  await apply();
});

test('a wider type is applied, a rewrite only when it is allowed', async () => {
  const job = join(folder, 'case.yaml');
  const text = (type: string): string => `job: case-sync
connection: acme
source: { object: Case }
target: { table: support_case }
map: { sfid: Id, number: { from: CaseNumber, type: ${type} } }
upsertKey: [sfid]
`;
  await writeFile(job, text('integer'));
  await apply();
  await writeFile(job, text('bigint'));
  const planned = await plan();
  assert.match(
    planned.stdout,
    /~ column model\.support_case\.number integer → bigint\n.*ALTER COLUMN "number" TYPE bigint\n.*rewrites the whole table/,
  );
  const refused = await apply();
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /add --allow-rewrite/);
  await pool.query('CREATE VIEW model.cases AS SELECT number FROM model.support_case');
  assert.match((await plan()).stderr, /case\.yaml:5:\d+ .*cannot become bigint while views read it: model\.cases/);
  await pool.query('DROP VIEW model.cases');
  assert.equal((await apply('--allow-rewrite')).status, 0);
  await assertEmpty();
  await rm(job);
  await apply();
});

test('revisions are told, and one of them comes back as a plan', async () => {
  const history = JSON.parse((await life.run(addHistory, 'history', 'acme', '--json')).stdout) as {
    revision: number;
  }[];
  assert.ok(history.length > 3);
  const newest = history[0]?.revision ?? 0;
  const back = await life.run(addHistory, 'rollback', 'acme', '1', '--yes');
  assert.equal(back.status, 0, back.stderr);
  assert.match(back.stdout, /- mapping region/);
  assert.match(back.stdout, new RegExp(`acme: revision ${newest + 1}, active`));
  assert.match((await life.run(addHistory, 'history', 'acme')).stdout, /back to 1/);
  await assert.rejects(life.run(addHistory, 'rollback', 'acme', '99', '--yes'), { code: 'USAGE' });
  assert.equal((await plan()).status, 2, 'the files say otherwise');
  await apply();
});

test('a lost workflow is a change, and apply starts it anew', async () => {
  await life.client.workflow.getHandle(connectionWorkflowId('acme')).terminate('test');
  assert.match((await plan()).stdout, /\+ workflow connection\/acme, it does not run/);
  await apply();
  await assertEmpty();
});

test('applies at the same time wait for each other and leave one result', async () => {
  const yaml = await readFile(files, 'utf8');
  await writeFile(files, yaml.replace('region: BillingState', 'region: BillingState, city_code: BillingPostalCode'));
  const before = (await life.mooring.status('acme')).revision;
  const all = await Promise.allSettled(Array.from({ length: 20 }, () => apply()));
  // On a loaded machine the last of them give up after a minute; whoever gets a turn ends well.
  for (const one of all) if (one.status === 'rejected') assert.ok(hasCode('APPLY_BUSY')(one.reason));
  const ended = all.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  for (const { status, stderr } of ended) assert.equal(status, 0, stderr);
  assert.equal(ended.filter((one) => !isEmpty(one)).length, 1, 'one of them had something to do');
  assert.equal((await life.mooring.status('acme')).revision, before + 1);
  await assertEmpty();
  await writeFile(files, yaml);
  await apply();
});

test('a connection that left the folder is paused, never revoked, and goes on when it is back', async () => {
  const yaml = await readFile(files, 'utf8');
  await writeFile(join(folder, 'other.yaml'), yaml.replaceAll('acme', 'other').replace(/chains:[^]*/, ''));
  await rm(files);
  const elsewhere = await life.run(addPlan, 'plan', join(folder, 'other.yaml'));
  assert.doesNotMatch(elsewhere.stdout, /- connection/, 'one file says nothing of another');
  const planned = await plan();
  assert.match(planned.stdout, /- connection acme, no longer in the files: its schedules are paused/);
  await apply();
  await assertEmpty();
  const nightly = life.client.schedule.getHandle(chainScheduleId('acme', 'nightly'));
  assert.equal((await nightly.describe()).state.paused, true);
  const orphaned = JSON.parse((await life.run(addPrune, 'prune', '--json')).stdout) as unknown[];
  assert.deepEqual(orphaned[0], { why: 'in no file', connection: 'acme' });
  assert.match(
    (await life.run(addPrune, 'prune')).stdout,
    /^In no file any more[^]*acme +│ all[^]*acme +│ case-sync +│ model\.support_case/,
  );
  assert.equal((await life.mooring.status('acme')).state, 'active');
  await writeFile(files, yaml);
  assert.match((await plan()).stdout, /~ connection acme, in the files again/);
  await apply();
  assert.equal((await nightly.describe()).state.paused, false);
  await assertEmpty();
});

test('another API version is asked before it is deployed, and one that the org does not serve is refused', async () => {
  const asking = (version: string, map: string): string =>
    first
      .replace('salesforce: {', `salesforce: { apiVersion: "${version}",`)
      .replace('jobs:', `jobs:\n  company-sync: { map: { ${map} } }`);
  await writeFile(files, asking('99.0', 'town: BillingCity'));
  const refused = await apply();
  assert.equal(refused.status, 1);
  assert.match(
    refused.stderr,
    /acme\.yaml:2:\d+ The org does not serve API version "99\.0"\. It serves "31\.0" to "\d\d\.0": use one of them\./,
  );
  await writeFile(files, asking('60.0', 'town: BilingCity'));
  assert.match((await plan()).stderr, /Account has no field "BilingCity"/);
  await writeFile(files, asking('60.0', 'town: BillingCity'));
  assert.match((await plan()).stdout, /\+ column model\.company\.town text/);
  assert.equal((await apply()).status, 0);
  await assertEmpty();
});

test('what the model brings into another schema is made once', async () => {
  await writeFile(
    files,
    first
      .replace('salesforce:', 'schema: crm\nsalesforce:')
      .replace('jobs:', 'jobs:\n  company-sync: { map: { district: BillingState } }'),
  );
  const { stdout } = await plan();
  assert.match(stdout, /\+ schema crm/);
  assert.deepEqual(stdout.match(/\+ (table|column|key) .*/g), ['+ column crm.company.district text']);
  assert.equal((await apply()).status, 0);
  await assertEmpty();
  const indexes = (schema: string): Promise<number> =>
    rows(`SELECT count(*) FROM pg_indexes WHERE schemaname = '${schema}' AND tablename = 'company'`);
  assert.equal(await indexes('crm'), await indexes('model'));
});
