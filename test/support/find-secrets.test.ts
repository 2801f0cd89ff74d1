import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSecretFinder } from './find-secrets.ts';

const token = '00Dxx0000001gPL!AQkq3vN0cT8sYw.5uZ1_Xr7bHn2mLpOd4fGjKaSeRtVyWzQ==';
const other = 'aPrxOneTimeCodeThatNobodyMayEverSee==';
const find = createSecretFinder([token, other]);

test('a secret is found within longer text, URL-encoded and cut off at either end', () => {
  for (const text of [token, `{"a":"${token}"}`, encodeURIComponent(token), token.slice(0, 50), token.slice(20)])
    assert.deepEqual(find(`before ${text} after`), [token]);
});

test('what secrets share with other text is no secret', () => {
  assert.deepEqual(find('Org 00Dxx0000001gPL!AQ was authorized with aPrx'), []);
});

test('all secrets of a text are named, each once', () => {
  assert.deepEqual(find(`${other} ${token} ${other}`), [other, token]);
});

test('a word too short to be told from other text is refused', () => {
  assert.throws(() => createSecretFinder(['emulator']), /too short/);
});
