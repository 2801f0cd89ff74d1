import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import { once } from '../support/when-tests-end.ts';
import { giveConsent } from './consent.ts';
import { APP, newTokens, REDIRECT, startTestEmulator, type TestEmulator } from './test-emulator.ts';

const ROTATING = { clientId: 'rotating', clientSecret: 'r', redirectUris: [REDIRECT], rotation: true };
const PUBLIC = { clientId: 'public', redirectUris: [REDIRECT] };
const ROBOT = {
  clientId: 'robot',
  clientSecret: 'x',
  redirectUris: [REDIRECT],
  clientCredentialsUser: 'admin@acme.example',
};
const sizes = { users: 10, accounts: 20, contacts: 20, relationships: 5, opportunities: 5, cases: 5 };

const started = once(() =>
  startTestEmulator({
    orgs: [
      { name: 'acme', sizes, apps: [APP, ROTATING, PUBLIC, ROBOT] },
      { name: 'globex', sizes, apps: [] },
    ],
  }),
);

type Answer = Record<string, string>;

function authorizationUrl({ emulator }: TestEmulator, more: Record<string, string> = {}): string {
  const parameters = {
    response_type: 'code',
    client_id: APP.clientId,
    redirect_uri: REDIRECT,
    scope: 'api refresh_token id',
    state: 's&t=1',
    ...more,
  };
  return `${emulator.url}/services/oauth2/authorize?${new URLSearchParams(parameters).toString()}`;
}

async function token(
  { emulator }: TestEmulator,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Answer }> {
  const response = await fetch(`${emulator.url}/services/oauth2/token`, {
    method: 'POST',
    headers,
    body: new URLSearchParams(form),
  });
  return { status: response.status, body: (await response.json()) as Answer };
}

const visitor = (
  { org }: TestEmulator,
  decision: 'allow' | 'deny' = 'allow',
): { username: string; password: string; decision: 'allow' | 'deny' } => ({
  username: org.users[0]?.username ?? '',
  password: org.users[0]?.password ?? '',
  decision,
});

const codeForm = (back: URL, more: Record<string, string> = {}): Record<string, string> => ({
  grant_type: 'authorization_code',
  code: back.searchParams.get('code') ?? '',
  redirect_uri: REDIRECT,
  client_id: APP.clientId,
  client_secret: APP.clientSecret,
  ...more,
});

const works = async ({ emulator }: TestEmulator, accessToken: string | undefined): Promise<number> =>
  (
    await fetch(`${emulator.url}/services/data/v62.0/limits`, {
      headers: { authorization: `Bearer ${accessToken ?? ''}` },
    })
  ).status;

test('a consent becomes tokens with a signature, the identity of the user and no expiry', async () => {
  const acme = await started();
  const back = await giveConsent(authorizationUrl(acme, { prompt: 'consent' }), visitor(acme));
  assert.equal(`${back.origin}${back.pathname}`, REDIRECT);
  assert.equal(back.searchParams.get('state'), 's&t=1');
  const { status, body } = await token(acme, codeForm(back));
  assert.equal(status, 200);
  assert.equal(body['id'], `${acme.emulator.url}/id/${acme.org.id}/${acme.org.users[0]?.id ?? ''}`);
  assert.equal(
    body['signature'],
    createHmac('sha256', APP.clientSecret)
      .update(`${body['id'] ?? ''}${body['issued_at'] ?? ''}`)
      .digest('base64'),
  );
  assert.ok(body['access_token']?.startsWith(`${acme.org.id.slice(0, 15)}!`));
  assert.ok(!('expires_in' in body));
  assert.equal(await works(acme, body['access_token']), 200);
});

test('a code works once, whatever came of the first try', async () => {
  const acme = await started();
  const back = await giveConsent(authorizationUrl(acme, { prompt: 'consent' }), visitor(acme));
  assert.equal((await token(acme, codeForm(back))).status, 200);
  assert.deepEqual((await token(acme, codeForm(back))).body, {
    error: 'invalid_grant',
    error_description: 'expired authorization code',
  });
  assert.equal(
    (await token(acme, codeForm(back, { code: 'aPrxnone==' }))).body['error_description'],
    'invalid authorization code',
  );
});

