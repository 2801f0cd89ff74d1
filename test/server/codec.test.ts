import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { createApiTokens } from '../../adapters/postgres/api-tokens.ts';
import { readCodecKeys } from '../../adapters/temporal/codec-keys.ts';
import { createPayloadCodec } from '../../adapters/temporal/payload-codec.ts';
import { readUiOrigins } from '../../cli/ui-origins.ts';
import { hasCode } from '../errors.ts';
import { createVault } from '../vault.ts';
import { createTestServer } from './test-server.ts';

const UI = 'https://temporal.example.com';
const codec = createPayloadCodec(readCodecKeys(`c1:${randomBytes(32).toString('base64')}`));
const { pool } = await createVault({ loginUrl: 'http://127.0.0.1:1', clientId: 'none' });
const tokens = createApiTokens(pool);
const authenticate = (token: string) => tokens.authenticate(token);
const server = await createTestServer({
  baseUrl: 'https://mooring.example.com/m',
  codec: { codec, uiOrigins: [UI], authenticate },
});

const wanted = { lifetimeMs: 60_000, actor: 'test' } as const;
const { token } = await tokens.create({ ...wanted, role: 'codec' });
const { token: resolveToken } = await tokens.create({ ...wanted, role: 'resolve' });
const bearer = { authorization: `Bearer ${token}` };

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const plain = { metadata: { encoding: base64('json/plain') }, data: base64('{"attemptId":"a1"}') };

const post = (path: string, payload: object | string, headers: Record<string, string>) =>
  server.inject({
    method: 'POST',
    url: `/codec/${path}`,
    headers: { 'content-type': 'application/json', ...headers },
    payload,
  });

const encrypted = async (): Promise<object> => (await post('encode', { payloads: [plain, plain] }, bearer)).json();

test('the Web UI reads what was encrypted, and what was not as it is', async () => {
  const encoded = await encrypted();
  assert.doesNotMatch(JSON.stringify(encoded), new RegExp(plain.data));
  const answer = await post('decode', encoded, { ...bearer, origin: UI, 'x-namespace': 'default' });
  assert.equal(answer.statusCode, 200);
  assert.deepEqual(answer.json(), { payloads: [plain, plain] });
  assert.equal(answer.headers['access-control-allow-origin'], UI);
  assert.equal(answer.headers['access-control-allow-credentials'], 'true');
  assert.match(String(answer.headers['vary']), /origin/);
  assert.deepEqual((await post('decode', { payloads: [plain, {}] }, bearer)).json(), {
    payloads: [plain, { metadata: {}, data: '' }],
  });
  // What the temporal command sends for an empty list.
  assert.deepEqual((await post('decode', {}, bearer)).json(), { payloads: [] });
});

test('the browser is told beforehand that the page may ask, and pages of other origins that they may not', async () => {
  const ask = (origin: string) => server.inject({ method: 'OPTIONS', url: '/codec/decode', headers: { origin } });
  const allowed = await ask(UI);
  assert.equal(allowed.statusCode, 204);
  assert.equal(allowed.headers['access-control-allow-origin'], UI);
  assert.equal(allowed.headers['access-control-allow-methods'], 'POST, OPTIONS');
  assert.equal(allowed.headers['access-control-allow-headers'], 'content-type, x-namespace, authorization');
  for (const origin of [
    'https://evil.example',
    `${UI}.evil.example`,
    `${UI}:8443`,
    'http://temporal.example.com',
    'null',
  ]) {
    const refused = await ask(origin);
    assert.equal(refused.statusCode, 403, origin);
    assert.equal(refused.headers['access-control-allow-origin'], undefined);
    const answer = await post('decode', await encrypted(), { ...bearer, origin });
    assert.equal(answer.statusCode, 403, origin);
    assert.equal(answer.headers['access-control-allow-origin'], undefined);
  }
});

