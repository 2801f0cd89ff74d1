import assert from 'node:assert/strict';
import { test } from 'node:test';
import { desiredSchedules } from '../../domain/schedules.ts';
import { catalogJob, connectionSpec } from '../jobs.ts';

test('a job with a schedule has one of its own, and a disabled one has none', () => {
  const spec = connectionSpec('acme', [
    catalogJob('user-sync', { schedule: { every: '1h' } }),
    catalogJob('company-sync', { schedule: { cron: '0 2 * * *' }, enabled: false }),
    catalogJob('company-person-sync'),
  ]);
  assert.deepEqual(desiredSchedules(spec), [
    {
      ...{ id: 'schedule/acme/job/user-sync', name: 'user-sync', trigger: 'schedule' },
      ...{ spec: { every: '1h' }, jobs: ['user-sync'] },
    },
  ]);
});

test('a chain runs its enabled jobs, and one without any is not scheduled', () => {
  const spec = connectionSpec('acme', [catalogJob('user-sync', { enabled: false }), catalogJob('company-sync')], {
    chains: [
      { name: 'nightly', schedule: { cron: '0 2 * * *' }, jobs: ['user-sync', 'company-sync'] },
      { name: 'idle', schedule: { every: '1h' }, jobs: ['user-sync'] },
    ],
  });
  assert.deepEqual(
    desiredSchedules(spec).map(({ id, jobs, trigger }) => [id, jobs, trigger]),
    [['schedule/acme/chain/nightly', ['company-sync'], 'chain']],
  );
});
