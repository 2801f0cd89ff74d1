import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOAuth } from '../../adapters/salesforce/oauth.ts';
import { createLogger } from '../../server/create-logger.ts';
import { createServer } from '../../server/create-server.ts';
import { listen } from '../../server/listen.ts';
import { authorizeUrlOf } from '../../server/redirect-uri.ts';
import { MooringError } from '../../domain/errors.ts';
import { freePort } from '../../services/free-port.ts';
import { hasCode } from '../errors.ts';
import { startFakeSalesforce } from '../fake-salesforce.ts';
import { whenTestsEnd } from '../support/when-tests-end.ts';
import { createVault, specOf } from '../vault.ts';
import { Browser } from './browser.ts';

const salesforce = await startFakeSalesforce();
const vault = await createVault(salesforce.app);
const { attempts, connections } = vault.ports;
const port = await freePort();
const baseUrl = `http://127.0.0.1:${port}`;
const logged: string[] = [];
const signals: string[] = [];
let isTemporalDown = false;
const server = await createServer({
  baseUrl,
  attempts,
  authorizationUrl: async (connection, _salesforce, attempt) => {
    if (connection === 'unset') throw new MooringError('SECRET_MISSING', 'The variable "ACME_ID" <is> not set.');
    return createOAuth().authorizationUrl(salesforce.app, attempt);
  },
  signalConsent: async (connection, attemptId) => {
    if (isTemporalDown) throw new Error('no Temporal');
    signals.push(`${connection} ${attemptId}`);
  },
  checks: {
    postgres: () => vault.pool.query('SELECT 1'),
    temporal: async () => {
      if (isTemporalDown) throw new Error('no Temporal');
    },
  },
  logger: createLogger('debug', { write: (line: string) => void logged.push(line) }),
});
await listen(server, { port });
whenTestsEnd(() => server.close());

await connections.save(specOf('acme', salesforce.loginUrl), 'test');
await connections.save(specOf('other', salesforce.loginUrl), 'test');

async function link(connection = 'acme'): Promise<string> {
  const { ticket } = await attempts.createTicket(connection, 'test');
  return authorizeUrlOf(baseUrl, connection, ticket);
}

/** Opens a link, consents at Salesforce, and returns the callback that the browser is sent to. */
async function consented(browser: Browser, connection = 'acme'): Promise<string> {
  const response = await browser.get(await link(connection));
  assert.equal(response.status, 302);
  const { code, state } = salesforce.consent(response.headers.get('location') ?? '');
  return `${baseUrl}/oauth/callback?code=${encodeURIComponent(code)}&state=${state}`;
}

const everything = async (): Promise<string> => {
  const tables = [
    'authorization_attempt',
    'authorization_ticket',
    'oauth_grant',
    'connection',
    'pending_revocation',
    'audit',
  ];
  const dumps = await Promise.all(
    tables.map((table) =>
      vault.pool.query<{ row: string }>(`SELECT t::text AS row FROM mooring.${table} t ORDER BY 1`),
    ),
  );
  return dumps.map(({ rows }) => rows.map(({ row }) => row).join('\n')).join('\n');
};

const lastAttempt = async (): Promise<string> => {
  const { rows } = await vault.pool.query<{ id: string }>(
    'SELECT id FROM mooring.authorization_attempt ORDER BY created_at DESC LIMIT 1',
  );
  return rows[0]?.id ?? '';
};

test('the link leads to Salesforce with state, PKCE and the callback, and sets a cookie only this server reads', async () => {
  const response = await fetch(await link(), { redirect: 'manual' });
  const url = new URL(response.headers.get('location') ?? '');
  assert.equal(url.origin, salesforce.loginUrl);
  assert.equal(url.pathname, '/services/oauth2/authorize');
  const query = Object.fromEntries(url.searchParams);
  assert.deepEqual(Object.keys(query).sort(), [
    'client_id',
    'code_challenge',
    'code_challenge_method',
    'prompt',
    'redirect_uri',
    'response_type',
    'scope',
    'state',
  ]);
  assert.equal(query['redirect_uri'], `${baseUrl}/oauth/callback`);
  assert.equal(query['scope'], 'api refresh_token id');
  assert.match(
    response.headers.getSetCookie().join(),
    /^mooring_[0-9a-f]{32}=[\w-]{43}; Max-Age=3600; Path=\/; HttpOnly; SameSite=Lax$/,
  );
});

