import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAudit } from '../../../adapters/postgres/audit.ts';
import { findSharedGrants } from '../../../adapters/postgres/shared-grants.ts';
import { OTHER_ORG, startFakeSalesforce } from '../../fake-salesforce.ts';
import { authorize, connectionIdOf, createVault } from '../../vault.ts';

const salesforce = await startFakeSalesforce();
const vault = await createVault(salesforce.app);
const { pool } = vault;

const sharing = async (): Promise<Record<string, readonly string[]>> =>
  Object.fromEntries(await findSharedGrants(pool));

const auditOf = async (name: string): Promise<unknown[]> => {
  const audit = await readAudit(pool, await connectionIdOf(vault, name));
  return audit.filter(({ event }) => event === 'grant_shared').map(({ details }) => details?.['with']);
};

test('a second connection of the same org, user and app is authorized, with a warning that names the first', async () => {
  const first = await authorize(vault, salesforce, 'one');
  assert.doesNotMatch(first.message, /Warning/);
  assert.deepEqual(await sharing(), {});

  const second = await authorize(vault, salesforce, 'two');
  assert.equal(second.outcome, 'authorized');
  assert.match(second.message, /^Connection "two" is authorized .* Warning: Connection "one" uses the same user/);
  assert.deepEqual(await sharing(), { one: ['two'], two: ['one'] });
  assert.deepEqual(await auditOf('two'), ['one']);
  assert.deepEqual(await auditOf('one'), []);

  const third = await authorize(vault, salesforce, 'three');
  assert.match(third.message, /Warning: Connections "one", "two" use/);
  assert.deepEqual((await sharing())['one'], ['three', 'two']);
});

test('another org, another user or another app shares nothing', async () => {
  const elsewhere = await authorize(vault, salesforce, 'elsewhere', OTHER_ORG);
  assert.doesNotMatch(elsewhere.message, /Warning/);
  await pool.query(`UPDATE mooring.connection SET user_id = '005xx000009SwiUAAS' WHERE name = 'two'`);
  assert.deepEqual(await sharing(), { one: ['three'], three: ['one'] });
  await pool.query(`UPDATE mooring.oauth_grant SET client_id = 'another app' WHERE connection_id = $1`, [
    await connectionIdOf(vault, 'three'),
  ]);
  assert.deepEqual(await sharing(), {});
});

test('a revoked connection shares nothing any more', async () => {
  await authorize(vault, salesforce, 'kept', OTHER_ORG);
  assert.deepEqual((await sharing())['kept'], ['elsewhere']);
  await vault.ports.revocations.revoke(await connectionIdOf(vault, 'elsewhere'), 'test');
  assert.deepEqual(await sharing(), {});
});

test('authorizing the same connection again is no sharing', async () => {
  const again = await authorize(vault, salesforce, 'kept', OTHER_ORG);
  assert.equal(again.outcome, 'authorized');
  assert.doesNotMatch(again.message, /Warning/);
});
