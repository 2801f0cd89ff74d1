import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApiTokens } from '../../../adapters/postgres/api-tokens.ts';
import { readAudit } from '../../../adapters/postgres/audit.ts';
import { hasCode } from '../../errors.ts';
import { createVault, specOf } from '../../vault.ts';

const vault = await createVault({ loginUrl: 'http://127.0.0.1:1', clientId: 'none' });
const { pool } = vault;
const tokens = createApiTokens(pool);
const { connectionId } = await vault.ports.connections.save(specOf('acme', 'https://login.salesforce.com'), 'test');

const DAY_MS = 86_400_000;
const wanted = { role: 'resolve', lifetimeMs: DAY_MS, actor: 'ada' } as const;

test('a token speaks for its role and its connection, and for nothing once it is over', async () => {
  const { id, token, expiresAt } = await tokens.create({ ...wanted, connection: 'acme' });
  assert.match(token, /^mooring_[\w-]{43}$/);
  assert.ok(Math.abs(expiresAt.getTime() - Date.now() - DAY_MS) < 60_000);
  assert.deepEqual(await tokens.authenticate(token), { tokenId: id, role: 'resolve', connection: 'acme' });

  const forAll = await tokens.create({ ...wanted, role: 'codec' });
  assert.deepEqual(await tokens.authenticate(forAll.token), { tokenId: forAll.id, role: 'codec', connection: null });

  await pool.query(`UPDATE mooring.api_token SET expires_at = now() WHERE id = $1`, [id]);
  assert.equal(await tokens.authenticate(token), undefined);
  assert.equal((await tokens.list()).find((one) => one.id === id)?.state, 'expired');

  await tokens.revoke(forAll.id, 'grace');
  await tokens.revoke(forAll.id, 'grace');
  assert.equal(await tokens.authenticate(forAll.token), undefined);
  assert.equal((await tokens.list()).find((one) => one.id === forAll.id)?.state, 'revoked');
  await assert.rejects(tokens.revoke('none', 'grace'), hasCode('API_TOKEN_UNKNOWN'));
  await assert.rejects(tokens.create({ ...wanted, connection: 'acne' }), hasCode('CONNECTION_UNKNOWN'));
});

test('nothing in the database is the token, or leads to it', async () => {
  const { id, token } = await tokens.create(wanted);
  const { rows } = await pool.query<{ row: string }>(
    `SELECT t::text AS row FROM mooring.api_token t UNION ALL SELECT a::text FROM mooring.audit a`,
  );
  const everything = rows.map(({ row }) => row).join('\n');
  assert.ok(everything.includes(id));
  assert.ok(!everything.includes(token.slice('mooring_'.length)));
  assert.doesNotMatch(JSON.stringify(await tokens.list()), /mooring_/);
});

test('anything but a token of ours is nobody', async () => {
  const { token } = await tokens.create(wanted);
  const last = token.endsWith('A') ? 'B' : 'A';
  for (const other of [
    '',
    'mooring_',
    token.slice(0, -1),
    token.slice(0, -1) + last,
    `${token}=`,
    token.toUpperCase(),
  ]) {
    assert.equal(await tokens.authenticate(other), undefined, other);
  }
});

test('a token of a destroyed connection is over', async () => {
  await vault.ports.connections.save(specOf('gone', 'https://login.salesforce.com'), 'test');
  const { token } = await tokens.create({ ...wanted, connection: 'gone' });
  assert.ok(await tokens.authenticate(token));
  await pool.query(`UPDATE mooring.connection SET state = 'destroyed' WHERE name = 'gone'`);
  assert.equal(await tokens.authenticate(token), undefined);
});

test('the last use is kept to the minute, without a write at every request', async () => {
  const { id, token } = await tokens.create(wanted);
  const lastUse = async () => (await tokens.list()).find((one) => one.id === id)?.lastUsedAt;
  assert.equal(await lastUse(), null);
  await tokens.authenticate(token);
  const first = await lastUse();
  assert.ok(first);
  await tokens.authenticate(token);
  assert.deepEqual(await lastUse(), first);
  await pool.query(`UPDATE mooring.api_token SET last_used_at = now() - interval '2 minutes' WHERE id = $1`, [id]);
  await tokens.authenticate(token);
  assert.ok(((await lastUse())?.getTime() ?? 0) >= first.getTime());
});

test('making and revoking are audited, for the connection when it is for one', async () => {
  const { id } = await tokens.create({ ...wanted, connection: 'acme' });
  await tokens.revoke(id, 'grace');
  const audit = (await readAudit(pool, connectionId)).filter(({ details }) => details?.['id'] === id);
  assert.deepEqual(
    audit.map(({ event, actor }) => [event, actor]),
    [
      ['api_token_revoked', 'grace'],
      ['api_token_created', 'ada'],
    ],
  );
  const general = await tokens.create(wanted);
  assert.equal((await readAudit(pool, null))[0]?.details?.['id'], general.id);
});

test('a token for the codec is for all connections or is none', async () => {
  await assert.rejects(tokens.create({ ...wanted, role: 'codec', connection: 'acme' }), /codec_is_for_all/);
});
