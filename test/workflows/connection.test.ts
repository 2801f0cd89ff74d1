import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConsentOutcome } from '../../domain/consent.ts';
import { MooringError } from '../../domain/errors.ts';
import { connectionWorkflowId } from '../../domain/names.ts';
import { testTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import {
  AUTHORIZED,
  createFakeConnection,
  failure,
  gate,
  ORG,
  outage,
  sixJobs,
  SIX_JOBS,
  summaryOf,
} from './fake-activities.ts';
import { withConnection } from './with-connection.ts';
import { withWorker } from './with-worker.ts';

const { client, unique } = await testTemporal();
const isRefusal = (code: string, words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof MooringError, String(error));
  assert.equal(error.code, code, error.message);
  assert.match(error.message, words);
  return true;
};

const eventTypes = async (name: string): Promise<string[]> => {
  const { events } = await client.workflow.getHandle(connectionWorkflowId(name)).fetchHistory();
  return (events ?? []).map(({ eventType }) => String(eventType));
};

test('the first consent makes schedules and runs the first sync, however often it is reported', async () => {
  const fake = createFakeConnection();
  const syncs: string[] = [];
  await withConnection(
    fake,
    async (acme, { mooring }) => {
      await mooring.signalConsent(acme, 'a1');
      await mooring.signalConsent(acme, 'a1');
      await until('the first sync has ended', async () => {
        const status = await mooring.status(acme);
        return status.runningSyncs.length === 0 && status.jobs.every(({ lastRun }) => lastRun?.status === 'success');
      });
      await mooring.signalConsent(acme, 'a1');
      const { state, orgId, lastRefusal } = await mooring.configure(acme);
      assert.deepEqual({ state, orgId, lastRefusal }, { state: 'active', orgId: ORG, lastRefusal: undefined });
    },
    {
      activities: {
        planSync: async ({ connection }) => {
          syncs.push(connection);
          return { jobs: SIX_JOBS, searchable: true };
        },
      },
    },
  );
  assert.equal(syncs.length, 1);
  assert.deepEqual(fake.calls, ['exchangeConsent a1', 'reconcileSchedules', 'reconcileSchedules']);
});

test('messages that arrive before the connection is loaded wait for it, and none is lost', async () => {
  const fake = createFakeConnection();
  const { open, opened } = gate();
  const acme = unique('acme');
  const loadConnection = async () => opened.then(() => fake.known);
  await withWorker({ ...fake.activities, ...sixJobs, loadConnection }, async ({ mooring, taskQueue }) => {
    await client.workflow.signalWithStart('connection', {
      workflowId: connectionWorkflowId(acme),
      taskQueue,
      args: [{ connection: acme }],
      signal: 'oauthCallback',
      signalArgs: [{ attemptId: 'early' }],
    });
    const paused = mooring.pauseSchedules(acme, 'nightly');
    const unknown = mooring.runJobs(acme, { jobs: ['nonsense'] });
    const refused = assert.rejects(unknown, isRefusal('REFUSED', /awaiting authorization|no job "nonsense"/));
    assert.equal((await mooring.status(acme)).revision, 0);
    open();
    assert.deepEqual(await paused, ['schedule/nightly']);
    await refused;
    await until('the early consent is answered', async () => (await mooring.status(acme)).state === 'active');
  });
  assert.ok(fake.calls.includes('exchangeConsent early'));
});

test('a consent whose signal got lost is exchanged when the workflow starts', async () => {
  const fake = createFakeConnection();
  fake.known = { ...fake.known, waitingAttempts: ['lost'] };
  await withConnection(fake, async (acme, { mooring }) => {
    await until('it is active', async () => (await mooring.status(acme)).state === 'active');
  });
  assert.deepEqual(fake.calls, ['exchangeConsent lost', 'reconcileSchedules']);
});

for (const outcome of ['denied', 'expired', 'failed', 'consent_lost', 'refused_other_org'] as const) {
  test(`an attempt that ends ${outcome} is shown and leaves an active connection as it is`, async () => {
    const fake = createFakeConnection('active');
    const ended: ConsentOutcome = { outcome, message: `It ended ${outcome}.` };
    fake.outcomeOf = async () => ended;
    await withConnection(fake, async (acme, { mooring }) => {
      const before = await mooring.status(acme);
      await mooring.signalConsent(acme, 'a1');
      await until('it is shown', async () => (await mooring.status(acme)).lastRefusal !== undefined);
      assert.deepEqual(await mooring.status(acme), { ...before, lastRefusal: ended.message });
      const isTold = fake.calls.includes('revokeAtSalesforce');
      if (outcome === 'refused_other_org' && !isTold)
        await until('the refused grant is revoked', () => fake.calls.includes('revokeAtSalesforce'));
      else assert.equal(isTold, outcome === 'refused_other_org');
    });
    assert.deepEqual(
      fake.calls.filter((call) => call !== 'revokeAtSalesforce'),
      ['exchangeConsent a1'],
    );
  });
}

