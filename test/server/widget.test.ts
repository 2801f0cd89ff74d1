import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'node-html-parser';
import { migrateModel } from '../../adapters/postgres/migrate.ts';
import { createWidgetPorts } from '../../cli/widget-ports.ts';
import type { ConnectionSpec } from '../../domain/connection-spec.ts';
import { startEmulator } from '../../emulator/start.ts';
import { createLogger } from '../../server/create-logger.ts';
import { createServer } from '../../server/create-server.ts';
import { listen } from '../../server/listen.ts';
import { widgetUrlOf } from '../../server/redirect-uri.ts';
import { freePort } from '../../services/free-port.ts';
import { createVisitor } from '../emulator/org-browser.ts';
import { sfid } from '../pages.ts';
import { createTestDatabase } from '../support/database.ts';
import { whenTestsEnd } from '../support/when-tests-end.ts';
import { createVault, specOf } from '../vault.ts';
import { encodeEnvelope, envelopeOf, sign, signEncoded, type EnvelopeParts } from './canvas.ts';
import { unused } from './test-server.ts';

const SECRET = 'consumer-secret-77aa';
Object.assign(process.env, { ACME_CLIENT_ID: 'widget-app', ACME_SECRET: SECRET });

const port = await freePort();
const baseUrl = `http://127.0.0.1:${port}`;
const app = {
  clientId: 'widget-app',
  clientSecret: SECRET,
  redirectUris: ['http://127.0.0.1:9/callback'],
  canvasUrl: widgetUrlOf(baseUrl, 'acme'),
};
const few = { users: 3, accounts: 8, contacts: 3, relationshipTypes: 1, relationships: 1, opportunities: 1, cases: 1 };
const dataDir = await mkdtemp(join(tmpdir(), 'mooring-widget-'));
whenTestsEnd(() => rm(dataDir, { recursive: true, force: true }));
const database = await createTestDatabase();
whenTestsEnd(() => database.drop());
const emulator = await startEmulator({
  databaseUrl: database.url,
  dataDir,
  orgs: [
    { name: 'acme', sizes: few, apps: [app] },
    { name: 'globex', sizes: few, apps: [app] },
  ],
});
whenTestsEnd(() => emulator.stop());
const [acme, globex] = emulator.orgs;
assert.ok(acme !== undefined && globex !== undefined);

const vault = await createVault({ loginUrl: acme.loginUrl, clientId: app.clientId, clientSecret: SECRET });
const { pool } = vault;
await migrateModel(pool, 'model');
const logged: string[] = [];
const server = await createServer({
  baseUrl,
  attempts: { open: unused, receive: unused, follow: unused, markSignalled: unused },
  authorizationUrl: unused,
  signalConsent: unused,
  checks: {},
  widget: createWidgetPorts(pool),
  logger: createLogger('debug', { write: (line: string) => void logged.push(line) }),
});
await listen(server, { port });
whenTestsEnd(() => server.close());

interface Bound {
  readonly state?: string;
  readonly orgId?: string | null;
  readonly instanceUrl?: string | null;
  readonly loginUrl?: string;
  readonly spec?: Partial<ConnectionSpec>;
}

/** A connection as after its authorization. */
async function connect(
  name: string,
  { state = 'active', orgId = acme?.id ?? '', instanceUrl = emulator.url, loginUrl = emulator.url, spec }: Bound = {},
): Promise<string> {
  const saved = { ...specOf(name, loginUrl), widget: {}, ...spec };
  const { connectionId } = await vault.ports.connections.save(saved, 'test');
  await pool.query('UPDATE mooring.connection SET state = $2, org_id = $3, instance_url = $4 WHERE id = $1', [
    connectionId,
    state,
    orgId,
    instanceUrl,
  ]);
  return connectionId;
}

async function enterCompany(connectionId: string, accountId: string | null, name: string): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    'INSERT INTO model.company (connection_id, sfdc_account_id, name) VALUES ($1, $2, $3) RETURNING id',
    [connectionId, accountId, name],
  );
  return rows[0]?.id ?? '';
}

const userId = acme.users[0]?.id ?? '';
const accountId = sfid('001', 1);
const acmeId = await connect('acme');
const companyId = await enterCompany(acmeId, accountId, 'Acme & Sons <b>Ltd</b>');

