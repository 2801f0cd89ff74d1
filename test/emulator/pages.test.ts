import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { giveConsent } from './consent.ts';
import { createVisitor, type OpenPage, type Visitor } from './org-browser.ts';
import { APP, REDIRECT, startTestEmulator } from './test-emulator.ts';

const CANVAS_URL = 'http://127.0.0.1:9/connections/acme/widget';
const OTHER_APP = { clientId: 'other-app', clientSecret: 'other-secret', redirectUris: [REDIRECT] };
const few = { users: 5, accounts: 60, contacts: 5, relationshipTypes: 1, relationships: 1, opportunities: 1, cases: 1 };
const { emulator, pool, control } = await startTestEmulator({
  orgs: [
    {
      name: 'acme',
      sizes: few,
      apps: [{ ...APP, canvasUrl: CANVAS_URL }, OTHER_APP],
      users: [
        { username: 'admin@acme.example', password: 'emulator', firstName: 'Ada', lastName: 'Admin' },
        { username: 'ben@acme.example', password: 'emulator', firstName: 'Ben', lastName: '<b>Bold</b>' },
      ],
    },
    { name: 'globex', sizes: few, apps: [APP] },
  ],
});
const [acme, globex] = emulator.orgs;
assert.ok(acme !== undefined && globex !== undefined);

async function arrive(path: string, username = 'admin@acme.example'): Promise<{ visitor: Visitor; page: OpenPage }> {
  const visitor = createVisitor(emulator.url);
  return { visitor, page: await visitor.logIn(await visitor.visit(path), username) };
}

/** Lets the app in, in the name of a user, and returns the tokens. */
async function letIn(username: string, { clientId, clientSecret } = APP): Promise<Record<string, string>> {
  const request = { response_type: 'code', client_id: clientId, redirect_uri: REDIRECT, prompt: 'consent' };
  const back = await giveConsent(
    `${emulator.url}/services/oauth2/authorize?${new URLSearchParams(request).toString()}`,
    { username, password: 'emulator' },
  );
  return token({
    grant_type: 'authorization_code',
    code: back.searchParams.get('code') ?? '',
    ...{ redirect_uri: REDIRECT, client_id: clientId, client_secret: clientSecret },
  });
}

