import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planConnection, type DeployedConnection, type PlanFacts } from '../../domain/plan-connection.ts';
import type { Change } from '../../domain/plan.ts';
import { shapeOf } from '../../domain/schedule-shape.ts';
import { desiredSchedules, type DeployedSchedule } from '../../domain/schedules.ts';
import { connectionSpec, customJob, field, lookup } from '../jobs.ts';

const lead = customJob('Lead', [field('sfid', 'Id'), field('name', 'Name')], { schedule: { every: '1h' } });
const acme = connectionSpec('acme', [lead]);

const deployed = (changes: Partial<DeployedConnection> = {}): DeployedConnection => ({
  ...{ spec: acme, state: 'active', revision: 3, isOrphaned: false, removedJobs: [] },
  ...changes,
});
const inTemporal = (spec = acme): DeployedSchedule[] =>
  desiredSchedules(spec).map((schedule) => ({
    ...{ id: schedule.id, jobs: schedule.jobs, shape: shapeOf(schedule.spec), isPaused: false, isCurrent: true },
  }));
const plan = (facts: Partial<PlanFacts>) =>
  planConnection({ desired: acme, deployed: deployed(), schedules: inTemporal(), database: [], ...facts });
const words = (changes: readonly Change[]): string[] =>
  changes.map(({ action, what, name, note }) => `${action} ${what} ${name}${note === undefined ? '' : ` (${note})`}`);

test('what is deployed as the files say needs nothing, whatever the order of its keys', () => {
  const reordered = JSON.parse(JSON.stringify(acme), (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).reverse())
      : value,
  ) as typeof acme;
  const { changes, rereads, notices } = plan({ deployed: deployed({ spec: reordered }) });
  assert.deepEqual([changes, rereads, notices], [[], [], []]);
});

test('settings and mappings are compared one by one', () => {
  const job = { ...lead, onDelete: 'delete' as const, mappings: [field('sfid', 'Id'), field('title', 'Title')] };
  const { changes } = plan({ desired: { ...connectionSpec('acme', [job]), schema: 'model' } });
  assert.deepEqual(words(changes), [
    'update job lead-sync',
    'update setting onDelete',
    'create mapping title',
    'delete mapping name (its column and values stay)',
  ]);
});

test('only what can change values of rows that are there makes them be read again', () => {
  const reasons = (changes: Partial<typeof lead>): string[] =>
    plan({ desired: connectionSpec('acme', [{ ...lead, ...changes }]) }).rereads.map(({ why }) => why);
  assert.deepEqual(reasons({ enabled: false, title: 'Leads', onDelete: 'ignore', after: [] }), []);
  assert.deepEqual(reasons({ mappings: [field('sfid', 'Id')] }), []);
  assert.deepEqual(reasons({ mappings: [...lead.mappings, field('title', 'Title')] }), [
    'rows that are there have no value of it yet: title',
  ]);
  assert.deepEqual(reasons({ source: { object: 'Lead', filter: 'IsConverted = false' } }), [
    'the filter is another one',
  ]);
  const owner = lookup('owner_id', 'app_user', { sfdc_user_id: 'OwnerId' });
  const before = deployed({ spec: connectionSpec('acme', [{ ...lead, mappings: [...lead.mappings, owner] }]) });
  const after = { ...lead, mappings: [...lead.mappings, { ...owner, onMissing: 'reject' as const }] };
  assert.deepEqual(plan({ deployed: before, desired: connectionSpec('acme', [after]) }).rereads, []);
});

test('a job that comes back with other mappings is read again', () => {
  const facts = { deployed: deployed({ spec: connectionSpec('acme', []), removedJobs: [lead] }), schedules: [] };
  assert.deepEqual(plan(facts).rereads, []);
  const desired = connectionSpec('acme', [{ ...lead, mappings: [...lead.mappings, field('title', 'Title')] }]);
  assert.equal(plan({ ...facts, desired }).rereads.length, 1);
});

test('another schema means that every job is read again', () => {
  const { rereads } = plan({ desired: { ...acme, schema: 'crm' } });
  assert.deepEqual(rereads, [{ job: 'lead-sync', why: 'another schema is filled' }]);
});