const post = (signedRequest: string | undefined, connection = 'acme', headers: Record<string, string> = {}) =>
  fetch(widgetUrlOf(baseUrl, connection), {
    method: 'POST',
    headers,
    body: new URLSearchParams(signedRequest === undefined ? {} : { signed_request: signedRequest }),
  });

const request = (parts: Partial<EnvelopeParts> = {}, secret = SECRET): string =>
  sign(envelopeOf({ orgId: acme.id, userId, recordId: accountId, ...parts }), secret);

const textOf = async (response: Response): Promise<string> =>
  parse(await response.text())
    .querySelector('main')
    ?.textContent.replaceAll(/\s+/g, ' ')
    .trim() ?? '';

const policyOf = (response: Response): string =>
  (response.headers.get('content-security-policy') ?? '').replaceAll(/'nonce-[^']+'/g, "'nonce'");

const policy = (ancestors: string): string =>
  "default-src 'none'; style-src 'nonce'; script-src 'nonce'; connect-src 'self'; " +
  `frame-ancestors ${ancestors}; base-uri 'none'; form-action 'none'`;

/** The one page for whatever Salesforce did not sign for this connection; returned for comparing. */
async function refusalOf(response: Response, what = ''): Promise<string> {
  assert.equal(response.status, 403, what);
  assert.equal(policyOf(response), policy("'none'"), what);
  assert.equal(response.headers.get('x-frame-options'), 'DENY', what);
  return textOf(response);
}

/** A page that the org may show, and that says why there is no card. */
async function noticeOf(response: Response, status: number): Promise<string> {
  assert.equal(response.status, status);
  assert.equal(policyOf(response), policy(emulator.url));
  assert.equal(response.headers.get('x-frame-options'), null);
  return textOf(response);
}

const remembered = async (): Promise<string | undefined> =>
  (await pool.query<{ count: string }>('SELECT count(*) FROM mooring.widget_request')).rows[0]?.count;

test('the Account page of the org shows the company of the Account', async () => {
  const visitor = createVisitor(emulator.url);
  const list = await visitor.logIn(await visitor.visit('/accounts'), acme.users[0]?.username ?? '');
  const link = list.document.querySelector('tbody a')?.getAttribute('href') ?? '';
  const shown = link.split('/').at(-1) ?? '';
  await enterCompany(acmeId, shown, 'A company of the list');
  const page = await visitor.visit(link);
  const form = page.document.querySelector('form[target]');
  assert.equal(form?.getAttribute('action'), widgetUrlOf(baseUrl, 'acme'));
  const signedRequest = form.querySelector('input')?.getAttribute('value') ?? '';
  const response = await post(signedRequest);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'text/html; charset=utf-8');
  assert.equal(response.headers.get('cache-control'), 'no-store');
  assert.equal(policyOf(response), policy(emulator.url));
  assert.equal(response.headers.get('x-frame-options'), null);
  assert.match(await textOf(response), /A company of the list/);
});

