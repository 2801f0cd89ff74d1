import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApiTokens } from '../../adapters/postgres/api-tokens.ts';
import { createConnections } from '../../adapters/postgres/connections.ts';
import { createResolveCompany } from '../../adapters/postgres/resolve-company.ts';
import type { ResolutionPair } from '../../domain/connection-spec.ts';
import { ACCOUNT } from '../describes.ts';
import { catalogJob, connectionSpec } from '../jobs.ts';
import { at, sfid, type SourceRow } from '../pages.ts';
import { createEngine } from '../sync-engine.ts';
import { createTestServer } from './test-server.ts';

const engine = await createEngine();
const { pool } = engine;
const tokens = createApiTokens(pool);
const server = await createTestServer({
  api: { authenticate: (token) => tokens.authenticate(token), resolveCompany: createResolveCompany(pool) },
});

const LINK = { account: 'Id', company: 'sfdc_account_id' };
const NUMBER = { account: 'AccountNumber', company: 'account_number' };
const wanted = { role: 'resolve', lifetimeMs: 60_000, actor: 'test' } as const;
const { token: forAll } = await tokens.create(wanted);

/** A connection whose Company Sync can be run without Salesforce. */
async function connect(name: string, companyResolution: readonly ResolutionPair[] = [LINK]) {
  const spec = connectionSpec(name, [catalogJob('company-sync')], { companyResolution });
  const { connectionId } = await createConnections(pool).save(spec, 'test');
  await engine.rows(`UPDATE mooring.connection SET state = 'active', org_id = $2 WHERE id = $1`, [
    connectionId,
    sfid('00D', 1),
  ]);
  const plan = await engine.compile(catalogJob('company-sync'), [ACCOUNT], { companyResolution });
  return {
    connectionId,
    sync: async (...accounts: readonly SourceRow[]): Promise<void> => {
      const run = await engine.begin(connectionId, plan, { job: 'company-sync' });
      await engine.load(run, accounts);
      await engine.finish(run);
    },
    enter: async (column: string, value: string, name: string): Promise<unknown> => {
      const [made] = await engine.rows(
        `INSERT INTO model.company (connection_id, name, ${column}) VALUES ($1, $2, $3) RETURNING id`,
        [connectionId, name, value],
      );
      return made?.['id'];
    },
  };
}

const account = (number: number, rest: SourceRow = {}): SourceRow => ({
  ...{ Id: sfid('001', number), Name: `Account ${number}`, AccountNumber: `A${number}`, SystemModstamp: at(0) },
  ...{ IsDeleted: 'false' },
  ...rest,
});

async function resolve(connection: string, accountId: string, token = forAll) {
  const response = await server.inject({
    url: `/api/connections/${connection}/companies/resolve`,
    query: { accountId },
    headers: { authorization: `Bearer ${token}` },
  });
  return { status: response.statusCode, body: response.json<Record<string, unknown>>() };
}

test('an Account that Company Sync has linked is one company, by 18 characters or 15', async () => {
  const { sync, connectionId } = await connect('linked');
  await sync(account(1), account(2));
  const [row] = await engine.rows('SELECT id FROM model.company WHERE connection_id = $1 AND name = $2', [
    connectionId,
    'Account 1',
  ]);
  const id = sfid('001', 1);
  const expected = { status: 'one', companyId: row?.['id'], name: 'Account 1', sfdcAccountId: id, matchedBy: LINK };
  assert.deepEqual(await resolve('linked', id), { status: 200, body: expected });
  assert.deepEqual(await resolve('linked', id.slice(0, 15)), { status: 200, body: expected });
});

test('an Account that is not linked is no company, and the answer says what would change that', async () => {
  const { enter } = await connect('unlinked', [LINK, NUMBER]);
  await enter('account_number', 'A1', 'Entered before');
  const { status, body } = await resolve('unlinked', sfid('001', 1));
  assert.equal(status, 404);
  assert.equal(body['status'], 'none');
  assert.match(String(body['reason']), /AccountNumber = account_number.*"company-sync"/);
});