test('a code dies after fifteen minutes of the org’s clock', async () => {
  const acme = await startTestEmulator();
  const back = await giveConsent(authorizationUrl(acme, { prompt: 'consent' }), visitor(acme));
  await acme.control('POST', '/orgs/acme/clock', { advanceMs: 15 * 60_000 + 1000 });
  assert.equal((await token(acme, codeForm(back))).body['error_description'], 'expired authorization code');
});

test('who says no is sent back with access_denied', async () => {
  const acme = await started();
  const back = await giveConsent(authorizationUrl(acme, { prompt: 'consent' }), visitor(acme, 'deny'));
  assert.equal(back.search, '?error=access_denied&error_description=end-user+denied+authorization&state=s%26t%3D1');
});

test('an unknown client or address is told to the person and never redirected to', async () => {
  const acme = await started();
  for (const [more, error] of [
    [{ client_id: 'nobody' }, 'invalid_client_id'],
    [{ redirect_uri: `${REDIRECT}/` }, 'redirect_uri_mismatch'],
  ] as const) {
    const response = await fetch(authorizationUrl(acme, more), { redirect: 'manual' });
    assert.equal(response.status, 400);
    assert.match(await response.text(), new RegExp(`error=${error}`));
  }
});

test('an address added later is accepted', async () => {
  const acme = await started();
  const late = 'http://127.0.0.1:1234/late';
  await acme.emulator.addRedirectUri(APP.clientId, late);
  await acme.control('POST', '/apps', { clientId: APP.clientId, redirectUri: late });
  const back = await giveConsent(authorizationUrl(acme, { redirect_uri: late, prompt: 'consent' }), visitor(acme));
  assert.equal((await token(acme, codeForm(back, { redirect_uri: late }))).status, 200);
});

test('PKCE: the right verifier opens, a wrong one does not, a public client cannot do without', async () => {
  const acme = await started();
  const verifier = 'v'.repeat(171); // longer than RFC 7636 allows, as jsforce sends it
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const form = { client_id: PUBLIC.clientId, code_verifier: verifier };
  const ask = (): Promise<URL> =>
    giveConsent(
      authorizationUrl(acme, { client_id: PUBLIC.clientId, code_challenge: challenge, prompt: 'consent' }),
      visitor(acme),
    );
  const without = (back: URL, more: Record<string, string>): Record<string, string> => {
    const { client_secret: _secret, ...rest } = codeForm(back, more);
    return rest;
  };
  assert.equal((await token(acme, without(await ask(), form))).status, 200);
  assert.deepEqual((await token(acme, without(await ask(), { ...form, code_verifier: 'wrong' }))).body, {
    error: 'invalid_grant',
    error_description: 'invalid code verifier',
  });
  const back = await giveConsent(authorizationUrl(acme, { client_id: PUBLIC.clientId }), visitor(acme));
  assert.equal(back.searchParams.get('error_description'), 'missing required code challenge');
});

test('without rotation a refresh token stays, with rotation it changes, and using an old one ends the grant', async () => {
  const acme = await started();
  const kept = await newTokens(acme.emulator);
  const refresh = { grant_type: 'refresh_token', client_id: APP.clientId, client_secret: APP.clientSecret };
  for (let time = 0; time < 2; time += 1) {
    const { body } = await token(acme, { ...refresh, refresh_token: kept['refresh_token'] ?? '' });
    assert.ok(!('refresh_token' in body));
    assert.equal(await works(acme, body['access_token']), 200);
  }

  const client = { client_id: ROTATING.clientId, client_secret: ROTATING.clientSecret };
  const back = await giveConsent(
    authorizationUrl(acme, { client_id: ROTATING.clientId, prompt: 'consent' }),
    visitor(acme),
  );
  const first = (await token(acme, codeForm(back, client))).body;
  const rotate = { grant_type: 'refresh_token', ...client };
  const second = (await token(acme, { ...rotate, refresh_token: first['refresh_token'] ?? '' })).body;
  assert.notEqual(second['refresh_token'], first['refresh_token']);
  const reused = await token(acme, { ...rotate, refresh_token: first['refresh_token'] ?? '' });
  assert.deepEqual(reused, {
    status: 400,
    body: { error: 'invalid_grant', error_description: 'expired access/refresh token' },
  });
  const after = await token(acme, { ...rotate, refresh_token: second['refresh_token'] ?? '' });
  assert.equal(after.body['error'], 'invalid_grant');
  assert.equal(await works(acme, second['access_token']), 401);
});

