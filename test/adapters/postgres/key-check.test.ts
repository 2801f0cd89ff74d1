import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { assertKeyMatches } from '../../../adapters/postgres/key-check.ts';
import { createKeyring } from '../../../adapters/secrets/keyring.ts';
import { hasCode } from '../../errors.ts';
import { createVault } from '../../vault.ts';

const vault = await createVault({ loginUrl: 'http://127.0.0.1:1', clientId: 'none' });
const key = (): string => randomBytes(32).toString('base64');

test('the first key is remembered, and another one is noticed at start', async () => {
  const [first, second] = [key(), key()];
  await assertKeyMatches(vault.pool, createKeyring(first));
  await assertKeyMatches(vault.pool, createKeyring(first));
  await assert.rejects(assertKeyMatches(vault.pool, createKeyring(second)), hasCode('KEY_WRONG'));
  await assert.rejects(assertKeyMatches(vault.pool, createKeyring(`k2:${second}`)), hasCode('KEY_WRONG'));

  await assertKeyMatches(vault.pool, createKeyring(`k2:${second},${first}`));
  await assert.rejects(assertKeyMatches(vault.pool, createKeyring(`k2:${second}`)), hasCode('KEY_WRONG'));
  await assert.rejects(assertKeyMatches(vault.pool, createKeyring(`k2:${key()},${first}`)), hasCode('KEY_WRONG'));
});

test('of ten processes that start at once with different keys all but one are refused', async () => {
  await vault.pool.query('TRUNCATE mooring.key_check');
  const start = () => assertKeyMatches(vault.pool, createKeyring(key()));
  const results = await Promise.allSettled(Array.from({ length: 10 }, start));
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  assert.ok(results.every((result) => result.status === 'fulfilled' || hasCode('KEY_WRONG')(result.reason)));
});