test('a consent is stored, signalled, and its page follows it to the end', async () => {
  const browser = new Browser();
  const callback = await consented(browser);
  const { response, url } = await browser.follow(await browser.get(callback), callback);
  assert.equal(response.status, 200);
  assert.doesNotMatch(url, /code|state/, 'neither stays in the address bar');
  const attemptId = await lastAttempt();
  assert.ok(signals.includes(`acme ${attemptId}`));
  assert.match(await response.text(), /confirming the org/);

  const status = `${baseUrl}/attempts/${attemptId}`;
  assert.deepEqual(await (await browser.get(status)).json(), {
    connection: 'acme',
    status: 'consent_received',
    message: 'Salesforce sent you back. Mooring is confirming the org and storing the grant…',
    finished: false,
  });
  await vault.activities.exchangeConsent({ connection: 'acme', attemptId });
  const end = (await (await browser.get(status)).json()) as { finished: boolean; status: string; message: string };
  assert.equal(end.finished, true);
  assert.match(end.message, /Acme <Corp>/);
  assert.match(await (await browser.get(`${status}/page`)).text(), /Acme &lt;Corp&gt;/, 'names of orgs are escaped');

  assert.equal((await fetch(status)).status, 404, 'another browser learns nothing');
  assert.equal((await fetch(`${status}/page`)).status, 404);
});

test('a denial is stored, told to the workflow and shown', async () => {
  const browser = new Browser();
  const response = await browser.get(await link());
  const state = new URL(response.headers.get('location') ?? '').searchParams.get('state') ?? '';
  const callback = `${baseUrl}/oauth/callback?error=access_denied&error_description=end-user+denied+authorization&state=${state}`;
  const page = await browser.follow(await browser.get(callback), callback);
  assert.match(await page.response.text(), /Access was denied at Salesforce/);
  const attemptId = await lastAttempt();
  assert.ok(signals.includes(`acme ${attemptId}`));
  assert.equal((await vault.activities.exchangeConsent({ connection: 'acme', attemptId })).outcome, 'denied');
});

test('what Salesforce calls an error is never echoed as markup', async () => {
  const browser = new Browser();
  const response = await browser.get(await link());
  const state = new URL(response.headers.get('location') ?? '').searchParams.get('state') ?? '';
  const callback = `${baseUrl}/oauth/callback?error=${encodeURIComponent('<script>alert(1)</script>')}&error_description=evil&state=${state}`;
  const page = await browser.follow(await browser.get(callback), callback);
  const text = await page.response.text();
  assert.match(text, /an unknown error/);
  assert.doesNotMatch(text, /alert|evil/);
});

test('a ticket opens one attempt, of its own connection, in its time', async () => {
  const used = await link();
  assert.equal((await fetch(used, { redirect: 'manual' })).status, 302);
  assert.equal((await fetch(used, { redirect: 'manual' })).status, 400);
  assert.equal((await fetch((await link()).replace('/acme/', '/other/'), { redirect: 'manual' })).status, 400);
  assert.equal((await fetch(`${baseUrl}/connections/acme/authorize`, { redirect: 'manual' })).status, 400);

  const late = await link('other');
  await vault.pool.query(
    `UPDATE mooring.authorization_ticket SET expires_at = now() WHERE connection_id = (SELECT id FROM mooring.connection WHERE name = 'other')`,
  );
  assert.equal((await fetch(late, { redirect: 'manual' })).status, 400);
});

test('a scanner’s HEAD and a browser’s prefetch do not spend the ticket', async () => {
  const url = await link();
  assert.equal((await fetch(url, { method: 'HEAD' })).status, 404);
  assert.equal(
    (await fetch(url, { headers: { 'sec-purpose': 'prefetch;prerender' }, redirect: 'manual' })).status,
    503,
  );
  assert.equal((await fetch(url, { redirect: 'manual' })).status, 302);
});

test('another browser cannot complete an attempt, and the right one still can', async () => {
  const browser = new Browser();
  const callback = await consented(browser);
  const stranger = new Browser();
  await stranger.get(await link('other')); // has a cookie, but of his own attempt
  assert.equal((await stranger.get(callback)).status, 400);
  assert.equal((await fetch(callback)).status, 400);
  assert.equal((await browser.get(callback)).status, 303);
  assert.equal((await browser.get(callback)).status, 400, 'a replay finds nothing to do');
});