test('the card shows facts, people and relationships, escaped and bounded, and runs no script', async () => {
  await pool.query(
    `UPDATE model.company SET industry = 'Energy', arr = 1234567.5, currency = 'EUR', renewal_date = '2027-03-31', employees = 12000,
       website = 'javascript:alert(1)', annual_revenue = 123456789012345678.25 WHERE id = $1`,
    [companyId],
  );
  await pool.query(
    `WITH people AS (
       INSERT INTO model.person (connection_id, identity_key, name, email)
       SELECT $1, 'p' || n, CASE n WHEN 1 THEN '<img src=x onerror=alert(1)>' ELSE 'Person ' || lpad(n::text, 2, '0') END, 'p' || n || '@example.com'
       FROM generate_series(1, 30) n RETURNING id
     ) INSERT INTO model.company_person (connection_id, sfdc_contact_id, person_id, company_id, title)
       SELECT $1, '003' || lpad((row_number() OVER ())::text, 15, '0'), id, $2, 'Head of "Things"' FROM people`,
    [acmeId, companyId],
  );
  const { rows } = await pool.query<{ id: string }>(
    `INSERT INTO model.relationship_type (connection_id, name) VALUES ($1, 'Subscription') RETURNING id`,
    [acmeId],
  );
  await pool.query(
    `INSERT INTO model.relationship (connection_id, name, arr, currency, renewal_date, company_id, relationship_type_id)
     VALUES ($1, 'Second', 10, 'USD', '2028-01-01', $2, $3), ($1, 'First', NULL, NULL, '2027-01-01', $2, $3)`,
    [acmeId, companyId, rows[0]?.id],
  );
  const response = await post(request());
  const document = parse(await response.text());
  assert.equal(document.querySelectorAll('script, img, iframe, form').length, 0);
  for (const element of document.querySelectorAll('*')) {
    for (const [name, value] of Object.entries(element.attributes)) {
      assert.doesNotMatch(name, /^on/);
      assert.doesNotMatch(value, /javascript:/);
    }
  }
  assert.equal(document.querySelector('h1')?.innerHTML, 'Acme &amp; Sons &lt;b&gt;Ltd&lt;/b&gt;');
  const sections = document.querySelectorAll('section');
  assert.deepEqual(
    sections.map((section) => [section.getAttribute('aria-label'), section.querySelectorAll('li').length]),
    [
      ['People', 25],
      ['Relationships', 2],
    ],
  );
  const text = document.textContent.replaceAll(/\s+/g, ' ');
  for (const part of [
    'Energy',
    '1,234,567.5 EUR',
    '123,456,789,012,345,678.25 EUR',
    '12,000',
    '2027-03-31',
    'People 30',
    'and 5 more',
    'Relationships 2',
    'Subscription',
    'renews 2027-01-01',
  ])
    assert.ok(text.includes(part), part);
  assert.ok(text.indexOf('First') < text.indexOf('Second'), 'the next to be renewed comes first');
});

test('whatever Salesforce did not sign for the connection gets one answer, which tells nothing and may not be framed', async () => {
  const [signature = '', encoded = ''] = request().split('.');
  const other = encodeEnvelope(envelopeOf({ orgId: acme.id, userId, recordId: sfid('001', 2) }));
  const bytes = Buffer.from(signature, 'base64');
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  const hostile: Record<string, string | undefined> = {
    absent: undefined,
    empty: '',
    'no dot': signature + encoded,
    'no signature': `.${encoded}`,
    'no envelope': `${signature}.`,
    'three parts': `${signature}.${encoded}.${encoded}`,
    'one bit of the signature': `${bytes.toString('base64')}.${encoded}`,
    'a short signature': `${signature.slice(0, 20)}.${encoded}`,
    'a long signature': `${signature}${signature}.${encoded}`,
    'another envelope': `${signature}.${other}`,
    'an envelope with padding': `${signature}.${encoded}=`,
    'another secret': request({}, 'another secret'),
    'an empty secret': request({}, ''),
    'not base64': `${signature}.<script>`,
    'signed, not JSON': signEncoded(Buffer.from('{').toString('base64'), SECRET),
    'signed, not an object': sign('text', SECRET),
    'signed, null': sign(null, SECRET),
    'signed, without a context': sign({ algorithm: 'HMACSHA256', issuedAt: Date.now(), userId }, SECRET),
    'another algorithm': request({ algorithm: 'HMACSHA1' }),
    'no algorithm': request({ algorithm: 'none' }),
    'no time': sign({ ...envelopeOf({ orgId: acme.id, userId, recordId: accountId }), issuedAt: null }, SECRET),
    'another org': request({ orgId: globex.id }),
  };
  const before = await remembered();
  const answers = new Set<string>();
  for (const [what, signedRequest] of Object.entries(hostile)) {
    answers.add(await refusalOf(await post(signedRequest), what));
  }
  for (const name of ['unknown', 'Not-A-Name', 'a'.repeat(60)]) {
    answers.add(await refusalOf(await post(request(), name), name));
  }
  await connect('plain', { spec: { widget: undefined as never } });
  answers.add(await refusalOf(await post(request(), 'plain'), 'without a widget'));
  await connect('unbound', { state: 'awaiting_authorization', orgId: null, instanceUrl: null });
  answers.add(await refusalOf(await post(request(), 'unbound'), 'not bound yet'));
  assert.deepEqual([...answers], ['Mooring Refused This page opens inside Salesforce.']);
  assert.equal(await remembered(), before, 'and leaves nothing behind');
});

