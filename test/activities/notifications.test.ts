import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import { createNotificationActivities } from '../../activities/notifications.ts';
import { createNotifications } from '../../adapters/postgres/notifications.ts';
import { createAccessTokens } from '../../adapters/salesforce/access-tokens.ts';
import { createOAuth } from '../../adapters/salesforce/oauth.ts';
import { MooringError } from '../../domain/errors.ts';
import { startFakeSalesforce } from '../fake-salesforce.ts';
import { authorize, connectionIdOf, createVault, specOf } from '../vault.ts';
import { summaryOf } from '../workflows/fake-activities.ts';

const salesforce = await startFakeSalesforce();
const vault = await createVault(salesforce.app);
const { connections } = vault.ports;
const notifications = createNotifications(vault.pool);

interface Sent {
  readonly to: readonly string[];
  readonly subject: string;
}

function mailing(answer: (sent: Sent) => readonly string[] = () => []) {
  const sent: Sent[] = [];
  const activities = createNotificationActivities({
    connection: (name) => connections.findOrThrow(name),
    notifications,
    async send({ recipients: to, subject }) {
      const refused = answer({ to, subject });
      sent.push({ to, subject });
      return refused;
    },
  });
  return { sent, activities };
}

const notify = { success: ['ok@acme.example'], failure: ['bad@acme.example'] };
const declare = (name: string) => connections.save({ ...specOf(name, salesforce.loginUrl), notify }, 'test');
const failed = { syncId: 'sync/acme/1', jobs: [summaryOf('user-sync', { status: 'failed', reason: 'It failed.' })] };

test('an end that is reported again and again is told once', async () => {
  await declare('once');
  const { sent, activities } = mailing();
  for (let times = 0; times < 3; times += 1) {
    await activities.recordEnds({ connection: 'once', syncs: [failed] });
    assert.deepEqual(await activities.sendMails({ connection: 'once' }), {});
  }
  assert.deepEqual(sent, [{ to: ['bad@acme.example'], subject: '[Mooring] once: user-sync did not simply succeed' }]);
});

test('a lost grant makes exactly one mail, however many calls meet it, and PostgreSQL knows that it waits', async () => {
  await authorize(vault, salesforce, 'lost');
  await declare('lost');
  const connectionId = await connectionIdOf(vault, 'lost');
  const isWaiting = async () => (await vault.activities.loadConnection({ connection: 'lost' })).isMailWaiting;
  assert.equal(await isWaiting(), false);
  salesforce.revokeEverything();
  const tokens = createAccessTokens({
    ...{ pool: vault.pool, keyring: vault.keyring, oauth: createOAuth(), owner: 'test:1' },
    ...{ resolveApp: async () => salesforce.app, timing: { pollMs: 10 } },
  });
  const refused = () => Promise.reject(new MooringError('SF_SESSION_EXPIRED', 'Session expired or invalid.'));
  await Promise.allSettled(Array.from({ length: 10 }, () => tokens.use(connectionId, refused)));
  assert.equal(await isWaiting(), true);
  const { sent, activities } = mailing();
  await activities.sendMails({ connection: 'lost' });
  await activities.sendMails({ connection: 'lost' });
  assert.deepEqual(sent, [{ to: ['bad@acme.example'], subject: '[Mooring] lost must be authorized again' }]);
  assert.equal(await isWaiting(), false);
});

test('a mail server that is away keeps the mails waiting; one that refuses a mail does not hold up the next', async () => {
  await declare('waiting');
  const away = mailing(() => {
    throw new MooringError('MAIL_UNREACHABLE', 'It is away.', { retryAfterMs: 1_000 });
  });
  const syncs = [failed, { syncId: 'sync/acme/2', jobs: [summaryOf('company-sync')] }];
  await away.activities.recordEnds({ connection: 'waiting', syncs });
  await assert.rejects(away.activities.sendMails({ connection: 'waiting' }), (error) => {
    assert.ok(error instanceof ApplicationFailure && error.type === 'MAIL_UNREACHABLE' && error.nonRetryable !== true);
    return true;
  });
  const picky = mailing(({ to }) => {
    if (to.includes('bad@acme.example')) throw new MooringError('MAIL_REFUSED', 'The mail server refused the mail.');
    return [];
  });
  assert.deepEqual(await picky.activities.sendMails({ connection: 'waiting' }), {
    problem: 'The mail server refused the mail.',
  });
  assert.deepEqual(picky.sent, [{ to: ['ok@acme.example'], subject: '[Mooring] waiting: all jobs succeeded' }]);
  assert.deepEqual(await picky.activities.sendMails({ connection: 'waiting' }), {}, 'what was given up stays so');
});

test('mails of more than three days ago are not sent any more', async () => {
  await declare('old');
  const { sent, activities } = mailing();
  await activities.recordEnds({ connection: 'old', syncs: [failed] });
  await vault.pool.query(
    `UPDATE mooring.notification SET created_at = now() - interval '4 days' WHERE connection_id = $1`,
    [await connectionIdOf(vault, 'old')],
  );
  assert.deepEqual(await activities.sendMails({ connection: 'old' }), {});
  assert.deepEqual(sent, []);
});
