import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../support/until.ts';
import { createFakeConnection } from './fake-activities.ts';
import { withConnection } from './with-connection.ts';

test('authorization, a full sync and a revoke work without any cached workflow: each task replays the history', async () => {
  const fake = createFakeConnection();
  await withConnection(
    fake,
    async (acme, { mooring, connectionOf }) => {
      await mooring.signalConsent(acme, 'a1');
      await until('the first sync has ended', async () => {
        const { jobs, runningSyncs } = await mooring.status(acme);
        return runningSyncs.length === 0 && jobs.every(({ lastRun }) => lastRun?.status === 'success');
      });
      const { syncId } = await mooring.runJobs(acme, { jobs: ['company-sync'] });
      assert.equal((await mooring.syncResult(syncId)).jobs[0]?.status, 'success');
      await connectionOf(acme).signal('revoke');
      await until('it is revoked', async () => (await mooring.status(acme)).state === 'revoked');
    },
    { maxCachedWorkflows: 0 },
  );
});
