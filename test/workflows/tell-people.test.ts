import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../support/until.ts';
import { createFakeConnection, failure, outage, summaryOf } from './fake-activities.ts';
import { withConnection } from './with-connection.ts';

const ended = (syncId: string) => ({ syncId, trigger: 'schedule', jobs: [summaryOf('user-sync')] });

test('who asked for it is told how a sync ended', async () => {
  const fake = createFakeConnection('active');
  fake.known = { ...fake.known, isNotifying: true };
  await withConnection(fake, async (acme, { connectionOf }) => {
    await connectionOf(acme).signal('runFinished', ended('sync/1'));
    await until('it is sent', () => fake.calls.includes('sendMails'));
  });
  assert.deepEqual(fake.calls, ['recordEnds 1', 'sendMails']);
});

test('nothing is noted or sent where nobody asked for it', async () => {
  const fake = createFakeConnection('active');
  await withConnection(fake, async (acme, { connectionOf, mooring }) => {
    await connectionOf(acme).signal('runFinished', ended('sync/1'));
    await mooring.configure(acme);
  });
  assert.deepEqual(fake.calls, ['reconcileSchedules']);
});

test('a lost grant pauses the schedules and is told, once', async () => {
  const fake = createFakeConnection('active');
  await withConnection(
    fake,
    async (acme, { connectionOf, mooring }) => {
      fake.known = { ...fake.known, state: 'reauthorization_required', isNotifying: true, isMailWaiting: true };
      for (let times = 0; times < 5; times += 1) await connectionOf(acme).signal('grantLost');
      await until('it is told', () => fake.calls.includes('sendMails'));
      for (let times = 0; times < 5; times += 1) await connectionOf(acme).signal('grantLost');
      await mooring.configure(acme);
    },
    {
      activities: {
        sendMails(input) {
          fake.known = { ...fake.known, isMailWaiting: false };
          return fake.activities.sendMails(input);
        },
      },
    },
  );
  assert.deepEqual(fake.calls.sort(), ['pauseSchedules true', 'sendMails']);
});

test('while the mail server is away the connection answers, notes every end, and tells later', async () => {
  const fake = createFakeConnection('active');
  fake.known = { ...fake.known, isNotifying: true };
  const noted: string[] = [];
  let isAway = true;
  await withConnection(
    fake,
    async (acme, { connectionOf, mooring }) => {
      for (let index = 0; index < 60; index += 1)
        await connectionOf(acme).signal('runFinished', ended(`sync/${index}`));
      await until('all are noted', () => noted.length === 60);
      assert.equal((await mooring.configure(acme)).state, 'active');
      isAway = false;
      await until('it is sent', () => fake.calls.includes('sendMails'));
    },
    {
      activities: {
        recordEnds: async ({ syncs }) => void noted.push(...syncs.map(({ syncId }) => syncId)),
        async sendMails(input) {
          if (isAway) throw outage('MAIL_UNREACHABLE');
          return fake.activities.sendMails(input);
        },
      },
    },
  );
  assert.equal(new Set(noted).size, 60);
});

test('what the mail server refused, and a mail server that is not set up, are shown', async () => {
  const fake = createFakeConnection('active');
  fake.known = { ...fake.known, isNotifying: true };
  const answers = [
    () => Promise.resolve({ problem: 'The mail server refused joe@acme.example.' }),
    () => Promise.reject(failure('MAIL_NOT_SET_UP', 'MOORING_SMTP_URL is not set.')),
  ];
  await withConnection(
    fake,
    async (acme, { connectionOf, mooring }) => {
      for (const words of [/refused joe/, /MOORING_SMTP_URL/]) {
        await connectionOf(acme).signal('runFinished', ended('sync/1'));
        await until('it is shown', async () => words.test((await mooring.status(acme)).lastRefusal ?? ''));
      }
    },
    { activities: { sendMails: () => (answers.length > 1 ? answers.shift() : answers[0])?.() ?? Promise.resolve({}) } },
  );
});
