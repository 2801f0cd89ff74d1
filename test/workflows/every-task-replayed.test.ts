import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../support/until.ts';
import { createFakeConnection, SIX_JOBS, succeedingJobs } from './fake-activities.ts';
import { withConnection } from './with-connection.ts';

test('authorization, a full sync and a revoke work without any cached workflow: each task replays the history', async () => {
  const fake = createFakeConnection();
  let finished = 0;
  const finishRun: typeof succeedingJobs.finishRun = async (input) => {
    finished += 1;
    return succeedingJobs.finishRun(input);
  };
  await withConnection(
    fake,
    async (acme, { mooring, connectionOf }) => {
      await mooring.signalConsent(acme, 'a1');
      await until('the first sync has loaded everything', () => finished === SIX_JOBS.length);
      const { syncId } = await mooring.runJobs(acme, { jobs: ['company-sync'] });
      assert.equal((await mooring.syncResult(syncId)).jobs[0]?.status, 'success');
      assert.equal(finished, SIX_JOBS.length + 1);
      await connectionOf(acme).signal('revoke');
      await until('it is revoked', () => fake.calls.includes('revokeAtSalesforce'));
      const { state, jobs } = await mooring.status(acme);
      assert.equal(state, 'revoked');
      assert.equal(
        jobs.every(({ lastRun }) => lastRun?.status === 'success'),
        true,
      );
    },
    { activities: { finishRun }, maxCachedWorkflows: 0 },
  );
});