test('an expired attempt is refused, and a new link works', async () => {
  const browser = new Browser();
  const callback = await consented(browser);
  const attemptId = await lastAttempt();
  await vault.pool.query('UPDATE mooring.authorization_attempt SET expires_at = now() WHERE id = $1', [attemptId]);
  assert.equal((await browser.get(callback)).status, 400);
  const shown = (await (await browser.get(`${baseUrl}/attempts/${attemptId}`)).json()) as {
    status: string;
    finished: boolean;
  };
  assert.deepEqual([shown.status, shown.finished], ['expired', true]);
  assert.equal((await browser.get(await consented(browser))).status, 303);
  const { rows } = await vault.pool.query(
    'SELECT status, code_verifier_sealed FROM mooring.authorization_attempt WHERE id = $1',
    [attemptId],
  );
  assert.deepEqual(rows, [{ status: 'expired', code_verifier_sealed: null }], 'the next link cleans up');
});

test('a callback while Temporal is away is kept, and told when the page looks again', async () => {
  const browser = new Browser();
  const callback = await consented(browser);
  isTemporalDown = true;
  assert.equal((await browser.get(callback)).status, 303);
  const attemptId = await lastAttempt();
  assert.equal(signals.includes(`acme ${attemptId}`), false);
  assert.ok((await attempts.waiting('acme')).includes(attemptId));
  isTemporalDown = false;
  await browser.get(`${baseUrl}/attempts/${attemptId}`);
  await browser.get(`${baseUrl}/attempts/${attemptId}`);
  assert.equal(signals.filter((signal) => signal === `acme ${attemptId}`).length, 1);
});

test('what is missing in the configuration is said, escaped, to whoever holds a good ticket', async () => {
  await connections.save(specOf('unset', salesforce.loginUrl), 'test');
  const response = await fetch(await link('unset'), { redirect: 'manual' });
  assert.equal(response.status, 500);
  assert.match(await response.text(), /&quot;ACME_ID&quot; &lt;is&gt; not set/);
});

test('health is about this process, readiness about what it needs', async () => {
  assert.deepEqual(await (await fetch(`${baseUrl}/health`)).json(), { status: 'ok' });
  assert.deepEqual(await (await fetch(`${baseUrl}/ready`)).json(), {
    ready: true,
    parts: { postgres: true, temporal: true },
  });
  isTemporalDown = true;
  const down = await fetch(`${baseUrl}/ready`);
  assert.equal(down.status, 503);
  assert.deepEqual(await down.json(), { ready: false, parts: { postgres: true, temporal: false } });
  isTemporalDown = false;
});

test('no answer may be cached, framed or sniffed, and scripts run by nonce only', async () => {
  const browser = new Browser();
  const callback = await consented(browser);
  const page = await browser.follow(await browser.get(callback), callback);
  const answers = [
    page.response,
    await fetch(`${baseUrl}/health`),
    await fetch(`${baseUrl}/nowhere`),
    await fetch(`${baseUrl}/oauth/callback`),
    await fetch(`${baseUrl}/%zz`),
  ];
  for (const { headers } of answers) {
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.equal(headers.get('referrer-policy'), 'no-referrer');
    assert.equal(headers.get('x-frame-options'), 'DENY');
    assert.match(headers.get('content-security-policy') ?? '', /^default-src 'none'.*frame-ancestors 'none'/);
  }
  const text = await page.response.text();
  const nonces = [...text.matchAll(/nonce="([^"]+)"/g)].map(([, nonce]) => nonce);
  assert.equal(nonces.length, 2);
  const policy = page.response.headers.get('content-security-policy') ?? '';
  for (const nonce of nonces) assert.ok(policy.includes(`'nonce-${nonce ?? ''}'`));
  assert.doesNotMatch(text, / on\w+="|javascript:|https?:\/\//);
});

test('a taken port is named', async () => {
  const second = await createServer({
    baseUrl,
    attempts,
    authorizationUrl: async () => '',
    signalConsent: async () => undefined,
    checks: {},
  });
  await assert.rejects(listen(second, { port }), hasCode('PORT_TAKEN'));
  await second.close();
});

test('no log line of all this holds a code, a state, a ticket or a cookie', async () => {
  const browser = new Browser();
  const url = await link();
  const response = await browser.get(url);
  const location = new URL(response.headers.get('location') ?? '');
  const { code, state } = salesforce.consent(location.href);
  await browser.get(`${baseUrl}/oauth/callback?code=${encodeURIComponent(code)}&state=${state}`);
  const cookie = /=([\w-]{43})/.exec(response.headers.getSetCookie().join())?.[1] ?? '';
  const text = logged.join('');
  assert.match(text, /"route":"\/oauth\/callback"/);
  for (const secret of [code, encodeURIComponent(code), state, cookie, new URL(url).searchParams.get('ticket') ?? '']) {
    assert.ok(secret.length > 20);
    assert.equal(text.includes(secret), false);
    assert.equal((await everything()).includes(secret), false);
  }
});