test('a field that stands twice, a body of another type or size, and another method are refused', async () => {
  const address = widgetUrlOf(baseUrl, 'acme');
  const twice = new URLSearchParams([
    ['signed_request', request()],
    ['signed_request', request()],
  ]);
  await refusalOf(await fetch(address, { method: 'POST', body: twice }));
  const large = await post('x'.repeat(100_000));
  assert.equal(large.status, 413);
  assert.equal(large.headers.get('x-frame-options'), 'DENY');
  const json = { 'content-type': 'application/json' };
  await refusalOf(await fetch(address, { method: 'POST', headers: json, body: '{"signed_request":7}' }));
  const xml = { 'content-type': 'application/xml' };
  assert.equal((await fetch(address, { method: 'POST', headers: xml, body: '<a/>' })).status, 415);
  await refusalOf(await fetch(address, { method: 'POST' }));
  for (const method of ['GET', 'PUT', 'DELETE']) {
    const response = await fetch(address, { method });
    assert.equal(response.status, 404, method);
    assert.equal(response.headers.get('x-frame-options'), 'DENY', method);
  }
});

test('a user of another org, at that org’s own page, is refused', async () => {
  const visitor = createVisitor(emulator.url);
  const list = await visitor.logIn(await visitor.visit('/accounts'), globex.users[0]?.username ?? '');
  const page = await visitor.visit(list.document.querySelector('tbody a')?.getAttribute('href') ?? '');
  const input = page.document.querySelector('form[target] input');
  await refusalOf(await post(input?.getAttribute('value')));
});

test('a signed request opens the widget once, of twenty at the same moment too', async () => {
  const once = request();
  const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await post(once)).status));
  assert.equal(statuses.filter((status) => status === 200).length, 1);
  assert.equal(statuses.filter((status) => status === 403).length, 19);
  assert.match(await noticeOf(await post(once), 403), /Reload the page in Salesforce/);
  const [signature = '', encoded = ''] = once.split('.');
  const respelt = `${signature.replaceAll('+', '-').replaceAll('/', '_').replace('=', '')}.${encoded}`;
  assert.match(await noticeOf(await post(respelt), 403), /Reload the page in Salesforce/);
});

test('a request that is too old or of a time to come is refused, by the org’s own clock', async () => {
  const at = (ms: number): string => request({ issuedAt: Date.now() + ms });
  assert.match(await noticeOf(await post(at(-10 * 60_000)), 403), /too long ago/);
  assert.match(await noticeOf(await post(at(10 * 60_000)), 403), /too long ago/);
  assert.match(await noticeOf(await post(request({ issuedAt: (Date.now() - 10 * 60_000) | 0 })), 403), /too long ago/);
  assert.equal((await post(at(-60_000))).status, 200);
  assert.equal((await post(at(30_000))).status, 200, 'clocks differ a little');

  const clock = async (advanceMs: number) =>
    (
      await fetch(`${emulator.url}/__emulator/orgs/acme/clock`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ advanceMs }),
      })
    ).text();
  const visitor = createVisitor(emulator.url);
  const list = await visitor.logIn(await visitor.visit('/accounts'), acme.users[0]?.username ?? '');
  const path = list.document.querySelector('tbody a')?.getAttribute('href') ?? '';
  await clock(-86_400_000);
  const page = await visitor.visit(path);
  await clock(86_400_000);
  const input = page.document.querySelector('form[target] input');
  assert.match(await noticeOf(await post(input?.getAttribute('value')), 403), /too long ago/);
});

test('a connection that is not active shows nothing, and says so to its own org', async () => {
  const id = await connect('revoked', { state: 'revoked' });
  await enterCompany(id, accountId, 'Hidden Corporation');
  const revoked = await noticeOf(await post(request(), 'revoked'), 403);
  assert.match(revoked, /was revoked/);
  assert.doesNotMatch(revoked, /Hidden/);
  await connect('lost', { state: 'reauthorization_required' });
  assert.match(await noticeOf(await post(request(), 'lost'), 403), /authorized again/);
  await connect('gone', { state: 'destroyed' });
  await refusalOf(await post(request(), 'gone'));
});

