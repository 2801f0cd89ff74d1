import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createAccessTokens } from '../../adapters/salesforce/access-tokens.ts';
import { createOAuth } from '../../adapters/salesforce/oauth.ts';
import { MooringError } from '../../domain/errors.ts';
import { startEmulator } from '../../emulator/start.ts';
import { createServer } from '../../server/create-server.ts';
import { listen } from '../../server/listen.ts';
import { authorizeUrlOf, redirectUriOf } from '../../server/redirect-uri.ts';
import { freePort } from '../../services/free-port.ts';
import { createTestDatabase } from '../support/database.ts';
import { whenTestsEnd } from '../support/when-tests-end.ts';
import { createVault, specOf } from '../vault.ts';
import { Browser } from './browser.ts';

const port = await freePort();
const baseUrl = `http://127.0.0.1:${port}`;
const app = {
  clientId: '3MVG9.mooring',
  clientSecret: 'not-for-production',
  redirectUris: [redirectUriOf(baseUrl)],
  pkceRequired: true,
  rotation: true,
};
const few = { users: 3, accounts: 3, contacts: 3, relationshipTypes: 1, relationships: 1, opportunities: 1, cases: 1 };
const dataDir = await mkdtemp(join(tmpdir(), 'mooring-emulator-'));
whenTestsEnd(() => rm(dataDir, { recursive: true, force: true }));
const database = await createTestDatabase();
whenTestsEnd(() => database.drop());
const emulator = await startEmulator({
  databaseUrl: database.url,
  dataDir,
  orgs: [
    { name: 'acme', sizes: few, apps: [app] },
    { name: 'other', sizes: few, apps: [app] },
  ],
});
whenTestsEnd(() => emulator.stop());
const [acme, other] = emulator.orgs;
assert.ok(acme !== undefined && other !== undefined);

const resolved = { loginUrl: acme.loginUrl, clientId: app.clientId, clientSecret: app.clientSecret };
const vault = await createVault(resolved);
const { attempts, connections } = vault.ports;
const oauth = createOAuth();
const server = await createServer({
  baseUrl,
  attempts,
  authorizationUrl: async (_connection, _salesforce, attempt) => oauth.authorizationUrl(resolved, attempt),
  signalConsent: async () => undefined,
  checks: {},
});
await listen(server, { port });
whenTestsEnd(() => server.close());
await connections.save(specOf('acme', acme.loginUrl), 'test');

/** Walks a link as a person does: log in, answer, come back; then the workflow's activity runs. */
async function walk(org: typeof acme, decision: 'allow' | 'deny') {
  assert.ok(org !== undefined);
  const [user] = org.users;
  assert.ok(user !== undefined);
  const browser = new Browser();
  const { ticket } = await attempts.createTicket('acme', 'test');
  const link = authorizeUrlOf(baseUrl, 'acme', ticket);
  const login = await browser.follow(await browser.get(link), link);
  const answered = await browser.submit(await login.response.text(), login.url, {
    username: user.username,
    password: user.password,
  });
  const consent = await browser.follow(answered, login.url);
  const page = await browser.follow(
    await browser.submit(await consent.response.text(), consent.url, { decision }),
    consent.url,
  );
  const attemptId = /\/attempts\/([0-9a-f-]{36})\/page$/.exec(page.url)?.[1] ?? '';
  const outcome = await vault.activities.exchangeConsent({ connection: 'acme', attemptId });
  const shown = await (await browser.get(page.url)).text();
  return { outcome, shown };
}

/** What a call to the data API of the emulator says to a token. */
const callApi = async ({ accessToken, instanceUrl }: { accessToken: string; instanceUrl: string }): Promise<number> => {
  const response = await fetch(`${instanceUrl}/services/data/v62.0/limits`, {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  await response.arrayBuffer();
  if (response.status === 401) throw new MooringError('SF_SESSION_EXPIRED', 'Session expired or invalid.');
  return response.status;
};

const tokens = () =>
  createAccessTokens({ ...vault, oauth, owner: 'test:1', resolveApp: async () => resolved, timing: { pollMs: 20 } });

test('a denial at the org is shown and changes nothing', async () => {
  const { outcome, shown } = await walk(acme, 'deny');
  assert.equal(outcome.outcome, 'denied');
  assert.match(shown, /Access was denied/);
  assert.equal((await connections.findOrThrow('acme')).state, 'awaiting_authorization');
});

test('login, Allow and callback bind the org, and the token works at its data API', async () => {
  const { outcome, shown } = await walk(acme, 'allow');
  assert.ok(outcome.outcome === 'authorized', outcome.message);
  assert.equal(outcome.orgId, acme.id);
  assert.match(shown, /is authorized for/);
  const { connectionId, state, orgName, username } = await connections.findOrThrow('acme');
  assert.equal(state, 'active');
  assert.equal(typeof orgName, 'string');
  assert.equal(username, acme.users[0]?.username);
  assert.equal(await tokens().use(connectionId, callApi), 200);
});

test('an expired token of a rotating app is renewed, again and again', async () => {
  const { connectionId } = await connections.findOrThrow('acme');
  for (let round = 0; round < 3; round += 1) {
    let isExpired = true;
    const answer = await tokens().use(connectionId, (access) => {
      const expired = isExpired;
      isExpired = false;
      return callApi(expired ? { ...access, accessToken: 'expired' } : access);
    });
    assert.equal(answer, 200);
  }
});

test('a consent for another org is refused, and its grant is dead at that org', async () => {
  const { outcome, shown } = await walk(other, 'allow');
  assert.equal(outcome.outcome, 'refused_other_org');
  assert.match(shown, new RegExp(`bound to org &quot;${acme.id}&quot;`));
  const { connectionId } = await connections.findOrThrow('acme');
  assert.deepEqual(await vault.ports.revocations.pending(connectionId), []);
  assert.equal(await tokens().use(connectionId, callApi), 200, 'the old grant is in force');
});

test('no token, code or verifier stands in any table in the clear', async () => {
  const { connectionId } = await connections.findOrThrow('acme');
  const { rows: grants } = await vault.pool.query<{ refresh: string; access: string }>(
    'SELECT refresh_token_sealed AS refresh, access_token_sealed AS access FROM mooring.oauth_grant',
  );
  const secrets = grants.flatMap(({ refresh, access }) => [
    vault.keyring.open(refresh, { connectionId, purpose: 'refresh_token' }),
    vault.keyring.open(access, { connectionId, purpose: 'access_token' }),
  ]);
  assert.equal(secrets.length, 2);
  const { rows: tables } = await vault.pool.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'mooring'`,
  );
  for (const { name } of tables) {
    const { rows } = await vault.pool.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`);
    const dump = rows.map(({ row }) => row).join('\n');
    for (const secret of [...secrets, app.clientSecret]) assert.equal(dump.includes(secret), false, name);
    assert.doesNotMatch(dump, /00D\w{12}!|5Aep|aPrx/, `${name} holds something shaped like a token or a code`);
  }
});

test('a revoke reaches the org: its tokens are dead there', async () => {
  const { connectionId } = await connections.findOrThrow('acme');
  let last = { accessToken: '', instanceUrl: '' };
  await tokens().use(connectionId, (access) => {
    last = access;
    return callApi(access);
  });
  await vault.activities.revokeConnection({ connection: 'acme' });
  assert.equal(await vault.activities.revokeAtSalesforce({ connection: 'acme' }), 1);
  await assert.rejects(callApi(last), /Session expired/);
});