test('without a token of the role codec nothing is read, and the page sees no answer at all', async () => {
  const encoded = await encrypted();
  const over = await tokens.create({ ...wanted, role: 'codec' });
  await tokens.revoke(over.id, 'test');
  const expected: [Record<string, string>, number][] = [
    [{}, 401],
    [{ authorization: 'Bearer nonsense' }, 401],
    [{ authorization: `Bearer ${over.token}` }, 401],
    [{ authorization: `Bearer ${resolveToken}` }, 403],
  ];
  for (const [headers, status] of expected) {
    for (const path of ['decode', 'encode']) {
      const answer = await post(path, encoded, { ...headers, origin: UI });
      assert.equal(answer.statusCode, status);
      assert.equal(answer.headers['access-control-allow-origin'], undefined);
    }
  }
});

test('a stranger is refused before the body is read', async () => {
  assert.equal((await post('decode', 'x'.repeat(1024 * 1024), {})).statusCode, 401);
  assert.equal((await post('decode', '{"payloads":', bearer)).statusCode, 400);
  assert.equal((await post('decode', { payloads: 'none' }, bearer)).statusCode, 400);
});

test('a payload under a key that is not there is refused with its name', async () => {
  const foreign = createPayloadCodec(readCodecKeys(`c9:${randomBytes(32).toString('base64')}`));
  const [sealed] = await foreign.encode([{ metadata: {}, data: Buffer.from('x') }]);
  const payload = {
    metadata: { encoding: base64('binary/encrypted'), 'encryption-key-id': base64('c9') },
    data: Buffer.from(sealed?.data ?? []).toString('base64'),
  };
  const answer = await post('decode', { payloads: [payload] }, bearer);
  assert.equal(answer.statusCode, 422);
  assert.match(answer.json<{ error: string }>().error, /does not hold the key "c9"/);
});

const signIn = (form: Record<string, string>, headers: Record<string, string> = {}) =>
  server.inject({
    method: 'POST',
    url: '/codec/sign-in',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: new URLSearchParams(form).toString(),
  });

test('a browser that signed in reads from the Web UI, by a cookie that no script and no other site can use', async () => {
  const page = await server.inject('/codec/sign-in');
  assert.match(page.body, /<form method="post" action="\/m\/codec\/sign-in">/);
  assert.match(String(page.headers['content-security-policy']), /form-action 'self'/);

  const signedIn = await signIn({ token: ` ${token}\n` });
  assert.equal(signedIn.statusCode, 200);
  assert.doesNotMatch(signedIn.body, new RegExp(token));
  const cookie = String(signedIn.headers['set-cookie']);
  assert.match(cookie, /; Path=\/m\/codec; HttpOnly; Secure; SameSite=Strict$/);

  const kept = { cookie: cookie.split(';')[0] ?? '' };
  const encoded = await encrypted();
  assert.equal((await post('decode', encoded, { ...kept, origin: UI })).statusCode, 200);
  assert.equal((await post('decode', encoded, { ...kept, origin: 'https://evil.example' })).statusCode, 403);
  assert.equal((await post('decode', encoded, kept)).statusCode, 401, 'a cookie without an origin counts for nothing');
});

test('only a token of the role codec signs in, and only on our own page', async () => {
  for (const form of [{}, { token: '' }, { token: 'nonsense' }, { token: resolveToken }]) {
    const answer = await signIn(form);
    assert.equal(answer.statusCode, 401);
    assert.equal(answer.headers['set-cookie'], undefined);
  }
  const elsewhere = await signIn({ token }, { 'sec-fetch-site': 'cross-site' });
  assert.equal(elsewhere.statusCode, 403);
  assert.equal(elsewhere.headers['set-cookie'], undefined);
});

test('while payloads are not encrypted there is no codec', async () => {
  const without = await createTestServer({});
  assert.equal((await without.inject({ method: 'POST', url: '/codec/decode', headers: bearer })).statusCode, 404);
});

test('origins are read one by one, and what is none is an error', () => {
  assert.deepEqual(readUiOrigins(undefined), []);
  assert.deepEqual(readUiOrigins(` ${UI}, http://localhost:8233/ ,`), [UI, 'http://localhost:8233']);
  for (const bad of ['*', 'temporal.example.com', `${UI}/path`, 'null', 'file:///'])
    assert.throws(() => readUiOrigins(bad), hasCode('CONFIG_INVALID'));
});
