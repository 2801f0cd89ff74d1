import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../support/until.ts';
import { startStory } from '../e2e/story.ts';
import { open, openBrowser } from './browser.ts';
import { lookAt } from './look-at.ts';
import { answer, logIn, untilItSays, type Person } from './people.ts';

const SIZES = {
  users: 5,
  accounts: 20,
  contacts: 20,
  relationshipTypes: 2,
  relationships: 5,
  opportunities: 5,
  cases: 5,
};
const ADA = { username: 'ada@acme.example', password: 'engines' };
const GRACE = { username: 'grace@acme.example', password: 'compilers' };
const EVE = { username: 'eve@rival.example', password: 'elsewhere' };

const story = await startStory(
  '',
  { sizes: SIZES, users: [ADA, GRACE] },
  { otherOrgs: [{ name: 'rival', sizes: SIZES, users: [EVE], apps: [] }] },
);
const { connection, mooring, pool } = story;
const [acme, rival] = story.orgs;
assert.ok(acme && rival);

const invalid = 'It was used before, has expired, or was opened in another browser.';

/** Walks from a fresh link to the answer, in a browser that remembers nothing. */
async function authorizeAs(person: Person, decision: 'Allow' | 'Deny' = 'Allow') {
  const page = await logIn(await openBrowser(), await story.link(), person);
  await answer(page, decision);
  return page;
}

const grants = async (): Promise<number> => {
  const { rows } = await story.org.pool.query<{ count: string }>(
    'SELECT count(*) FROM emulator.access_grant WHERE revoked_at IS NULL',
  );
  return Number(rows[0]?.count);
};

test('who denies is told that nothing was changed, and nothing is', async () => {
  const page = await logIn(await openBrowser(), await story.link(), ADA);
  await lookAt(page, 'consent');
  await answer(page, 'Deny');
  await untilItSays(page, 'Access was denied at Salesforce. Nothing was changed.');
  await lookAt(page, 'denied');
  const { state, orgId } = await mooring.status(connection);
  assert.deepEqual(
    { state, orgId, grants: await grants() },
    { state: 'awaiting_authorization', orgId: null, grants: 0 },
  );
});

test('after a closed window the link is spent, and a new one authorizes', async () => {
  const link = await story.link();
  const closed = await open(await openBrowser(), link);
  await lookAt(closed, 'login');
  await closed.close();
  const again = await open(await openBrowser(), link);
  await again.getByText(invalid).waitFor();
  await lookAt(again, 'invalid-link');

  const page = await authorizeAs(ADA);
  await untilItSays(page, `Connection "${connection}" is authorized for`);
  await untilItSays(page, `as "${ADA.username}"`);
  await untilItSays(page, 'Connected');
  await lookAt(page, 'authorized');
  assert.doesNotMatch(page.url(), /code|state=/, 'the code has left the address bar');
  const { state, orgId, username } = await mooring.status(connection);
  assert.deepEqual({ state, orgId, username }, { state: 'active', orgId: acme.id, username: ADA.username });
});

test('who answers after a quarter of an hour is told to ask for a new link', async () => {
  const page = await logIn(await openBrowser(), await story.link(), ADA);
  await pool.query(
    `UPDATE mooring.authorization_attempt SET expires_at = now() - interval '1 second' WHERE status = 'pending'`,
  );
  await answer(page, 'Allow');
  await page.getByText(invalid).waitFor();
  await page.getByText('Ask for a new link').waitFor();
});

test('a consent that another browser began is refused', async () => {
  const page = await logIn(await openBrowser(), await story.link(), ADA);
  await page.context().clearCookies({ domain: '127.0.0.1', name: /^mooring_/ });
  await answer(page, 'Allow');
  await page.getByText(invalid).waitFor();
});

test('a consent for another org is refused on the page, and the old grant goes on working', async () => {
  const page = await authorizeAs(EVE);
  await untilItSays(
    page,
    `The connection is bound to org "${acme.id}"; the authorization for org "${rival.id}" was refused`,
  );
  await lookAt(page, 'wrong-org');
  const { state, orgId, username, lastRefusal } = await mooring.status(connection);
  assert.deepEqual({ state, orgId, username }, { state: 'active', orgId: acme.id, username: ADA.username });
  assert.match(lastRefusal ?? '', /was refused and revoked/);
  await until('the refused grant is revoked at Salesforce', async () => (await grants()) === 1);
  const { jobs } = await story.run(['user-sync']);
  assert.deepEqual(
    jobs.map(({ status }) => status),
    ['success'],
  );
});

test('another user of the same org may re-authorize, and is shown from then on', async () => {
  const page = await authorizeAs(GRACE);
  await untilItSays(page, `as "${GRACE.username}"`);
  const { state, orgId, username } = await mooring.status(connection);
  assert.deepEqual({ state, orgId, username }, { state: 'active', orgId: acme.id, username: GRACE.username });
  await until('the replaced grant is revoked at Salesforce', async () => (await grants()) === 1);
});

test('after a revoke jobs are refused in a sentence, and a new authorization brings them back', async () => {
  await mooring.signalRevoke(connection, 'test');
  await until('it is revoked', async () => (await mooring.status(connection)).state === 'revoked');
  await assert.rejects(
    mooring.runJobs(connection, {}),
    new RegExp(`Connection "${connection}" is revoked; no job of it may run`),
  );
  await until('no grant is left at Salesforce', async () => (await grants()) === 0);

  await untilItSays(await authorizeAs(ADA), `as "${ADA.username}"`);
  const { jobs } = await story.run(['user-sync']);
  assert.deepEqual(
    jobs.map(({ status }) => status),
    ['success'],
  );
});
