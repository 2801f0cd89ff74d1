import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MooringError } from '../../domain/errors.ts';
import { until } from '../support/until.ts';
import { AUTHORIZED, createFakeConnection, failure, gate, outage } from './fake-activities.ts';
import { withConnection } from './with-connection.ts';

test('a revoke stops PostgreSQL first, then the schedules, and tells Salesforce', async () => {
  const fake = createFakeConnection('active');
  await withConnection(fake, async (acme, { mooring, connectionOf }) => {
    await connectionOf(acme).signal('revoke', { reason: 'contract ended' });
    await until('Salesforce knows and runs are cancelled', () => fake.calls.length === 4);
    assert.equal((await mooring.status(acme)).state, 'revoked');
  });
  assert.equal(fake.calls[0], 'revokeConnection');
  assert.deepEqual(
    fake.calls.filter((call) => call !== 'revokeAtSalesforce'),
    ['revokeConnection', 'pauseSchedules true', 'cancelRuns'],
  );
});

test('a revoke needs no input, and strange input does not stop it', async () => {
  for (const input of [[], [null], ['because'], [{ reason: 42 }]]) {
    const fake = createFakeConnection('active');
    const reasons: unknown[] = [];
    await withConnection(
      fake,
      async (acme, { mooring, connectionOf }) => {
        await connectionOf(acme).signal('revoke', ...(input as readonly unknown[]));
        await until('it is revoked', async () => (await mooring.status(acme)).state === 'revoked');
      },
      {
        activities: {
          revokeConnection: (choice) => {
            reasons.push(choice.reason);
            return fake.activities.revokeConnection(choice);
          },
        },
      },
    );
    assert.deepEqual(reasons, [undefined]);
  }
});

test('while Salesforce cannot be told about a revoke, the connection answers and can be authorized again', async () => {
  const fake = createFakeConnection('active');
  let isAway = true;
  const revokeAtSalesforce = async (): Promise<number> => {
    if (isAway) throw outage('SF_UNREACHABLE');
    fake.calls.push('revokeAtSalesforce');
    return 1;
  };
  await withConnection(
    fake,
    async (acme, { mooring, connectionOf }) => {
      await connectionOf(acme).signal('revoke');
      await until('it is revoked', async () => (await mooring.status(acme)).state === 'revoked');
      assert.equal((await mooring.configure(acme)).state, 'revoked');
      await assert.rejects(
        mooring.runJobs(acme, {}),
        (error) => error instanceof MooringError && error.code === 'REFUSED',
      );
      await mooring.signalConsent(acme, 'a1');
      await until('it is active', async () => (await mooring.status(acme)).state === 'active');
      isAway = false;
      await until('Salesforce knows', () => fake.calls.includes('revokeAtSalesforce'));
    },
    { activities: { revokeAtSalesforce } },
  );
});

test('a revoke holds and Salesforce is told although the schedules cannot be paused, which is shown', async () => {
  const fake = createFakeConnection('active');
  const pauseSchedules = () => Promise.reject(failure('TEMPORAL_UNREACHABLE', 'The schedules cannot be reached.'));
  await withConnection(
    fake,
    async (acme, { mooring, connectionOf }) => {
      await connectionOf(acme).signal('revoke');
      await until('Salesforce knows', () => fake.calls.includes('revokeAtSalesforce'));
      await until('it is shown', async () => (await mooring.status(acme)).lastRefusal !== undefined);
      const { state, lastRefusal } = await mooring.status(acme);
      assert.deepEqual([state, lastRefusal], ['revoked', 'The schedules cannot be reached.']);
    },
    { activities: { pauseSchedules } },
  );
});

test('a revoke that comes while a consent is being exchanged does not wait for it, and holds', async () => {
  const fake = createFakeConnection('active');
  const { open, opened } = gate();
  fake.outcomeOf = () => opened.then(() => AUTHORIZED);
  await withConnection(fake, async (acme, { mooring, connectionOf }) => {
    await mooring.signalConsent(acme, 'slow');
    await until('the exchange is under way', () => fake.calls.includes('exchangeConsent slow'));
    await connectionOf(acme).signal('revoke');
    await until('it is revoked', async () => (await mooring.status(acme)).state === 'revoked');
    open();
    await until('it is revoked again', () => fake.calls.filter((call) => call === 'revokeConnection').length === 2);
    const { state, runningSyncs } = await mooring.configure(acme);
    assert.deepEqual([state, runningSyncs], ['revoked', []]);
  });
});

test('a consent that comes after a revoke makes the connection active again', async () => {
  const fake = createFakeConnection('active');
  await withConnection(fake, async (acme, { mooring, connectionOf }) => {
    await connectionOf(acme).signal('revoke');
    await mooring.signalConsent(acme, 'later');
    await until('the consent is answered', () => fake.calls.includes('exchangeConsent later'));
    await until('it is active', async () => (await mooring.status(acme)).state === 'active');
  });
  assert.equal(fake.calls.filter((call) => call === 'revokeConnection').length, 1);
});