test('after a re-authorization schedules are what the files say, resume, and no sync is started', async () => {
  const fake = createFakeConnection('revoked');
  fake.outcomeOf = async () => ({ ...AUTHORIZED, effects: ['storeGrant', 'resumeSchedules'] }) as ConsentOutcome;
  await withConnection(fake, async (acme, { mooring }) => {
    await mooring.signalConsent(acme, 'again');
    await until('schedules resume', () => fake.calls.includes('pauseSchedules false'));
    assert.deepEqual((await mooring.status(acme)).runningSyncs, []);
  });
  assert.deepEqual(fake.calls, ['exchangeConsent again', 'reconcileSchedules', 'pauseSchedules false']);
});

test('the replaced grant of an active connection is revoked at Salesforce', async () => {
  const fake = createFakeConnection('active');
  fake.outcomeOf = async () => ({ ...AUTHORIZED, effects: ['storeGrant', 'revokeReplacedGrant'] }) as ConsentOutcome;
  await withConnection(fake, async (acme, { mooring }) => {
    await mooring.signalConsent(acme, 'b1');
    await until('it is revoked', () => fake.calls.includes('revokeAtSalesforce'));
  });
  assert.deepEqual(fake.calls, ['exchangeConsent b1', 'revokeAtSalesforce']);
});

test('a repeated signal about an old consent does not bring a revoked connection back', async () => {
  const fake = createFakeConnection('revoked');
  const exchangeConsent = async () =>
    ({ ...AUTHORIZED, effects: ['createSchedules', 'resumeSchedules', 'startFirstSync'] }) as ConsentOutcome;
  await withConnection(
    fake,
    async (acme, { mooring }) => {
      await mooring.signalConsent(acme, 'old');
      const status = await mooring.configure(acme);
      assert.deepEqual([status.state, status.runningSyncs], ['revoked', []]);
    },
    { activities: { exchangeConsent } },
  );
  assert.deepEqual(fake.calls, []);
});

test('runJobs runs jobs of an active connection and answers with the id of the sync', async () => {
  const fake = createFakeConnection('active');
  await withConnection(fake, async (acme, { mooring }) => {
    const { syncId } = await mooring.runJobs(acme, { jobs: ['user-sync'] });
    const result = await mooring.syncResult(syncId);
    assert.deepEqual(
      result.jobs.map(({ job, status }) => [job, status]),
      [['user-sync', 'success']],
    );
    await until('the connection knows', async () => (await mooring.status(acme)).runningSyncs.length === 0);
    const { jobs: shown } = await mooring.status(acme);
    assert.equal(shown.find(({ name }) => name === 'user-sync')?.lastRun?.status, 'success');
    assert.equal(shown.find(({ name }) => name === 'company-sync')?.lastRun, undefined);
  });
});

test('runJobs refuses in a sentence and leaves no event in the history', async () => {
  const fake = createFakeConnection('active');
  await withConnection(fake, async (acme, { mooring, connectionOf }) => {
    const before = await eventTypes(acme);
    await assert.rejects(
      mooring.runJobs(acme, { jobs: ['company-sync', 'nonsense'] }),
      isRefusal('REFUSED', /^Connection "acme-\w+" has no job "nonsense"\. Its jobs: picklist-sync, .*$/),
    );
    for (const choice of [{ jobs: 'company-sync' }, { jobs: [1] }, { mode: 'bogus' }]) {
      await assert.rejects(
        mooring.runJobs(acme, choice as never),
        isRefusal('REFUSED', /"jobs" is a list|"mode" is one of/),
      );
    }
    assert.deepEqual(await eventTypes(acme), before);
    await connectionOf(acme).signal('revoke');
    await until('it is revoked', async () => (await mooring.status(acme)).state === 'revoked');
    await assert.rejects(mooring.runJobs(acme, {}), isRefusal('REFUSED', /is revoked; no job of it may run\.$/));
  });
});

test('runJobs without an argument, as the Web UI may send it, runs everything', async () => {
  await withConnection(createFakeConnection('active'), async (acme, { connectionOf, mooring }) => {
    const { syncId } = await connectionOf(acme).executeUpdate<{ syncId: string }, []>('runJobs', { args: [] as never });
    assert.equal((await mooring.syncResult(syncId)).jobs.length, 6);
  });
});

test('configure answers with what is in force; schedules change only while the connection is active', async () => {
  const fake = createFakeConnection();
  await withConnection(fake, async (acme, { mooring }) => {
    fake.known = { ...fake.known, revision: 2 };
    assert.equal((await mooring.configure(acme)).revision, 2);
    assert.deepEqual(fake.calls, []);
    fake.known = { ...createFakeConnection('active').known, revision: 3 };
    const { revision, state } = await mooring.configure(acme);
    assert.deepEqual([revision, state], [3, 'active']);
  });
  assert.deepEqual(fake.calls, ['reconcileSchedules']);
});

