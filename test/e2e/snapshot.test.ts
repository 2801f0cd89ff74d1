import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { addApply } from '../../cli/apply.ts';
import { UNJUDGED } from '../../cli/offline-plan.ts';
import { addPlan } from '../../cli/plan.ts';
import { addRevoke } from '../../cli/revoke.ts';
import { addSnapshot } from '../../cli/snapshot.ts';
import type { Plan } from '../../domain/plan.ts';
import type { Snapshot } from '../../domain/snapshot.ts';
import { runHere, type Said } from '../cli/run-here.ts';
import { hasCode } from '../errors.ts';
import { until } from '../support/until.ts';
import { startTwoOrgs } from './two-orgs.ts';

const world = await startTwoOrgs(`
jobs:
  company-sync: { filter: "Type != 'Other'" }
  user-sync: { schedule: { every: 12h } }
`);
const { files } = world;
const folder = dirname(files);
const file = join(folder, 'snapshot.json');
const life = await world.startLife();
const yaml = await readFile(files, 'utf8');

/** Knows no address of anything, so whatever it says comes from files. */
const offline = (...options: string[]): Promise<Said> =>
  runHere(addPlan, ['plan', folder, '--offline', ...options], {});
const take = (): Promise<Said> => life.run(addSnapshot, 'snapshot', folder);
const write = (text: string): Promise<void> => writeFile(files, text);
const change = (inside: string): Promise<void> => write(yaml.replace('filter: "Type != \'Other\'"', inside));

interface Planned {
  readonly changes: boolean;
  readonly plan: Plan;
  readonly offline?: { readonly unjudged: readonly string[] };
}
/** Without what only a running system knows. */
const said = ({ stdout }: Said): unknown => {
  const { plan } = JSON.parse(stdout) as Planned;
  return plan.connections.map(({ connection, changes, rereads }) => ({
    connection,
    changes: changes.filter(({ ddl }) => ddl === undefined),
    rereads: rereads.map(({ job, why }) => ({ job, why })),
  }));
};

test('without a snapshot an offline plan names the command that writes one', async () => {
  await assert.rejects(offline(), (error) => {
    assert.ok(hasCode('SNAPSHOT_UNUSABLE')(error));
    assert.match((error as Error).message, /There is no snapshot ".*snapshot\.json".*: mooring snapshot \/.*$/);
    return true;
  });
  await assert.rejects(offline('--all'), hasCode('USAGE'));
});

test('what was never applied is left out of a snapshot, and planned as new without an org', async () => {
  const taken = await take();
  assert.equal(taken.status, 0, taken.stderr);
  assert.match(taken.stdout, /0 connections, 0 objects[^]*acme: left out, since it has not been applied yet\./);
  const planned = await offline();
  assert.equal(planned.status, 2);
  assert.match(planned.stderr, /warning.* The snapshot does not know the connection "acme"[^]*mooring snapshot/);
  assert.match(planned.stdout, /^\+ connection acme: schema model/);
});

test('a snapshot holds what the jobs read, and an offline plan of the same files is empty', async () => {
  await life.run(addApply, 'apply', folder, '--yes');
  await take();
  assert.match((await offline()).stdout, /Nobody could ask its org when the snapshot was taken/);
  assert.equal((await life.authorize('acme')).status, 0);
  await until('the first sync has ended', async () => {
    const { runningSyncs, jobs } = await life.mooring.status('acme');
    return runningSyncs.length === 0 && jobs.some(({ lastRun }) => lastRun !== undefined);
  });
  const taken = await take();
  assert.equal(taken.status, 0, taken.stderr);
  assert.match(taken.stdout, /Wrote .*snapshot\.json: 1 connection, \d+ objects\. Commit it/);
  const text = await readFile(file, 'utf8');
  const { connections } = JSON.parse(text) as Snapshot;
  const [acme] = connections;
  const names = acme?.org?.objects.map(({ name }) => name) ?? [];
  for (const name of ['Account', 'Contact', 'User', 'JBCXM__GSRelationship__c']) assert.ok(names.includes(name), name);
  assert.ok(!text.includes('two-orgs-secret-77ab') && !text.includes('picklistValues'));
  const planned = await offline();
  assert.equal(planned.status, 0, `${planned.stdout}\n${planned.stderr}`);
  assert.match(planned.stdout, /Compared with revision 1, which was in force when the snapshot was taken\./);
  assert.match(planned.stdout, /No changes\. The files say what was in force when the snapshot was taken\./);
  for (const each of UNJUDGED) assert.ok(planned.stdout.includes(`  · ${each}`), each);
});

test('an offline plan shows what a plan with the org shows, but for what it says it cannot judge', async () => {
  const job = join(folder, 'case.yaml');
  await change('filter: "Type != null", map: { region: BillingState, owner: Owner.Name }');
  await writeFile(
    files,
    `${(await readFile(files, 'utf8')).replace('every: 12h', 'every: 6h')}chains: { nightly: { schedule: { daily: "02:00" }, jobs: [company-sync] } }\n`,
  );
  const [here, there] = [await offline('--json'), await life.run(addPlan, 'plan', folder, '--json')];
  assert.deepEqual([here.status, there.status], [2, 2], here.stderr);
  assert.deepEqual(said(here), said(there));
  const { changes, offline: open } = JSON.parse(here.stdout) as Planned;
  assert.deepEqual([changes, open?.unjudged], [true, [...UNJUDGED]]);
  assert.equal((JSON.parse(there.stdout) as Planned).offline, undefined);
  await write(yaml);
  await writeFile(
    job,
    `job: case-sync
connection: acme
source: { object: Case }
target: { table: support_case }
map: { sfid: Id }
upsertKey: [sfid]
`,
  );
  const untaken = await offline('--format', 'github');
  assert.equal(untaken.status, 1);
  assert.match(untaken.stdout, /^::error file=.*case\.yaml,line=3,.*The snapshot lacks the object "Case"/);
  await take();
  const taken = await offline();
  assert.equal(taken.status, 2, taken.stderr);
  assert.match(taken.stdout, /\+ job case-sync: Case → model\.support_case/);
  await rm(job);
});

test('a mistake stands at its place in the file, as with the org', async () => {
  await change('map: { region: BilingState }');
  const { status, stderr } = await offline();
  assert.equal(status, 1);
  assert.match(
    stderr,
    /acme\.yaml:5:\d+ Account has no field "BilingState" .* Did you mean "BillingState"\? That is what/,
  );
  await write(yaml);
});

test('an org that does not answer keeps what the snapshot knew of it; one described under another version is stale', async () => {
  const { connections } = JSON.parse(await readFile(file, 'utf8')) as Snapshot;
  await life.run(addRevoke, 'revoke', 'acme');
  await until('it is revoked', async () => (await life.mooring.status('acme')).state === 'revoked');
  const taken = await take();
  assert.equal(taken.status, 1);
  assert.match(taken.stderr, /^acme: Connection "acme" is revoked.* What the snapshot knew of it is kept\.$/);
  const kept = JSON.parse(await readFile(file, 'utf8')) as Snapshot;
  assert.deepEqual(kept.connections[0]?.org, connections[0]?.org);
  await write(yaml.replace('salesforce: {', 'salesforce: { apiVersion: "61.0",'));
  const stale = await offline();
  assert.equal(stale.status, 1);
  assert.match(stale.stderr, /described under API version "62\.0", and the files say "61\.0"\. Take it anew: mooring/);
});