test('an Account that claims a company by another field is that company once Company Sync has read it', async () => {
  const { enter, sync } = await connect('claimed', [LINK, NUMBER]);
  const companyId = await enter('account_number', 'A1', 'Entered before');
  await sync(account(1));
  const { status, body } = await resolve('claimed', sfid('001', 1));
  assert.equal(status, 200);
  assert.equal(body['companyId'], companyId);
});

test('an Account that fits several companies has its candidates, for as long as there are several', async () => {
  const { enter, sync } = await connect('ambiguous', [LINK, NUMBER]);
  const one = await enter('account_number', 'A1', 'One');
  const two = await enter('account_number', 'A1', 'Two');
  await sync(account(1));
  const id = sfid('001', 1);
  assert.deepEqual(await resolve('ambiguous', id), {
    status: 409,
    body: {
      status: 'several',
      matchedBy: NUMBER,
      candidates: [
        { companyId: one, name: 'One' },
        { companyId: two, name: 'Two' },
      ],
    },
  });
  await engine.rows('UPDATE model.company SET account_number = NULL WHERE id = $1', [two]);
  const { status, body } = await resolve('ambiguous', id);
  assert.equal(status, 404);
  assert.match(String(body['reason']), /tries again at its next run/);
});

test('an Account that could not be loaded is no company, with the reason of the reject', async () => {
  const { sync } = await connect('rejected');
  await sync(account(1, { Name: null }));
  const { status, body } = await resolve('rejected', sfid('001', 1));
  assert.equal(status, 404);
  assert.match(String(body['reason']), /field "Name" \(REQUIRED_MISSING\)/);
});

test('pairs that compare the id with a column of the team are asked in their order, linked rows left out', async () => {
  await engine.rows('ALTER TABLE model.company ADD COLUMN IF NOT EXISTS legacy_id text');
  await engine.rows('ALTER TABLE model.company ADD COLUMN IF NOT EXISTS crm_id text');
  const [crm, legacy] = [
    { account: 'Id', company: 'crm_id' },
    { account: 'Id', company: 'legacy_id' },
  ];
  const missing = { account: 'Id', company: 'not_there_yet' };
  const { enter } = await connect('by-id', [LINK, missing, crm, legacy]);
  const [id, other] = [sfid('001', 1), sfid('001', 2)];
  const second = await enter('legacy_id', id, 'By legacy id');
  const first = await enter('crm_id', id, 'By CRM id');
  const taken = await enter('crm_id', other, 'Taken');
  await engine.rows('UPDATE model.company SET sfdc_account_id = $2 WHERE id = $1', [taken, sfid('001', 3)]);

  const found = await resolve('by-id', id);
  assert.deepEqual(found.body, {
    status: 'one',
    companyId: first,
    name: 'By CRM id',
    sfdcAccountId: null,
    matchedBy: crm,
  });
  assert.equal((await resolve('by-id', other)).status, 404);
  await engine.rows('UPDATE model.company SET deleted_at = now() WHERE id = $1', [first]);
  const next = await resolve('by-id', id);
  assert.deepEqual([next.body['companyId'], next.body['matchedBy']], [second, legacy]);
});

test('a merged Account is the company of the Account that won', async () => {
  const { connectionId, sync } = await connect('merged');
  const [winner, loser, last] = [sfid('001', 1), sfid('001', 2), sfid('001', 3)];
  await sync(account(1));
  for (const [lost, won] of [
    [loser, winner],
    [last, loser],
  ]) {
    await engine.rows(
      `INSERT INTO mooring.pending_merge (connection_id, job_name, loser_id, master_id) VALUES ($1, 'company-sync', $2, $3)`,
      [connectionId, lost, won],
    );
  }
  for (const id of [winner, loser, last]) {
    const { body } = await resolve('merged', id);
    assert.deepEqual([body['sfdcAccountId'], body['name']], [winner, 'Account 1']);
  }
});

