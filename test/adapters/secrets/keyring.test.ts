import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { createKeyring } from '../../../adapters/secrets/keyring.ts';
import { hasCode } from '../../errors.ts';

const key = (): string => randomBytes(32).toString('base64');
const context = { connectionId: 'c1', purpose: 'refresh_token' };

test('a sealed value opens in its own place only', () => {
  const keyring = createKeyring(key());
  const sealed = keyring.seal('5Aep861', context);
  assert.equal(keyring.open(sealed, context), '5Aep861');
  assert.throws(() => keyring.open(sealed, { ...context, connectionId: 'c2' }), hasCode('KEY_WRONG'));
  assert.throws(() => keyring.open(sealed, { ...context, purpose: 'access_token' }), hasCode('KEY_WRONG'));
});

test('the same value never seals to the same text', () => {
  const keyring = createKeyring(key());
  assert.notEqual(keyring.seal('x', context), keyring.seal('x', context));
});

test('a changed, cut or empty ciphertext does not open', () => {
  const keyring = createKeyring(key());
  const sealed = keyring.seal('5Aep861', context);
  const flipped = sealed.slice(0, -2) + (sealed.endsWith('A') ? 'BB' : 'AA');
  for (const bad of [flipped, sealed.slice(0, -12), sealed.slice(0, 20), `v1.${keyring.currentKeyId}.AA`, '']) {
    assert.throws(() => keyring.open(bad, context), hasCode('KEY_WRONG'));
  }
});

test('a new first key seals, and the old one behind it still opens', () => {
  const [first, second] = [key(), key()];
  const before = createKeyring(first);
  const after = createKeyring(`k2:${second}, ${first}`);
  assert.equal(after.open(before.seal('old', context), context), 'old');
  const sealed = after.seal('new', context);
  assert.equal(after.keyIdOf(sealed), 'k2');
  assert.throws(() => before.open(sealed, context), hasCode('KEY_WRONG'));
});

test('another key under the same id is noticed', () => {
  const sealed = createKeyring(`k1:${key()}`).seal('x', context);
  assert.throws(() => createKeyring(`k1:${key()}`).open(sealed, context), hasCode('KEY_WRONG'));
});

test('a missing key and a malformed one are named as such, without echoing them', () => {
  assert.throws(() => createKeyring(undefined), hasCode('KEY_MISSING'));
  assert.throws(() => createKeyring(' , '), hasCode('KEY_MISSING'));
  for (const bad of ['hunter2', `${key()}x`, `K1:${key()}`, randomBytes(16).toString('base64')]) {
    assert.throws(() => createKeyring(bad), hasCode('KEY_WRONG'));
    assert.throws(
      () => createKeyring(bad),
      (error: Error) => !error.message.includes(bad),
    );
  }
  const twice = key();
  assert.throws(() => createKeyring(`${twice},${twice}`), hasCode('KEY_WRONG'));
});