test('schedules pause and resume, one or all, and the answer names them', async () => {
  const fake = createFakeConnection('active');
  await withConnection(fake, async (acme, { mooring }) => {
    assert.deepEqual(await mooring.pauseSchedules(acme, 'nightly'), ['schedule/nightly']);
    assert.deepEqual(await mooring.resumeSchedules(acme), ['schedule/all']);
  });
  assert.deepEqual(fake.calls, ['pauseSchedules true nightly', 'pauseSchedules false']);
});

test('an update whose activity fails says why, with its code', async () => {
  const fake = createFakeConnection('active');
  const reconcileSchedules = () => Promise.reject(failure('KEY_WRONG', 'The key does not fit.'));
  await withConnection(
    fake,
    async (acme, { mooring }) => {
      await assert.rejects(mooring.configure(acme), isRefusal('KEY_WRONG', /^The key does not fit\.$/));
      assert.equal((await mooring.pauseSchedules(acme)).length, 1, 'the next one is served');
    },
    { activities: { reconcileSchedules } },
  );
});

test('an activity that fails behind a signal is shown, and the next signal works', async () => {
  const fake = createFakeConnection();
  const sentence = 'The client id of connection "acme" is read from the environment variable "X", which is not set.';
  fake.outcomeOf = (attemptId) =>
    attemptId === 'bad' ? Promise.reject(failure('SECRET_MISSING', sentence)) : Promise.resolve(AUTHORIZED);
  await withConnection(fake, async (acme, { mooring }) => {
    await mooring.signalConsent(acme, 'bad');
    await until('it is shown', async () => (await mooring.status(acme)).lastRefusal === sentence);
    await mooring.signalConsent(acme, 'good');
    await until('it is active', async () => (await mooring.status(acme)).state === 'active');
    assert.equal((await mooring.status(acme)).lastRefusal, undefined);
  });
});

test('a consent that could not be exchanged is tried once more when it is reported again', async () => {
  const fake = createFakeConnection();
  let tries = 0;
  fake.outcomeOf = () =>
    (tries += 1) === 1 ? Promise.reject(failure('SECRET_MISSING', 'Not set.')) : Promise.resolve(AUTHORIZED);
  await withConnection(fake, async (acme, { mooring }) => {
    await mooring.signalConsent(acme, 'a1');
    await until('it is shown', async () => (await mooring.status(acme)).lastRefusal === 'Not set.');
    await mooring.signalConsent(acme, 'a1');
    await until('it is active', async () => (await mooring.status(acme)).state === 'active');
  });
});

test('strange, unknown and late signals break nothing and are shown', async () => {
  const fake = createFakeConnection('active');
  await withConnection(fake, async (acme, { mooring, connectionOf }) => {
    const workflow = connectionOf(acme);
    for (const [name, args] of [
      ['oauthCallback', []],
      ['oauthCallback', [null]],
      ['oauthCallback', [{ attemptId: 7 }]],
      ['oauthCallback', ['x'.repeat(1000)]],
      ['runFinished', []],
      ['runFinished', [{ syncId: 's', jobs: 3 }]],
      ['runFinished', [{ syncId: 's', jobs: [null] }]],
      ['no-such-signal', [1, 2]],
    ] as const)
      await workflow.signal(name, ...(args as readonly unknown[]));
    await until('the last is shown', async () =>
      /^Signal "no-such-signal" is not known/.test((await mooring.status(acme)).lastRefusal ?? ''),
    );
    await workflow.signal('runFinished', {
      syncId: 'sync/long-ago',
      trigger: 'schedule',
      jobs: [summaryOf('user-sync', { status: 'partial_success', rejected: 2 })],
    });
    const { jobs: shown, state } = await mooring.configure(acme);
    assert.equal(state, 'active');
    assert.equal(shown.find(({ name }) => name === 'user-sync')?.lastRun?.rejected, 2);
  });
});

test('a sync that cannot be planned, and one that is cancelled, no longer count as running', async () => {
  const fake = createFakeConnection('active');
  await withConnection(
    fake,
    async (acme, { mooring }) => {
      const lost = await mooring.runJobs(acme, { jobs: ['user-sync'] });
      await assert.rejects(
        mooring.syncResult(lost.syncId),
        isRefusal('JOB_UNKNOWN', /ended without a result: There is no such job\.$/),
      );
      await until('it is gone', async () => (await mooring.status(acme)).runningSyncs.length === 0);
      const endless = await mooring.runJobs(acme, {});
      assert.deepEqual((await mooring.status(acme)).runningSyncs, [endless.syncId]);
      await client.workflow.getHandle(endless.syncId).cancel();
      await until('it is gone', async () => (await mooring.status(acme)).runningSyncs.length === 0);
    },
    {
      activities: {
        planSync: ({ jobs: names }) =>
          Promise.reject(names ? failure('JOB_UNKNOWN', 'There is no such job.') : outage('PG_UNREACHABLE')),
      },
    },
  );
});
