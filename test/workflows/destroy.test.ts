import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectionWorkflowId, revocationWorkflowId } from '../../domain/names.ts';
import { hasCode } from '../errors.ts';
import { testTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import {
  createFakeConnection,
  gate,
  outage,
  sixJobs,
  type Activities,
  type FakeConnection,
} from './fake-activities.ts';
import { withWorker, type WorkerEnvironment } from './with-worker.ts';

const { client, unique } = await testTemporal();

/** As withConnection, for a connection that ends. */
async function withLoaded(
  fake: FakeConnection,
  work: (name: string, environment: WorkerEnvironment) => Promise<void>,
  activities: Partial<Activities> = {},
): Promise<void> {
  const name = unique('acme');
  await withWorker({ ...fake.activities, ...sixJobs, ...activities }, async (environment) => {
    await environment.mooring.startConnection(name);
    await until('it is loaded', async () => (await environment.mooring.status(name)).revision > 0);
    await work(name, environment);
  });
}

const statusOf = async (workflowId: string): Promise<string> =>
  (await client.workflow.getHandle(workflowId).describe()).status.name;

test('destroying deletes the schedules, then ends the connection, and its workflow is over', async () => {
  const fake = createFakeConnection('active');
  await withLoaded(fake, async (acme, { mooring }) => {
    assert.equal((await mooring.destroy(acme)).state, 'destroyed');
    await until('the workflow is over', async () => (await statusOf(connectionWorkflowId(acme))) === 'COMPLETED');
    await assert.rejects(mooring.runJobs(acme, {}), hasCode('CONNECTION_UNKNOWN'));
  });
  assert.deepEqual(fake.calls, ['deleteSchedules', 'destroyConnection']);
});

test('a connection with an active run is not destroyed, also when a schedule has started it', async () => {
  const fake = createFakeConnection('active');
  let running = ['sync/acme/nightly-2026-11-23', 'job/acme/user-sync'];
  await withLoaded(
    fake,
    async (acme, { mooring }) => {
      await assert.rejects(mooring.destroy(acme), (error) => {
        assert.ok(hasCode('REFUSED')(error));
        assert.match(String(error), /active runs \(sync\/acme\/nightly-2026-11-23, job\/acme\/user-sync\)\. Revoke it/);
        return true;
      });
      assert.deepEqual([fake.calls, (await mooring.status(acme)).state], [[], 'active'], 'nothing has changed');
      running = [];
      assert.equal((await mooring.destroy(acme)).state, 'destroyed');
    },
    { findRunning: async () => running },
  );
});

test('a sync that was terminated, and never reported its end, does not stand in the way', async () => {
  const fake = createFakeConnection('active');
  const { open, opened } = gate();
  const isRunning = async (id: string): Promise<boolean> => (await statusOf(id)) === 'RUNNING';
  const findRunning: Activities['findRunning'] = async ({ syncs }) => {
    const running: string[] = [];
    for (const id of syncs) if (await isRunning(id)) running.push(id);
    return running;
  };
  await withLoaded(
    fake,
    async (acme, { mooring }) => {
      const { syncId } = await mooring.runJobs(acme, { jobs: ['user-sync'] });
      await assert.rejects(mooring.destroy(acme), hasCode('REFUSED'));
      await until('it has started', () => isRunning(syncId));
      await client.workflow.getHandle(syncId).terminate();
      assert.equal((await mooring.destroy(acme)).state, 'destroyed');
      open();
    },
    { findRunning, beginRun: (input) => opened.then(() => sixJobs.beginRun(input)) },
  );
});

test('Salesforce is told after the end of the connection, for as long as it takes', async () => {
  const fake = createFakeConnection('active');
  const connectionId = unique('c');
  fake.known = { ...fake.known, connectionId };
  let tries = 0;
  await withLoaded(
    fake,
    async (acme, { mooring }) => {
      await mooring.destroy(acme);
      await until('the workflow is over', async () => (await statusOf(connectionWorkflowId(acme))) === 'COMPLETED');
      assert.equal(await client.workflow.getHandle(revocationWorkflowId(connectionId)).result(), 1);
      assert.equal(tries, 3);
    },
    {
      destroyConnection: async () => ({ connectionId, isSalesforceUntold: true }),
      revokeLeftGrants: async (input) => {
        assert.deepEqual(input, { connectionId });
        tries += 1;
        if (tries < 3) throw outage('SF_UNREACHABLE');
        return 1;
      },
    },
  );
});