test('the sixth grant of a user to an app ends the oldest', async () => {
  const acme = await startTestEmulator();
  const grants: Answer[] = [];
  for (let time = 0; time < 6; time += 1) grants.push(await newTokens(acme.emulator));
  const refresh = async (grant: Answer | undefined): Promise<number> =>
    (
      await token(acme, {
        grant_type: 'refresh_token',
        client_id: APP.clientId,
        client_secret: APP.clientSecret,
        refresh_token: grant?.['refresh_token'] ?? '',
      })
    ).status;
  assert.deepEqual([await refresh(grants[0]), await refresh(grants[1]), await refresh(grants[5])], [400, 200, 200]);
});

test('revoking a refresh token ends its sessions, revoking an access token only itself', async () => {
  const acme = await started();
  const revoke = (value: string | undefined): Promise<Response> =>
    fetch(`${acme.emulator.url}/services/oauth2/revoke`, {
      method: 'POST',
      body: new URLSearchParams({ token: value ?? '' }),
    });
  const tokens = await newTokens(acme.emulator);
  const refresh = {
    grant_type: 'refresh_token',
    client_id: APP.clientId,
    client_secret: APP.clientSecret,
    refresh_token: tokens['refresh_token'] ?? '',
  };
  assert.equal((await revoke(tokens['access_token'])).status, 200);
  assert.equal(await works(acme, tokens['access_token']), 401);
  const again = (await token(acme, refresh)).body;
  assert.equal(await works(acme, again['access_token']), 200);
  assert.equal((await revoke(tokens['refresh_token'])).status, 200);
  assert.equal(await works(acme, again['access_token']), 401);
  assert.equal((await token(acme, refresh)).body['error_description'], 'expired access/refresh token');
  assert.equal((await revoke(tokens['refresh_token'])).status, 400);
});

