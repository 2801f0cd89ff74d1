import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { get } from '../../../adapters/salesforce/http.ts';
import { MooringError, type ErrorCode } from '../../../domain/errors.ts';
import { failure, gzipped, json, reply, serve, type Answer } from '../../local-server.ts';
import { hasCode } from '../../errors.ts';

const call = { path: '/services/data/v62.0/limits', doing: 'Asking for limits' };

async function failed(answer: Answer): Promise<MooringError> {
  const { session } = await serve(answer);
  return get(session, call).then(
    () => assert.fail('the call succeeded'),
    (error: unknown) => {
      assert.ok(error instanceof MooringError, String(error));
      return error;
    },
  );
}

const LIMIT = 'REQUEST_LIMIT_EXCEEDED';
/** How Salesforce and what stands before it fail → our code, and how long to wait. */
const FAILURES: readonly (readonly [string, Answer, ErrorCode, number | undefined])[] = [
  [
    'an expired session',
    failure(401, 'INVALID_SESSION_ID', 'Session expired or invalid'),
    'SF_SESSION_EXPIRED',
    undefined,
  ],
  ['a bare 401', reply(401, ''), 'SF_SESSION_EXPIRED', undefined],
  ['the daily limit', failure(403, LIMIT, 'TotalRequests Limit exceeded.'), 'SF_DAILY_LIMIT', 15 * 60_000],
  ['the concurrent limit', failure(403, LIMIT, 'ConcurrentPerOrgLongTxn Limit exceeded.'), 'SF_RATE_LIMITED', 5_000],
  ['the concurrent limit, as 503', failure(503, LIMIT, 'ConcurrentRequests Limit exceeded.'), 'SF_RATE_LIMITED', 5_000],
  ['a 429 that says when', reply(429, '', { 'retry-after': '7' }), 'SF_RATE_LIMITED', 7_000],
  [
    'a 429 that gives a date',
    reply(429, '', { 'retry-after': 'Mon, 05 Jan 2026 10:00:00 GMT' }),
    'SF_RATE_LIMITED',
    5_000,
  ],
  [
    'a web page instead of data',
    reply(503, '<!DOCTYPE html><html>We are down for maintenance</html>'),
    'SF_SERVER_ERROR',
    undefined,
  ],
  ['a gateway that says when', reply(503, 'busy', { 'retry-after': '3' }), 'SF_SERVER_ERROR', 3_000],
  ['a bare 500', reply(500, ''), 'SF_SERVER_ERROR', undefined],
  ['an org in maintenance', reply(420, ''), 'SF_SERVER_ERROR', undefined],
  [
    'a field that is not there',
    failure(400, 'INVALID_FIELD', "No such column 'x' on entity 'Account'"),
    'SF_FIELD_UNKNOWN',
    undefined,
  ],
  [
    'an object that is not there',
    failure(404, 'NOT_FOUND', 'The requested resource does not exist'),
    'SF_OBJECT_UNKNOWN',
    undefined,
  ],
  [
    'an object that is not there, in SOQL',
    failure(400, 'INVALID_TYPE', "sObject type 'X' is not supported."),
    'SF_OBJECT_UNKNOWN',
    undefined,
  ],
  ['SOQL that cannot be parsed', failure(400, 'MALFORMED_QUERY', 'unexpected token'), 'SF_QUERY_REFUSED', undefined],
  [
    'a query that takes too long',
    failure(400, 'QUERY_TIMEOUT', 'Your query request was running for too long.'),
    'SF_SERVER_ERROR',
    undefined,
  ],
  [
    'a cursor that was dropped',
    failure(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator'),
    'SF_CURSOR_LOST',
    undefined,
  ],
  [
    'an app that may not call the API',
    failure(403, 'API_DISABLED_FOR_ORG', 'API is not enabled'),
    'SF_FORBIDDEN',
    undefined,
  ],
  ['a code nobody has met', failure(400, 'OF_NEXT_YEAR', 'What?'), 'SF_QUERY_REFUSED', undefined],
  [
    'an object instead of an array',
    json({ errorCode: 'INVALID_FIELD', message: 'No such column' }, 400),
    'SF_FIELD_UNKNOWN',
    undefined,
  ],
];

for (const [what, answer, code, retryAfterMs] of FAILURES) {
  test(`${what} is ${code}`, async () => {
    const error = await failed(answer);
    assert.deepEqual([error.code, error.retryAfterMs], [code, retryAfterMs], error.message);
    assert.match(error.message, /^Asking for limits (failed|has to wait): .+$/);
  });
}

test('a failure that comes compressed is understood as well', async () => {
  const body = JSON.stringify([{ errorCode: LIMIT, message: 'TotalRequests Limit exceeded.' }]);
  assert.equal((await failed(gzipped(body, {}, 403))).code, 'SF_DAILY_LIMIT');
});

test('of a long or foreign message only the beginning of a line is kept, and no markup', async () => {
  const long = await failed(failure(400, 'MALFORMED_QUERY', `SELECT\n  Id ${'x'.repeat(5_000)}`));
  assert.ok(long.message.length < 400);
  assert.doesNotMatch(long.message, /\n/);
  assert.doesNotMatch((await failed(reply(502, '<html><body>secret</body></html>'))).message, /secret|</);
});

test('a server that is not there, hangs up or breaks off is SF_UNREACHABLE', async () => {
  const gone = createServer();
  await new Promise<void>((listening) => gone.listen(0, '127.0.0.1', listening));
  const { port } = gone.address() as AddressInfo;
  await new Promise((closed) => gone.close(closed));
  const session = { accessToken: 't', instanceUrl: `http://127.0.0.1:${port}`, apiVersion: '62.0' };
  await assert.rejects(get(session, call), hasCode('SF_UNREACHABLE'));
  assert.equal((await failed((response) => response.destroy())).code, 'SF_UNREACHABLE');
});

test('a cancelled call is a cancellation and no failure of Salesforce', async () => {
  const { session } = await serve(() => undefined);
  const controller = new AbortController();
  const answer = get(session, { ...call, signal: controller.signal });
  controller.abort();
  await assert.rejects(answer, { name: 'AbortError' });
});

test('the token goes in a header and nowhere else', async () => {
  const { session, requests } = await serve(json({}));
  (await get(session, call)).body.resume();
  assert.equal(requests[0]?.headers.authorization, 'Bearer token');
  assert.equal(requests[0].url, call.path);
});

test('an answer that has not changed is an answer', async () => {
  const { session } = await serve(reply(304, ''));
  assert.equal((await get(session, call)).status, 304);
});
