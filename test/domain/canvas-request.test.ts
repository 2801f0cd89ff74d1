import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLOCK_SKEW_MS, isFresh, LONGEST_AGE_MS, readCanvasRequest } from '../../domain/canvas-request.ts';
import { sfid } from '../pages.ts';

const [orgId, userId, accountId] = [sfid('00D', 1), sfid('005', 1), sfid('001', 1)];

interface Parts {
  readonly environment?: unknown;
  readonly organizationId?: unknown;
}

const envelope = (over: object = {}, { environment, organizationId = orgId }: Parts = {}): unknown => ({
  algorithm: 'HMACSHA256',
  issuedAt: 1,
  userId,
  context: { organization: { organizationId }, environment },
  ...over,
});

test('an envelope tells org, user and record as ids of 18 characters', () => {
  const environment = { record: { Id: accountId.slice(0, 15) } };
  const read = readCanvasRequest(
    envelope({ userId: userId.slice(0, 15) }, { environment, organizationId: orgId.slice(0, 15) }),
  );
  assert.deepEqual(read, { issuedAt: 1, orgId, userId, recordId: accountId });
});

test('a page names the record by a parameter, and an explicit Account wins over the record of the page', () => {
  const recordOf = (environment: unknown) => readCanvasRequest(envelope({}, { environment }))?.recordId;
  const opportunity = { Id: sfid('006', 1) };
  assert.equal(recordOf({ parameters: { recordId: accountId } }), accountId);
  assert.equal(recordOf({ record: opportunity, parameters: { recordId: accountId } }), opportunity.Id);
  assert.equal(recordOf({ record: opportunity, parameters: { accountId } }), accountId);
  for (const none of [undefined, null, {}, { record: {} }, { record: { Id: 'x' } }, { parameters: { accountId: 7 } }]) {
    assert.equal(recordOf(none), undefined);
  }
});

test('what Salesforce would not send is no request', () => {
  for (const algorithm of ['HMACSHA1', 'none', 'hmacsha256', null, undefined, ['HMACSHA256']]) {
    assert.equal(readCanvasRequest(envelope({ algorithm })), undefined, String(algorithm));
  }
  for (const issuedAt of [null, undefined, '1', 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60]) {
    assert.equal(readCanvasRequest(envelope({ issuedAt })), undefined, String(issuedAt));
  }
  for (const organizationId of [null, '', userId, `${orgId}x`, 7])
    assert.equal(readCanvasRequest(envelope({}, { organizationId })), undefined);
  for (const user of [null, orgId, 'me']) assert.equal(readCanvasRequest(envelope({ userId: user })), undefined);
  for (const value of [undefined, null, 1, 'text', [], {}, { context: null }, envelope({ context: 'x' })])
    assert.equal(readCanvasRequest(value), undefined);
  assert.equal(readCanvasRequest(JSON.parse(`{"__proto__": ${JSON.stringify(envelope())}}`)), undefined);
});

test('a request is fresh for some minutes, whether its time is whole or cut to 32 bits', () => {
  // Around a turn of the 32 bits, and where the cut time is negative.
  const turn = 2 ** 32 * 415;
  for (const now of [turn, turn - 1_000, turn + 1_000, turn + 2 ** 31, Date.parse('2026-11-22T12:00:00Z')]) {
    for (const cut of [(time: number) => time, (time: number) => time | 0]) {
      const fresh = (ageMs: number): boolean => isFresh(cut(now - ageMs), now);
      for (const ageMs of [0, 1, LONGEST_AGE_MS, -CLOCK_SKEW_MS]) assert.equal(fresh(ageMs), true, String(ageMs));
      for (const ageMs of [LONGEST_AGE_MS + 1, -CLOCK_SKEW_MS - 1, 86_400_000, -86_400_000, 2 ** 31 - 1])
        assert.equal(fresh(ageMs), false, String(ageMs));
    }
    assert.equal(isFresh(now - 2 ** 32, now), now - 2 ** 32 === ((now - 2 ** 32) | 0), 'a whole time does not turn');
  }
});
