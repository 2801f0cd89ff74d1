import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, sign, verify, type JsonWebKey } from 'node:crypto';
import { test } from 'node:test';
import jsforce from 'jsforce';
import { request } from 'undici';
import { once } from '../support/when-tests-end.ts';
import { giveConsent } from './consent.ts';
import { APP, REDIRECT, startTestEmulator } from './test-emulator.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const certificate = publicKey.export({ type: 'spki', format: 'pem' }).toString();
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const sizes = { accounts: 10, contacts: 10, users: 5, relationships: 5, opportunities: 5, cases: 5 };
const user = { username: 'ann@acme.example', password: 'p&ss<word>', securityToken: 'TOKEN' };

const started = once(() =>
  startTestEmulator({
    orgs: [
      {
        name: 'acme',
        sizes,
        users: [user],
        apps: [
          { ...APP, certificate },
          { ...APP, clientId: 'trusted', certificate, preAuthorized: true, clientCredentialsUser: user.username },
        ],
      },
      { name: 'acme--dev', sizes, isSandbox: true, passwordFlowBlocked: true, apps: [] },
    ],
  }),
);

type Reply = Readonly<Record<string, string | undefined>>;

/** Posts to the token endpoint under the name of a host, which `fetch` does not let one choose. */
async function token(form: Readonly<Record<string, string>>, host?: string): Promise<{ status: number; body: Reply }> {
  const { emulator } = await started();
  const { statusCode, body } = await request(`${emulator.url}/services/oauth2/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...(host === undefined ? {} : { host }) },
    body: new URLSearchParams(form).toString(),
  });
  return { status: statusCode, body: (await body.json()) as Reply };
}

const asPassword = (username: string, password: string, host?: string): ReturnType<typeof token> =>
  token({ grant_type: 'password', client_id: APP.clientId, client_secret: APP.clientSecret, username, password }, host);

function assertion(claims: object = {}, key = privateKey): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) + 120;
  const all = { iss: 'trusted', sub: user.username, aud: 'https://login.salesforce.com', exp, ...claims };
  const signed = `${encode({ alg: 'RS256' })}.${encode(all)}`;
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), key).toString('base64url')}`;
}

const bearer = (claims?: object, key?: typeof privateKey): ReturnType<typeof token> =>
  token({ grant_type: JWT_BEARER, assertion: assertion(claims, key) });

test('a username and password open a session, with or without the security token', async () => {
  const { get } = await started();
  for (const password of [user.password, user.password + user.securityToken]) {
    const { status, body } = await asPassword('ANN@acme.example', password);
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(body['refresh_token'], undefined);
    const headers = { authorization: `Bearer ${body['access_token'] ?? ''}` };
    assert.equal((await get('/services/data/v62.0/limits', headers)).status, 200);
  }
  const wrong = await asPassword(user.username, 'wrong');
  assert.deepEqual(
    [wrong.status, wrong.body],
    [400, { error: 'invalid_grant', error_description: 'authentication failure' }],
  );
  const blocked = await asPassword('admin@acme--dev.example', 'emulator');
  assert.equal(blocked.body['error_description'], 'authentication failure');
});

test('a host admits the people of its own orgs', async () => {
  const status = async (host: string): Promise<number> => (await asPassword(user.username, user.password, host)).status;
  assert.deepEqual(
    [
      await status('login.salesforce.com'),
      await status('test.salesforce.com'),
      await status('acme.my.salesforce.com'),
      await status('other.my.salesforce.com'),
      await status('acme--dev.sandbox.my.salesforce.com'),
    ],
    [200, 400, 200, 400, 400],
  );
});

test('a sandbox knows that it is one', async () => {
  const { pool } = await started();
  const { rows } = await pool.query(
    `SELECT (SELECT "IsSandbox" FROM org_acme."Organization") AS production, (SELECT "IsSandbox" FROM org_acme__dev."Organization") AS sandbox`,
  );
  assert.deepEqual(rows, [{ production: false, sandbox: true }]);
});

test('client_credentials works at a My Domain, not at the login host', async () => {
  const form = { grant_type: 'client_credentials', client_id: 'trusted', client_secret: APP.clientSecret };
  assert.equal((await token(form, 'acme.my.salesforce.com')).status, 200);
  assert.equal(
    (await token(form, 'login.salesforce.com')).body['error_description'],
    'request not supported on this domain',
  );
});

test('an assertion is verified: key, audience, end, user and approval', async () => {
  const { status, body } = await bearer();
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual([body['refresh_token'], body['token_type']], [undefined, 'Bearer']);
  // Some clients write the end as text.
  assert.equal((await bearer({ exp: String(Math.floor(Date.now() / 1000) + 60) })).status, 200);

  const refusal = async (...parameters: Parameters<typeof bearer>): Promise<string | undefined> =>
    (await bearer(...parameters)).body['error_description'];
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  assert.equal(await refusal({}, stranger), 'invalid assertion');
  assert.equal(await refusal({ aud: 'https://example.com' }), 'Audience validation failed');
  assert.equal(await refusal({ exp: Math.floor(Date.now() / 1000) - 10 }), 'assertion has expired');
  assert.equal(await refusal({ exp: Math.floor(Date.now() / 1000) + 3600 }), 'invalid assertion');
  assert.equal(await refusal({ sub: 'nobody@acme.example' }), 'invalid assertion');
  assert.equal(await refusal({ iss: 'nobody' }), 'client identifier invalid');
  // The administrator of the test has let APP in by a consent already.
  assert.equal((await bearer({ iss: APP.clientId })).status, 200);
  await (await started()).control('POST', '/orgs/acme/revoke-grants');
  assert.equal(await refusal({ iss: APP.clientId }), "user hasn't approved this consumer");
});

test('a locked org gives no tokens', async () => {
  const { control } = await started();
  await control('POST', '/orgs/acme/lock', { locked: true });
  assert.deepEqual((await bearer()).body, { error: 'inactive_org', error_description: 'organization is inactive' });
  await control('POST', '/orgs/acme/lock', { locked: false });
  assert.equal((await bearer()).status, 200);
});

test('jsforce logs in and out by SOAP', async () => {
  const { emulator, org } = await started();
  const connection = new jsforce.Connection({ loginUrl: emulator.url, version: '62.0' });
  const info = await connection.login(user.username, user.password + user.securityToken);
  assert.deepEqual([info.id, info.organizationId], [org.users[0]?.id, org.id]);
  assert.equal((await connection.query('SELECT COUNT() FROM User')).totalSize, 5);
  const { accessToken } = connection;
  await connection.logout();
  const after = new jsforce.Connection({ instanceUrl: emulator.url, version: '62.0', accessToken: accessToken ?? '' });
  await assert.rejects(async () => after.query('SELECT COUNT() FROM User'), { errorCode: 'INVALID_SESSION_ID' });
  await assert.rejects(connection.login(user.username, 'wrong'), /INVALID_LOGIN/);
});

test('SOAP calls other than these are refused as faults', async () => {
  const { emulator } = await started();
  const post = async (body: string): Promise<[number, string]> => {
    const headers = { 'content-type': 'text/xml', soapaction: '""' };
    const response = await fetch(`${emulator.url}/services/Soap/u/62.0`, { method: 'POST', headers, body });
    return [response.status, await response.text()];
  };
  const [status, text] = await post(
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><describeGlobal xmlns="urn:partner.soap.sforce.com"/></e:Body></e:Envelope>',
  );
  assert.equal(status, 500);
  assert.match(text, /The operation "describeGlobal" is not available here/);
  assert.equal((await post('<broken'))[0], 400);
});

test('an id_token is signed with a key that the org publishes', async () => {
  const { emulator, org } = await started();
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: APP.clientId,
    redirect_uri: REDIRECT,
    scope: 'openid api',
    nonce: 'once',
  });
  const back = await giveConsent(`${emulator.url}/services/oauth2/authorize?${query.toString()}`, user);
  const { body } = await token({
    grant_type: 'authorization_code',
    code: back.searchParams.get('code') ?? '',
    redirect_uri: REDIRECT,
    client_id: APP.clientId,
    client_secret: APP.clientSecret,
  });
  const [head = '', claims = '', signature = ''] = (body['id_token'] ?? '').split('.');
  const read = (part: string): Reply => JSON.parse(Buffer.from(part, 'base64url').toString()) as Reply;
  const discovery = (await (await fetch(`${emulator.url}/.well-known/openid-configuration`)).json()) as Reply;
  const { keys } = (await (await fetch(discovery['jwks_uri'] ?? '')).json()) as { keys: JsonWebKey[] };
  const key = keys.find((one) => one['kid'] === read(head)['kid']);
  assert.ok(key !== undefined);
  const published = createPublicKey({ key, format: 'jwk' });
  assert.ok(verify('RSA-SHA256', Buffer.from(`${head}.${claims}`), published, Buffer.from(signature, 'base64url')));
  assert.equal(read(claims)['nonce'], 'once');
  assert.ok(read(claims)['sub']?.endsWith(`/id/${org.id}/${org.users[0]?.id ?? ''}`));
});