async function token(parameters: Record<string, string>): Promise<Record<string, string>> {
  const response = await fetch(`${emulator.url}/services/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams(parameters),
  });
  return (await response.json()) as Record<string, string>;
}

const refresh = ({ refresh_token = '' }: Record<string, string>, { clientId, clientSecret } = APP) =>
  token({ grant_type: 'refresh_token', refresh_token, client_id: clientId, client_secret: clientSecret });

const rowOf = (page: OpenPage, heading: string): string =>
  (
    page.document.querySelectorAll('tr').find((row) => row.querySelector('th')?.textContent.trim() === heading)
      ?.textContent ?? ''
  ).replaceAll(/\s+/g, ' ');

test('every page asks strangers to log in, and leads on to where they wanted to go', async () => {
  for (const path of ['/home', '/accounts', '/accounts?search=a&page=2', '/setup/connected-apps', '/setup/users']) {
    const { visitor, page } = await arrive(path);
    assert.equal(new URL(page.url).pathname, path.split('?')[0]);
    assert.match(page.text, /admin@acme\.example/);
    const home = await visitor.visit('/');
    assert.equal(new URL(home.url).pathname, '/home');
  }
  const visitor = createVisitor(emulator.url);
  const refused = await visitor.logIn(await visitor.visit('/home'), 'admin@acme.example', 'wrong');
  assert.match(refused.text, /check your username and password/);
});

test('a login form cannot be made to lead elsewhere', async () => {
  for (const next of ['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)']) {
    const response = await fetch(`${emulator.url}/login`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ username: 'admin@acme.example', password: 'emulator', next }),
    });
    assert.equal(response.headers.get('location'), '/', next);
  }
});

test('the session cookie is for this site, and logging out ends it', async () => {
  const response = await fetch(`${emulator.url}/login`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ username: 'admin@acme.example', password: 'emulator', next: '/home' }),
  });
  assert.match(response.headers.getSetCookie().join(), /^sid=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
  const cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const home = async () => (await fetch(`${emulator.url}/home`, { headers: { cookie } })).text();
  assert.match(await home(), /Organization id/);
  await fetch(`${emulator.url}/secur/logout.jsp`, { headers: { cookie }, redirect: 'manual' });
  assert.match(await home(), /Log In/);
});

test('no page of the org may be framed', async () => {
  const { page } = await arrive('/home');
  assert.equal(page.headers.get('content-security-policy'), "frame-ancestors 'none'");
});

test('users of two orgs see their own org only', async () => {
  const { page: ours } = await arrive('/accounts');
  const { visitor, page: theirs } = await arrive('/accounts', 'admin@globex.example');
  const linksOf = (page: OpenPage): string[] =>
    page.document.querySelectorAll('tbody a').map((link) => link.getAttribute('href') ?? '');
  assert.equal(linksOf(ours).length, 25);
  assert.deepEqual(
    linksOf(theirs).filter((link) => linksOf(ours).includes(link)),
    [],
  );
  assert.equal((await visitor.visit(linksOf(ours)[0] ?? '')).status, 404);
});

test('Accounts are listed by pages and found by a part of their name or by their id', async () => {
  const { visitor, page } = await arrive('/accounts');
  const { rows } = await pool.query<{ Id: string; Name: string }>(
    `SELECT "Id", "Name" FROM ${acme.schema}."Account" WHERE NOT "IsDeleted" ORDER BY "Name", "Id"`,
  );
  const seen: string[] = [];
  let current = page;
  for (;;) {
    seen.push(...current.document.querySelectorAll('td[data-label="Account ID"]').map((cell) => cell.textContent));
    const next = current.document.querySelector('a[rel="next"]')?.getAttribute('href');
    if (next === undefined) break;
    current = await visitor.visit(next);
  }
  assert.deepEqual(
    seen,
    rows.map(({ Id }) => Id),
  );
  const { Id = '', Name = '' } = rows[7] ?? {};
  for (const search of [Id, Id.slice(0, 15), Name.slice(1).toUpperCase()]) {
    const found = await visitor.visit(`/accounts?${new URLSearchParams({ search }).toString()}`);
    assert.ok(found.text.includes(Id), search);
  }
  assert.match((await visitor.visit('/accounts?search=no-such-account')).text, /No Account is called so/);
  assert.equal((await visitor.visit('/accounts?page=x&page=y&search=%25')).status, 200);
});

test('an Account page shows the record and posts a signed request into a frame', async () => {
  const { rows } = await pool.query<{ Id: string; Name: string }>(
    `SELECT "Id", "Name" FROM ${acme.schema}."Account" WHERE NOT "IsDeleted" ORDER BY "Id" LIMIT 1`,
  );
  const { Id = '', Name = '' } = rows[0] ?? {};
  const { visitor, page } = await arrive(`/accounts/${Id.slice(0, 15)}`, 'ben@acme.example');
  assert.equal(page.document.querySelector('h1')?.textContent, Name);
  const frames = page.document.querySelectorAll('iframe');
  assert.deepEqual(
    frames.map((frame) => frame.getAttribute('title')),
    ['test-app canvas'],
    'only the app that has a canvas URL is shown',
  );
  const form = page.document.querySelector('form');
  assert.equal(form?.getAttribute('action'), CANVAS_URL);
  assert.equal(form.getAttribute('target'), frames[0]?.getAttribute('name'));
  const [signature = '', encoded = '', ...rest] = (
    form.querySelector('input[name="signed_request"]')?.getAttribute('value') ?? ''
  ).split('.');
  assert.deepEqual(rest, []);
  assert.equal(createHmac('sha256', APP.clientSecret).update(encoded).digest('base64'), signature);
  const envelope = JSON.parse(Buffer.from(encoded, 'base64').toString()) as {
    algorithm: string;
    issuedAt: number;
    userId: string;
    client: { oauthToken: string };
    context: {
      organization: { organizationId: string };
      environment: { record: { Id: string; attributes: { type: string } } };
    };
  };
  assert.equal(envelope.algorithm, 'HMACSHA256');
  assert.equal(envelope.context.organization.organizationId, acme.id);
  assert.equal(envelope.userId, acme.users[1]?.id);
  assert.equal(envelope.context.environment.record.Id, Id);
  assert.equal(envelope.context.environment.record.attributes.type, 'Account');
  // Milliseconds cut to a signed integer of 32 bits, as orgs send them.
  const ageMs = (Date.now() - envelope.issuedAt) | 0;
  assert.ok(ageMs >= 0 && ageMs < 600_000, String(ageMs));
  const identity = await fetch(`${emulator.url}/services/oauth2/userinfo`, {
    headers: { authorization: `Bearer ${envelope.client.oauthToken}` },
  });
  assert.equal(((await identity.json()) as { user_id: string }).user_id, acme.users[1]?.id);

  const again = await visitor.visit(`/accounts/${Id}`);
  assert.ok(!again.document.toString().includes(signature), 'each page view is signed anew');
  assert.equal((await visitor.visit('/accounts/001000000000000')).status, 404);
  assert.equal((await visitor.visit('/accounts/nonsense')).status, 404);
});

test('the canvas URL of an app can be set while the emulator runs, also by a control route', async () => {
  const { rows } = await pool.query<{ Id: string }>(
    `SELECT "Id" FROM ${globex.schema}."Account" WHERE NOT "IsDeleted" LIMIT 1`,
  );
  const { visitor, page } = await arrive(`/accounts/${rows[0]?.Id ?? ''}`, 'admin@globex.example');
  const actions = (shown: OpenPage) =>
    shown.document.querySelectorAll('form').map((form) => form.getAttribute('action'));
  assert.deepEqual(actions(page), [CANVAS_URL], 'an app that two orgs list is on the pages of both');
  await control('POST', '/apps', { clientId: APP.clientId, canvasUrl: 'http://127.0.0.1:9/elsewhere' });
  assert.deepEqual(actions(await visitor.visit(page.url)), ['http://127.0.0.1:9/elsewhere']);
  await emulator.setCanvasUrl(APP.clientId, CANVAS_URL);
  assert.deepEqual(actions(await visitor.visit(page.url)), [CANVAS_URL]);
  await assert.rejects(emulator.setCanvasUrl('nobody', CANVAS_URL), /client identifier invalid/);
});

test('Revoke ends what one user granted one app, and nothing else', async () => {
  const [admin, ben, other] = [
    await letIn('admin@acme.example'),
    await letIn('ben@acme.example'),
    await letIn('ben@acme.example', OTHER_APP),
  ];
  const { visitor, page } = await arrive('/setup/connected-apps');
  const after = await visitor.press(page, 'Revoke test-app for ben@acme.example');
  assert.match(after.document.querySelector('[role="status"]')?.textContent ?? '', /Revoked/);
  assert.equal((await refresh(ben))['error'], 'invalid_grant');
  const identity = await fetch(`${emulator.url}/services/oauth2/userinfo`, {
    headers: { authorization: `Bearer ${ben['access_token'] ?? ''}` },
  });
  assert.equal(identity.status, 403, 'its access token is dead too');
  assert.equal(typeof (await refresh(admin))['access_token'], 'string');
  assert.equal(typeof (await refresh(other, OTHER_APP))['access_token'], 'string');
  assert.equal(rowOf(after, 'ben@acme.example').includes('Revoke'), true, 'the other app still has its row');
});

test('Revoke All ends the grants of all users of this org, and not those of another org', async () => {
  const [admin, ben, stranger] = [
    await letIn('admin@acme.example'),
    await letIn('ben@acme.example'),
    await letIn('admin@globex.example'),
  ];
  const { visitor, page } = await arrive('/setup/connected-apps');
  assert.ok(!page.text.includes('globex'));
  const after = await visitor.press(page, 'Revoke All of test-app');
  assert.match(after.text, /No user lets this app in/);
  assert.equal((await refresh(admin))['error'], 'invalid_grant');
  assert.equal((await refresh(ben))['error'], 'invalid_grant');
  assert.equal(typeof (await refresh(stranger))['access_token'], 'string');
});

test('a blocked app gets no tokens until it is unblocked', async () => {
  const tokens = await letIn('admin@acme.example', OTHER_APP);
  const { visitor, page } = await arrive('/setup/connected-apps');
  const blocked = await visitor.press(page, 'Block other-app');
  assert.match(blocked.text, /This app is blocked/);
  assert.equal((await refresh(tokens, OTHER_APP))['error'], 'OAUTH_APP_BLOCKED');
  await visitor.press(blocked, 'Unblock other-app');
  assert.equal(typeof (await refresh(tokens, OTHER_APP))['access_token'], 'string');
});

test('a frozen or deactivated user is kept out, and let in again', async () => {
  const tokens = await letIn('ben@acme.example');
  const { visitor, page } = await arrive('/setup/users');
  assert.ok(page.document.toString().includes('&lt;b&gt;Bold'), 'names are escaped');
  for (const [out, back, error] of [
    ['Freeze', 'Unfreeze', 'invalid_grant'],
    ['Deactivate', 'Reactivate', 'inactive_user'],
  ] as const) {
    const { visitor: ben } = await arrive('/home', 'ben@acme.example');
    const kept = await visitor.press(await visitor.visit('/setup/users'), `${out} ben@acme.example`);
    assert.match(rowOf(kept, 'Ben <b>Bold</b>'), out === 'Freeze' ? /Active, Frozen/ : /Inactive/);
    assert.equal((await refresh(tokens))['error'], error);
    assert.match((await ben.visit('/home')).text, /Log In/, 'an open window is out too');
    const refused = await ben.logIn(await ben.visit('/home'), 'ben@acme.example');
    assert.match(refused.text, /check your username and password/);
    await visitor.press(kept, `${back} ben@acme.example`);
    assert.equal(typeof (await refresh(tokens))['access_token'], 'string');
  }
});

test('nobody can freeze or deactivate themselves, or users of another org', async () => {
  const { visitor, page } = await arrive('/setup/users');
  for (const action of ['Freeze', 'Deactivate']) {
    assert.match(
      (await visitor.press(page, `${action} admin@acme.example`)).text,
      /cannot freeze or deactivate yourself/,
    );
  }
  const foreign = { user_id: globex.users[0]?.id ?? '' };
  for (const action of ['Freeze', 'Deactivate']) {
    assert.match((await visitor.press(page, `${action} ben@acme.example`, foreign)).text, /no such user/);
  }
  const { page: theirs } = await arrive('/home', 'admin@globex.example');
  assert.match(theirs.text, /Organization id/);
});

test('a form that is not of the session does nothing', async () => {
  const tokens = await letIn('ben@acme.example');
  const { visitor, page } = await arrive('/setup/connected-apps');
  for (const forged of [{ token: '' }, { token: 'x'.repeat(43) }] as const) {
    const refused = await visitor.press(page, 'Revoke All of test-app', forged);
    assert.equal(refused.status, 403);
  }
  assert.equal(typeof (await refresh(tokens))['access_token'], 'string');
  const stranger = createVisitor(emulator.url);
  assert.match((await stranger.press(page, 'Revoke All of test-app')).text, /Log In/);
  assert.equal(typeof (await refresh(tokens))['access_token'], 'string');
});
