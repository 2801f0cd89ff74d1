import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseIdentityUrl, toId18 } from '../../domain/salesforce-ids.ts';

test('a 15-character id gets its checksum', () => {
  assert.equal(toId18('00Dxx0000001gPL'), '00Dxx0000001gPLEAY');
  assert.equal(toId18('005xx000001SwiU'), '005xx000001SwiUAAS');
  assert.equal(toId18('00Dxx0000001gPLEAY'), '00Dxx0000001gPLEAY');
});

test('what is no id, or carries a wrong checksum, is refused', () => {
  for (const bad of ['', '00Dxx0000001gP', '00Dxx0000001gPLEAZ', '00dxx0000001gPLEAY', '00Dxx0000001gP!']) {
    assert.equal(toId18(bad), undefined, bad);
  }
});

test('an identity URL names an org and a user', () => {
  assert.deepEqual(parseIdentityUrl('https://login.salesforce.com/id/00Dxx0000001gPL/005xx000001SwiUAAS'), {
    orgId: '00Dxx0000001gPLEAY',
    userId: '005xx000001SwiUAAS',
  });
  assert.equal(parseIdentityUrl('https://login.salesforce.com/id/005xx000001SwiUAAS/00Dxx0000001gPLEAY'), undefined);
  assert.equal(parseIdentityUrl('https://login.salesforce.com/services'), undefined);
});
