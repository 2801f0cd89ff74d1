import assert from 'node:assert/strict';
import { test } from 'node:test';
import { activityInfo } from '@temporalio/activity';
import { connectionWorkflowId } from '../../domain/names.ts';
import { until } from '../support/until.ts';
import { AUTHORIZED, createFakeConnection, gate, ORG, planned, sixJobs, summaryOf } from './fake-activities.ts';
import { ownServer } from './own-server.ts';
import { withConnection } from './with-connection.ts';

const EVENTS = 50;
const server = await ownServer({ eventsPerHistory: EVENTS });

/** How many events each history of a connection has, oldest run first. */
async function historyLengths(name: string): Promise<number[]> {
  const lengths: number[] = [];
  const workflowId = connectionWorkflowId(name);
  let { runId } = await server.client.workflow.getHandle(workflowId).describe();
  for (;;) {
    const { events } = await server.client.workflow.getHandle(workflowId, runId).fetchHistory();
    lengths.unshift(events?.length ?? 0);
    const before = events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
    if (!before) return lengths;
    runId = before;
  }
}

const manyJobs = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ name: `job-${index}`, kind: 'custom', enabled: true }) as const);

test('a flood of signals across new histories loses none and keeps histories short', async () => {
  const fake = createFakeConnection('active');
  const FLOOD = 150;
  fake.known = { ...fake.known, jobs: manyJobs(FLOOD) };
  // Each consent that succeeds would start a sync of six jobs: another flood, and not the one that is looked at.
  fake.outcomeOf = async () => ({ outcome: 'denied', message: 'Denied.' });
  await withConnection(
    fake,
    async (acme, { mooring, connectionOf }) => {
      const workflow = connectionOf(acme);
      const signals = Array.from({ length: FLOOD }, (_, index) =>
        index % 3 === 0
          ? workflow.signal('oauthCallback', { attemptId: `a${index}` })
          : workflow.signal('runFinished', {
              syncId: `sync/${index}`,
              trigger: 'schedule',
              jobs: [summaryOf(`job-${index}`)],
            }),
      );
      await Promise.all(signals);
      const consents = (): Set<string> => new Set(fake.calls.filter((call) => call.startsWith('exchangeConsent')));
      await until('every consent is exchanged', () => consents().size === FLOOD / 3, 60_000);
      const { jobs } = await mooring.configure(acme);
      const noted = jobs.filter(({ lastRun }) => lastRun?.status === 'success').map(({ name }) => name);
      assert.equal(noted.length, FLOOD - FLOOD / 3);
      const lengths = await historyLengths(acme);
      assert.ok(lengths.length >= 2, `${lengths.length} histories`);
      // All signals may arrive in one history, and what they asked for is finished there: at most 25 events for each consent.
      assert.ok(Math.max(...lengths) < EVENTS + FLOOD + 25 * (FLOOD / 3), `histories of ${lengths.join(', ')} events`);
    },
    { server },
  );
});

