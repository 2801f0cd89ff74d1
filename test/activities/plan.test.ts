import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import { createPlanActivities, type PlanPorts } from '../../activities/plan.ts';
import { MooringError } from '../../domain/errors.ts';
import { loadConfig } from '../../config/load-config.ts';

const [spec] = (await loadConfig(['examples/acme'])).connections;
assert.ok(spec);

const planning = (changes: Partial<PlanPorts> = {}) =>
  createPlanActivities({
    connection: async () => ({ state: 'active', spec, orgId: '00D000000000001AAA' }),
    isJobRunning: async () => false,
    searchable: true,
    ...changes,
  });

test('a plan holds every enabled job, dependencies first, and where its rows go', async () => {
  const plan = await planning().planSync({ connection: 'acme' });
  assert.ok(!('refusal' in plan));
  const names = plan.jobs.map(({ name }) => name);
  assert.deepEqual(
    [...names].sort(),
    spec.jobs
      .filter(({ enabled }) => enabled)
      .map(({ name }) => name)
      .sort(),
  );
  for (const { name, after } of plan.jobs)
    for (const first of after) assert.ok(names.indexOf(first) < names.indexOf(name), `${first} before ${name}`);
  const users = plan.jobs.find(({ name }) => name === 'user-sync');
  assert.deepEqual([users?.kind, users?.source, users?.target], ['user', 'User', 'model.app_user']);
  assert.equal(plan.searchable, true);
});

test('a disabled job runs when it is named and not otherwise', async () => {
  const disabled = { ...spec, jobs: spec.jobs.map((job) => ({ ...job, enabled: job.name !== 'user-sync' })) };
  const plan = planning({ connection: async () => ({ state: 'active', spec: disabled, orgId: null }) });
  const all = await plan.planSync({ connection: 'acme' });
  const named = await plan.planSync({ connection: 'acme', jobs: ['user-sync'] });
  assert.ok(!('refusal' in all) && !('refusal' in named));
  assert.equal(
    all.jobs.some(({ name }) => name === 'user-sync'),
    false,
  );
  assert.deepEqual(
    named.jobs.map(({ name }) => name),
    ['user-sync'],
  );
});

test('a job says how its dependencies must have ended, else its chain does, else nobody', async () => {
  const chains = [{ name: 'nightly', schedule: { every: '1d' }, jobs: ['user-sync'], onDependency: 'any' as const }];
  const jobs = spec.jobs.map((job) => (job.name === 'user-sync' ? { ...job, onDependency: 'success' as const } : job));
  const plan = planning({
    connection: async () => ({ state: 'active', spec: { ...spec, jobs, chains }, orgId: null }),
  });
  const said = async (chain?: string): Promise<unknown> => {
    const asked = {
      connection: 'acme',
      jobs: ['user-sync', 'company-sync'],
      ...(chain === undefined ? {} : { chain }),
    };
    const found = await plan.planSync(asked);
    assert.ok(!('refusal' in found));
    return found.jobs.map(({ name, onDependency }) => [name, onDependency]);
  };
  const byHand = [
    ['user-sync', 'success'],
    ['company-sync', undefined],
  ];
  assert.deepEqual(await said(), byHand);
  assert.deepEqual(await said('gone'), byHand);
  assert.deepEqual(await said('nightly'), [
    ['user-sync', 'success'],
    ['company-sync', 'any'],
  ]);
});

test('nothing runs while the connection is not active, and the refusal says why', async () => {
  const plan = planning({ connection: async () => ({ state: 'reauthorization_required', spec, orgId: null }) });
  assert.deepEqual(await plan.planSync({ connection: 'acme', jobs: ['user-sync'] }), {
    jobs: ['user-sync'],
    refusal: 'Connection "acme" is reauthorization required; no job of it may run.',
  });
});

test('an unknown job fails at once, by name', async () => {
  await assert.rejects(planning().planSync({ connection: 'acme', jobs: ['nonsense'] }), (error) => {
    assert.ok(error instanceof ApplicationFailure);
    assert.deepEqual([error.type, error.nonRetryable], ['JOB_UNKNOWN', true]);
    assert.match(error.message, /"nonsense"/);
    return true;
  });
});

test('an unknown connection fails at once', async () => {
  const plan = planning({
    connection: () => Promise.reject(new MooringError('CONNECTION_UNKNOWN', 'There is no connection "acme".')),
  });
  await assert.rejects(
    plan.planSync({ connection: 'acme' }),
    (error) =>
      error instanceof ApplicationFailure && error.type === 'CONNECTION_UNKNOWN' && error.nonRetryable === true,
  );
});

test('waiting for a job ends when nobody runs it; until then Temporal is told when to look again', async () => {
  await planning().awaitJobEnd({ connection: 'acme', job: 'user-sync' });
  const plan = planning({ isJobRunning: async () => true });
  await assert.rejects(plan.awaitJobEnd({ connection: 'acme', job: 'user-sync' }), (error) => {
    assert.ok(error instanceof ApplicationFailure);
    assert.deepEqual([error.type, error.nonRetryable, error.nextRetryDelay], ['JOB_RUNNING', false, 3_000]);
    return true;
  });
});
