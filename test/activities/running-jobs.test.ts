import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import { createRunningJobsActivities, type RunningJobsPorts } from '../../activities/running-jobs.ts';
import type { ConnectionState } from '../../domain/lifecycle.ts';

const running = ['sync/acme/nightly-1', 'job/acme/user-sync'];

const activitiesOf = (changes: Partial<RunningJobsPorts> = {}, asked: string[] = []) =>
  createRunningJobsActivities({
    connection: async () => ({ connectionId: 'c1', state: 'active' }),
    open: async () => ({ jobs: ['company-sync', 'user-sync'], syncs: ['sync/acme/nightly-1', 'sync/acme/known'] }),
    cancel: async (id) => {
      asked.push(id);
      return running.includes(id);
    },
    isRunning: async (id) => running.includes(id),
    ...changes,
  });

test('what is cancelled is known without a list: syncs first, each once, then every job by its id', async () => {
  const asked: string[] = [];
  const cancelled = await activitiesOf({}, asked).cancelRuns({ connection: 'acme', syncs: ['sync/acme/known'] });
  assert.deepEqual(cancelled, running);
  assert.deepEqual(asked, ['sync/acme/known', 'sync/acme/nightly-1', 'job/acme/company-sync', 'job/acme/user-sync']);
});

test('what runs is found in the same way, and nothing is touched', async () => {
  const cancel = (): Promise<boolean> => assert.fail('nothing may be cancelled');
  assert.deepEqual(await activitiesOf({ cancel }).findRunning({ connection: 'acme', syncs: [] }), running);
});

test('a job that lost its grant waits while somebody may re-authorize, and gives up after a revoke', async () => {
  const wait = (state: ConnectionState) =>
    activitiesOf({ connection: async () => ({ connectionId: 'c1', state }) }).awaitAuthorization({
      connection: 'acme',
    });
  await wait('active');
  for (const [state, code, nonRetryable] of [
    ['reauthorization_required', 'REAUTHORIZATION_AWAITED', false],
    ['revoked', 'CONNECTION_NOT_AUTHORIZED', true],
  ] as const) {
    await assert.rejects(wait(state), (error) => {
      assert.ok(error instanceof ApplicationFailure);
      assert.deepEqual([error.type, error.nonRetryable], [code, nonRetryable]);
      return true;
    });
  }
});
