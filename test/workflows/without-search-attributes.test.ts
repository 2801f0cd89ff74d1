import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSchedules } from '../../adapters/temporal/schedules.ts';
import { jobWorkflowId } from '../../domain/names.ts';
import { until } from '../support/until.ts';
import { createFakeConnection, planned, planOf, SIX_JOBS, succeedingJobs } from './fake-activities.ts';
import { ownServer } from './own-server.ts';
import { withConnection } from './with-connection.ts';
import { withWorker } from './with-worker.ts';

const server = await ownServer();

test('without search attributes a connection is authorized, syncs and shows everything', async () => {
  await withConnection(
    createFakeConnection(),
    async (acme, { mooring, client }) => {
      await mooring.signalConsent(acme, 'a1');
      await until('the first sync has ended', async () => {
        const { jobs, runningSyncs } = await mooring.status(acme);
        return runningSyncs.length === 0 && jobs.every(({ lastRun }) => lastRun?.status === 'success');
      });
      for (const { name } of SIX_JOBS) {
        const { status, typedSearchAttributes } = await client.workflow.getHandle(jobWorkflowId(acme, name)).describe();
        assert.equal(status.name, 'COMPLETED');
        assert.deepEqual(
          typedSearchAttributes.getAll().filter(({ key }) => key.name.startsWith('Mooring')),
          [],
        );
      }
    },
    { server },
  );
});

test('without search attributes a schedule is made and starts its sync', async () => {
  const { client } = server;
  const acme = server.unique('acme');
  await withWorker(
    { ...succeedingJobs, planSync: planOf([planned('user-sync')], false) },
    async ({ taskQueue }) => {
      const schedules = createSchedules({ client, taskQueue, searchable: false });
      const id = `schedule/${acme}/job/user-sync`;
      await schedules.reconcile(acme, [
        { id, name: 'user-sync', spec: { every: '1h' }, jobs: ['user-sync'], trigger: 'schedule' },
      ]);
      await client.schedule.getHandle(id).trigger('SKIP');
      await until('the job has run', async () =>
        client.workflow
          .getHandle(jobWorkflowId(acme, 'user-sync'))
          .describe()
          .then(
            ({ status }) => status.name === 'COMPLETED',
            () => false,
          ),
      );
    },
    { server },
  );
});