test('a deleted company is none, and the answer says since when', async () => {
  const { sync } = await connect('deleted');
  await sync(account(1));
  await sync(account(1, { IsDeleted: 'true', SystemModstamp: at(5) }));
  const { status, body } = await resolve('deleted', sfid('001', 1));
  assert.equal(status, 404);
  assert.match(String(body['reason']), /was deleted on 2026-01-05T10:05/);
});

test('the companies of another connection in the same schema are not seen', async () => {
  const { sync } = await connect('neighbour');
  await sync(account(7));
  await connect('stranger');
  assert.equal((await resolve('stranger', sfid('001', 7))).status, 404);
});

test('what is no id of an Account is a bad request, in a sentence', async () => {
  await connect('strict');
  const id = sfid('001', 1);
  const wrongSum = `${id.slice(0, 17)}${id.endsWith('A') ? 'B' : 'A'}`;
  for (const bad of ['', '001', 'x'.repeat(5000), wrongSum, `${id.slice(0, 14)}-`, "001' OR 1=1 --", sfid('003', 1)]) {
    const { status, body } = await resolve('strict', bad);
    assert.equal(status, 400, bad);
    assert.match(String(body['error']), /\.$/);
    assert.ok(String(body['error']).length < 250);
  }
  const twice = await server.inject({
    url: `/api/connections/strict/companies/resolve?accountId=${id}&accountId=${id}`,
    headers: { authorization: `Bearer ${forAll}` },
  });
  assert.equal(twice.statusCode, 400);
});

test('without a valid token of the role and the connection nothing is answered', async () => {
  await connect('guarded');
  await connect('other');
  const id = sfid('001', 1);
  const url = `/api/connections/guarded/companies/resolve?accountId=${id}`;
  const asked = (headers: Record<string, string>) => server.inject({ url, headers });
  const bare = await asked({});
  assert.equal(bare.statusCode, 401);
  assert.equal(bare.headers['www-authenticate'], 'Bearer');
  assert.equal((await asked({ authorization: 'Basic bW9vcmluZw==' })).statusCode, 401);
  assert.equal((await asked({ authorization: `Bearer mooring_${'x'.repeat(43)}` })).statusCode, 401);

  const codec = await tokens.create({ ...wanted, role: 'codec' });
  assert.equal((await resolve('guarded', id, codec.token)).status, 403);
  const scoped = await tokens.create({ ...wanted, connection: 'other' });
  assert.equal((await resolve('guarded', id, scoped.token)).status, 403);
  assert.equal((await resolve('not-there', id, scoped.token)).status, 403);
  assert.equal((await resolve('other', id, scoped.token)).body['status'], 'none');

  await tokens.revoke(scoped.id, 'test');
  assert.equal((await resolve('other', id, scoped.token)).status, 401);
});

test('an unknown connection, address or method is answered in JSON', async () => {
  const unknown = await resolve('nobody', sfid('001', 1));
  assert.equal(unknown.status, 404);
  assert.match(String(unknown.body['error']), /no connection "nobody"/);
  assert.deepEqual((await server.inject('/api/anything')).json(), { error: 'There is nothing here.' });
  assert.equal(
    (await server.inject({ method: 'POST', url: '/api/connections/linked/companies/resolve' })).statusCode,
    404,
  );
});

test('a token that asks too often is told when to come back', async () => {
  const { token } = await tokens.create(wanted);
  await connect('busy');
  const answers = await Promise.all(Array.from({ length: 300 }, () => resolve('busy', sfid('001', 1), token)));
  const refused = answers.filter(({ status }) => status === 429);
  assert.ok(refused.length > 0 && refused.length <= 240, `${refused.length} of 300`);
  assert.match(String(refused[0]?.body['error']), /Try again in 1 s/);
  assert.equal((await resolve('busy', sfid('001', 1))).status, 404, 'another token is not held up');
});