test('a flood of every kind of signal, wave after wave, neither forgets a running sync nor stops the connection', async () => {
  const WAVES = 4;
  const WAVE = 120;
  const fake = createFakeConnection('active');
  fake.known = { ...fake.known, jobs: [...fake.known.jobs, ...manyJobs(WAVES * WAVE)] };
  fake.outcomeOf = async () => ({ outcome: 'denied', message: 'Denied.' });
  const { open, opened } = gate();
  const kinds: readonly ((index: number) => [name: string, ...args: unknown[]])[] = [
    (index) => ['runFinished', { syncId: `sync/${index}`, trigger: 'schedule', jobs: [summaryOf(`job-${index}`)] }],
    () => ['oauthCallback', { attemptId: 'always-the-same' }],
    () => ['grantLost'],
    () => ['reauthorize', { reason: 'new owner' }],
    (index) => ['no-such-signal', index],
    () => ['runFinished', { syncId: 7, jobs: 'none' }],
  ];
  await withConnection(
    fake,
    async (acme, { mooring, connectionOf }) => {
      const { syncId } = await mooring.runJobs(acme, { jobs: ['user-sync'] });
      for (let wave = 0; wave < WAVES; wave += 1) {
        const indexes = Array.from({ length: WAVE }, (_, index) => wave * WAVE + index);
        await Promise.all(
          indexes.map((index) => {
            const [name, ...args] = kinds[index % kinds.length]?.(index) ?? ['grantLost'];
            return connectionOf(acme).signal(name, ...args);
          }),
        );
        const { state, runningSyncs } = await mooring.configure(acme);
        assert.deepEqual([state, runningSyncs], ['active', [syncId]], `after wave ${wave}`);
      }
      assert.deepEqual(
        fake.calls.filter((call) => call.startsWith('exchange')).length,
        1,
        'one exchange for one consent',
      );
      open();
      assert.deepEqual(
        (await mooring.syncResult(syncId)).jobs.map(({ status }) => status),
        ['success'],
      );
      await until('its end is noted', async () => (await mooring.status(acme)).runningSyncs.length === 0);
      const { jobs, reauthorizationAsked } = await mooring.status(acme);
      const reported = jobs.filter(({ name, lastRun }) => name.startsWith('job-') && lastRun !== undefined);
      assert.equal(reported.length, (WAVES * WAVE) / kinds.length, 'every end that was reported');
      assert.equal(reauthorizationAsked, 'A new authorization was asked for: new owner.');
      const lengths = await historyLengths(acme);
      assert.ok(lengths.length > WAVES, `${lengths.length} histories`);
      // A wave may arrive in one history, and each signal may be a task of its own there: five events, and the reading anew.
      assert.ok(Math.max(...lengths) < EVENTS + 10 * WAVE, `histories of ${lengths.join(', ')} events`);
    },
    {
      server,
      activities: {
        planSync: async () => ({ jobs: [planned('user-sync')], searchable: false }),
        beginRun: (input) => opened.then(() => sixJobs.beginRun(input)),
      },
    },
  );
});

test('a sync outlives the histories of its connection and is not forgotten', async () => {
  const fake = createFakeConnection('active');
  const { open, opened } = gate();
  await withConnection(
    fake,
    async (acme, { mooring }) => {
      const { syncId } = await mooring.runJobs(acme, { jobs: ['user-sync'] });
      for (let round = 0; (await historyLengths(acme)).length < 3 && round < 100; round += 1) {
        await mooring.configure(acme);
        assert.deepEqual((await mooring.status(acme)).runningSyncs, [syncId], `in round ${round}`);
      }
      assert.ok((await historyLengths(acme)).length >= 3);
      open();
      assert.deepEqual(
        (await mooring.syncResult(syncId)).jobs.map(({ status }) => status),
        ['success'],
      );
      await until('the connection knows', async () => (await mooring.status(acme)).runningSyncs.length === 0);
    },
    {
      server,
      activities: {
        planSync: async () => ({ jobs: [planned('user-sync')], searchable: false }),
        beginRun: (input) => opened.then(() => sixJobs.beginRun(input)),
      },
    },
  );
});

test('an exchange that is under way when a new history begins still has its effects', async () => {
  const fake = createFakeConnection();
  const { open, opened } = gate();
  fake.outcomeOf = () => opened.then(() => AUTHORIZED);
  await withConnection(
    fake,
    async (acme, { mooring }) => {
      await mooring.signalConsent(acme, 'slow');
      await until('the exchange is under way', () => fake.calls.includes('exchangeConsent slow'));
      for (let round = 0; (await historyLengths(acme)).length < 2 && round < 100; round += 1)
        await mooring.configure(acme);
      open();
      await until('the first sync has ended', async () =>
        (await mooring.status(acme)).jobs.some(({ lastRun }) => lastRun?.status === 'success'),
      );
      assert.equal((await mooring.status(acme)).state, 'active');
    },
    { server },
  );
});

test('the status right after a new history has begun is the one from before', async () => {
  const fake = createFakeConnection('active');
  const { open, opened } = gate();
  let firstRun: string | undefined;
  const loadConnection = async () => {
    const { runId } = activityInfo().workflowExecution ?? {};
    firstRun ??= runId;
    if (runId !== firstRun) await opened;
    return fake.known;
  };
  await withConnection(
    fake,
    async (acme, { mooring }) => {
      const isNew = async (): Promise<boolean> => (await historyLengths(acme)).length > 1;
      // Those that meet the new history wait in it for PostgreSQL.
      const asked = Array.from({ length: EVENTS / 5 }, () => mooring.pauseSchedules(acme));
      await until('a new history has begun', isNew);
      const { state, revision, orgId } = await mooring.status(acme);
      assert.deepEqual([state, revision, orgId], ['active', 1, ORG]);
      open();
      assert.equal((await Promise.all(asked)).length, EVENTS / 5);
    },
    { server, activities: { loadConnection } },
  );
});