test('a session slides: calls keep it alive, silence ends it', async () => {
  const acme = await startTestEmulator();
  const hour = 3_600_000;
  const { access_token: accessToken } = await newTokens(acme.emulator);
  await acme.control('POST', '/orgs/acme/clock', { advanceMs: 1.5 * hour });
  assert.equal(await works(acme, accessToken), 200);
  await acme.control('POST', '/orgs/acme/clock', { advanceMs: 1.5 * hour });
  assert.equal(await works(acme, accessToken), 200);
  await acme.control('POST', '/orgs/acme/clock', { advanceMs: 2.1 * hour });
  const response = await fetch(`${acme.emulator.url}/services/data/v62.0/limits`, {
    headers: { authorization: `Bearer ${accessToken ?? ''}` },
  });
  assert.equal(response.status, 401);
  assert.equal(response.headers.get('www-authenticate'), 'Token');
  assert.deepEqual(await response.json(), [{ message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' }]);
});

test('an inactive or frozen user gets nothing more', async () => {
  const acme = await startTestEmulator();
  const tokens = await newTokens(acme.emulator);
  const refresh = {
    grant_type: 'refresh_token',
    client_id: APP.clientId,
    client_secret: APP.clientSecret,
    refresh_token: tokens['refresh_token'] ?? '',
  };
  const username = acme.org.users[0]?.username;
  await acme.control('POST', '/orgs/acme/freeze-user', { username, frozen: true });
  assert.deepEqual((await token(acme, refresh)).body, {
    error: 'invalid_grant',
    error_description: 'authentication failure',
  });
  assert.equal(await works(acme, tokens['access_token']), 401);
  await acme.control('POST', '/orgs/acme/freeze-user', { username, frozen: false });
  await acme.pool.query(`UPDATE ${acme.org.schema}."User" SET "IsActive" = false WHERE "Username" = $1`, [username]);
  assert.deepEqual((await token(acme, refresh)).body, {
    error: 'inactive_user',
    error_description: 'user is inactive',
  });
});

test('client_credentials runs as the app’s user and brings no refresh token', async () => {
  const acme = await started();
  const basic = Buffer.from(`${ROBOT.clientId}:${ROBOT.clientSecret}`).toString('base64');
  const { body } = await token(acme, { grant_type: 'client_credentials' }, { authorization: `Basic ${basic}` });
  assert.ok(!('refresh_token' in body));
  assert.equal(await works(acme, body['access_token']), 200);
  const refused = await token(acme, {
    grant_type: 'client_credentials',
    client_id: APP.clientId,
    client_secret: APP.clientSecret,
  });
  assert.equal(refused.body['error_description'], 'no client credentials user enabled');
});

test('the username decides the org, and a token opens only its own', async () => {
  const acme = await started();
  const [, globex] = acme.emulator.orgs;
  const user = globex?.users[0];
  assert.ok(globex !== undefined && user !== undefined);
  const back = await giveConsent(authorizationUrl(acme), user);
  const { body } = await token(acme, codeForm(back));
  assert.ok(body['id']?.includes(globex.id));
  const response = await fetch(`${acme.emulator.url}/services/data/v62.0/query?q=SELECT+Id+FROM+Organization`, {
    headers: { authorization: `Bearer ${body['access_token'] ?? ''}` },
  });
  assert.equal(((await response.json()) as { records: { Id: string }[] }).records[0]?.Id, globex.id);
});

test('introspection, userinfo and the identity URL tell whose token it is', async () => {
  const acme = await started();
  const tokens = await newTokens(acme.emulator, 'api refresh_token id openid');
  const user = acme.org.users[0];
  const headers = { authorization: `Bearer ${tokens['access_token'] ?? ''}` };
  const introspect = async (value: string | undefined): Promise<Record<string, unknown>> => {
    const form = { token: value ?? '', client_id: APP.clientId, client_secret: APP.clientSecret };
    const response = await fetch(`${acme.emulator.url}/services/oauth2/introspect`, {
      method: 'POST',
      body: new URLSearchParams(form),
    });
    return (await response.json()) as Record<string, unknown>;
  };
  const access = await introspect(tokens['access_token']);
  assert.deepEqual(
    [access['active'], access['username'], access['token_type']],
    [true, user?.username, 'access_token'],
  );
  assert.equal((await introspect(tokens['refresh_token']))['token_type'], 'refresh_token');
  assert.deepEqual(await introspect('nothing'), { active: false });
  const info = (await (await fetch(`${acme.emulator.url}/services/oauth2/userinfo`, { headers })).json()) as Answer;
  assert.deepEqual([info['user_id'], info['organization_id']], [user?.id, acme.org.id]);
  const identity = (await (await fetch(tokens['id'] ?? '', { headers })).json()) as Answer;
  assert.deepEqual([identity['username'], identity['organization_id']], [user?.username, acme.org.id]);
  const bad = await fetch(tokens['id'] ?? '', { headers: { authorization: 'Bearer nothing' } });
  assert.deepEqual([bad.status, await bad.text()], [403, 'Bad_OAuth_Token']);
});

const REFUSED: readonly (readonly [form: Record<string, string>, error: string, description: string])[] = [
  [
    { grant_type: 'refresh_token', client_id: APP.clientId, client_secret: 'wrong', refresh_token: 'x' },
    'invalid_client',
    'invalid client credentials',
  ],
  [
    { grant_type: 'refresh_token', client_id: 'nobody', refresh_token: 'x' },
    'invalid_client_id',
    'client identifier invalid',
  ],
  [
    { grant_type: 'refresh_token', client_id: APP.clientId, client_secret: APP.clientSecret, refresh_token: 'x' },
    'invalid_grant',
    'expired access/refresh token',
  ],
  [{ grant_type: 'telepathy', client_id: APP.clientId }, 'unsupported_grant_type', 'grant type not supported'],
  [{ client_id: APP.clientId }, 'invalid_request', 'missing required parameter: grant_type'],
];

for (const [form, error, description] of REFUSED) {
  test(`the token endpoint answers ${error} (${description})`, async () => {
    const { status, body } = await token(await started(), form);
    assert.equal(status, 400);
    assert.deepEqual(body, { error, error_description: description });
  });
}