test('schedules of an active connection are compared with what Temporal has', () => {
  const [there] = inTemporal();
  assert.ok(there);
  const changes = (schedule: Partial<DeployedSchedule> | undefined): string[] =>
    words(plan({ schedules: schedule === undefined ? [] : [{ ...there, ...schedule }] }).changes);
  assert.deepEqual(changes({}), []);
  assert.deepEqual(changes(undefined), ['create schedule lead-sync (deleted by hand)']);
  assert.deepEqual(changes({ jobs: ['other'] }), ['update schedule lead-sync (edited by hand)']);
  assert.deepEqual(changes({ shape: shapeOf({ every: '2h' }) }), ['update schedule lead-sync (edited by hand)']);
  assert.deepEqual(changes({ isCurrent: false }), ['update schedule lead-sync (to be written anew)']);
  assert.deepEqual(changes({ isPaused: true, note: 'paused in the configuration' }), [
    'update schedule lead-sync (paused by hand)',
  ]);
});

test('a pause by hand is a notice, unless the files speak of it', () => {
  const [there] = inTemporal();
  assert.ok(there);
  const schedules = [{ ...there, isPaused: true, note: 'month end' }];
  const kept = plan({ schedules });
  assert.deepEqual(kept.changes, []);
  assert.match(kept.notices[0] ?? '', /"lead-sync" is paused \("month end"\) and stays so/);
  const desired = connectionSpec('acme', [{ ...lead, schedule: { every: '1h', paused: false } }]);
  assert.deepEqual(words(plan({ schedules, desired }).changes), ['update schedule lead-sync']);
});

test('before the authorization the files alone say what is scheduled', () => {
  const waiting = deployed({ state: 'awaiting_authorization', spec: connectionSpec('acme', []) });
  assert.deepEqual(
    words(plan({ deployed: waiting, schedules: [] }).changes).at(-1),
    'create schedule lead-sync (once the connection is authorized)',
  );
  assert.deepEqual(plan({ deployed: deployed({ state: 'awaiting_authorization' }), schedules: [] }).changes, []);
});

test('how dependencies must have ended is a change of the job, or of the chain', () => {
  const chain = { name: 'nightly', schedule: { every: '1d' }, jobs: ['lead-sync'] };
  const { schedule: _, ...unscheduled } = lead;
  const before = deployed({ spec: connectionSpec('acme', [unscheduled], { chains: [chain] }) });
  const facts = { deployed: before, schedules: inTemporal(before.spec) };
  const job = plan({
    ...facts,
    desired: connectionSpec('acme', [{ ...unscheduled, onDependency: 'any' }], { chains: [chain] }),
  });
  assert.deepEqual(words(job.changes), ['update job lead-sync', 'create setting onDependency']);
  assert.deepEqual(job.rereads, []);
  const strict = { ...chain, onDependency: 'success' as const };
  const { changes } = plan({ ...facts, desired: connectionSpec('acme', [unscheduled], { chains: [strict] }) });
  assert.deepEqual(
    changes.map(({ what, after }) => [what, after]),
    [['chain', 'lead-sync, onDependency: "success"']],
  );
});

test('a workflow that is missing or behind is a change', () => {
  assert.deepEqual(words(plan({ workflow: 'missing' }).changes), ['create workflow connection/acme (it does not run)']);
  assert.deepEqual(plan({ workflow: { revision: 3, state: 'active' } }).changes, []);
  assert.deepEqual(words(plan({ workflow: { revision: 2, state: 'active' } }).changes), [
    'update workflow connection/acme (it works with revision 2, active in place of revision 3, active)',
  ]);
});

test('a connection that left the files is paused once, and comes back', () => {
  const gone = (isOrphaned: boolean) =>
    words(planConnection({ deployed: deployed({ isOrphaned }), database: [] }).changes);
  assert.match(gone(false)[0] ?? '', /^delete connection acme \(no longer in the files/);
  assert.deepEqual(gone(true), []);
  const back = planConnection({ desired: acme, deployed: deployed({ isOrphaned: true }), database: [] });
  assert.deepEqual(words(back.changes), ['update connection acme (in the files again)']);
});