test('only the hosts of the bound org may frame the card', async () => {
  const sandbox = 'https://acme--uat.sandbox.my.salesforce.com';
  await connect('uat', { instanceUrl: sandbox, loginUrl: 'https://test.salesforce.com' });
  const response = await post(request(), 'uat');
  assert.equal(response.status, 200);
  assert.equal(
    policyOf(response),
    policy(
      `${sandbox} https://acme--uat.sandbox.lightning.force.com https://acme--uat--c.sandbox.vf.force.com https://acme--uat.sandbox.my.salesforce-setup.com`,
    ),
  );
  assert.equal(response.headers.get('x-frame-options'), null);

  await connect('odd', { instanceUrl: 'http://127.0.0.1:1', loginUrl: 'https://login.salesforce.com' });
  const odd = await post(request(), 'odd');
  assert.equal(policyOf(odd), policy("'none'"), 'a loopback host frames only what is declared on loopback');
  assert.equal(odd.headers.get('x-frame-options'), 'DENY');

  for (const path of ['/health', '/connections/acme/authorize', '/nothing']) {
    const page = await fetch(baseUrl + path);
    assert.match(page.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/, path);
    assert.equal(page.headers.get('x-frame-options'), 'DENY', path);
  }
});

test('a page without an Account, or of another object, says what it needs', async () => {
  const bare = sign(envelopeOf({ orgId: acme.id, userId }), SECRET);
  for (const signedRequest of [bare, request({ recordId: sfid('003', 1) })]) {
    assert.match(await noticeOf(await post(signedRequest), 200), /Not an Account/);
  }
  const passed = request({ recordId: sfid('006', 1), parameters: { accountId: accountId.slice(0, 15) } });
  assert.match(await textOf(await post(passed)), /Acme/);
});

test('an Account that is no company, or several, says so', async () => {
  const stranger = sfid('001', 99);
  assert.match(await noticeOf(await post(request({ recordId: stranger })), 200), /No company .* has not loaded it yet/);

  await pool.query('ALTER TABLE model.company ADD COLUMN crm_id text');
  const pairs = [{ account: 'Id', company: 'crm_id' }];
  const id = await connect('doubled', { spec: { companyResolution: pairs } });
  for (const name of ['One <i>', 'Two']) {
    await pool.query('INSERT INTO model.company (connection_id, crm_id, name) VALUES ($1, $2, $3)', [
      id,
      stranger,
      name,
    ]);
  }
  const response = await post(request({ recordId: stranger }), 'doubled');
  assert.equal(response.status, 200);
  assert.equal(policyOf(response), policy(emulator.url));
  const document = parse(await response.text());
  assert.deepEqual(
    document.querySelectorAll('li strong').map((name) => name.innerHTML),
    ['One &lt;i&gt;', 'Two'],
  );
});

test('a Canvas app of its own signs with its own secret', async () => {
  process.env['CANVAS_SECRET'] = 'canvas-secret-1';
  await connect('own', { spec: { widget: { clientSecret: { env: 'CANVAS_SECRET' } } } });
  assert.equal((await post(request({}, 'canvas-secret-1'), 'own')).status, 200);
  await refusalOf(await post(request(), 'own'));
});

test('a secret that is not there is told to the log, not to whoever asks', async () => {
  await connect('unset', { spec: { widget: { clientSecret: { env: 'NEVER_SET_SECRET' } } } });
  const response = await post(request(), 'unset');
  assert.equal(response.status, 500);
  assert.equal(response.headers.get('x-frame-options'), 'DENY');
  assert.doesNotMatch(await response.text(), /NEVER_SET/);
  assert.ok(logged.some((line) => line.includes('NEVER_SET_SECRET')));
});

test('a user who asks too often is told when to come back, and nobody else is held up', async () => {
  const eager = sfid('005', 500);
  const answers = await Promise.all(Array.from({ length: 200 }, () => post(request({ userId: eager }))));
  const refused = answers.filter(({ status }) => status === 429);
  assert.ok(refused.length > 0 && refused.length <= 140, `${refused.length} of 200`);
  assert.match(refused[0]?.headers.get('retry-after') ?? '', /^\d+$/);
  assert.equal((await post(request())).status, 200);
});

test('the log says why, and holds no request, token, secret or name of a company', () => {
  const log = logged.join('\n');
  for (const reason of ['malformed', 'does not fit the consumer secret', 'of another org', 'seen before', 'too old'])
    assert.ok(log.includes(reason), reason);
  for (const secret of [SECRET, 'secret-token', 'signed_request', 'Acme', 'Hidden', accountId])
    assert.ok(!log.includes(secret), secret);
});
