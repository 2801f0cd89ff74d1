import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSalesforceApi } from '../../../adapters/salesforce/salesforce-api.ts';
import { hasCode } from '../../errors.ts';
import { failure, json, reply, serve, type Answer } from '../../local-server.ts';

async function apiOf(...answers: readonly Answer[]) {
  const { use, requests } = await serve(...answers);
  return { api: createSalesforceApi(use, 'c'), requests };
}
const RESULTS = '/services/data/v62.0/jobs/query/750/results';

test('a query job is created as CSV with commas and line feeds, with deleted rows when they are wanted', async () => {
  const { api, requests } = await apiOf(json({ id: '750' }));
  assert.equal(await api.createJob('SELECT Id FROM Account', { all: true, object: 'Account' }), '750');
  const [request] = requests;
  assert.deepEqual([request?.method, request?.url], ['POST', '/services/data/v62.0/jobs/query']);
  assert.deepEqual(JSON.parse(request?.body ?? ''), {
    ...{ operation: 'queryAll', query: 'SELECT Id FROM Account' },
    ...{ contentType: 'CSV', columnDelimiter: 'COMMA', lineEnding: 'LF' },
  });
  await api.createJob('SELECT Id FROM Account', { all: false, object: 'Account' });
  assert.match(requests[1]?.body ?? '', /"operation":"query"/);
  assert.equal(api.calls(), 2);
});

test('failures of a job come with the same names as those of a query', async () => {
  const cases = [
    [failure(400, 'API_ERROR', 'Entity is not supported by the Bulk API.'), 'SF_QUERY_REFUSED'],
    [failure(400, 'INVALID_FIELD', 'No such column'), 'SF_FIELD_UNKNOWN'],
    [failure(401, 'INVALID_SESSION_ID', 'Session expired or invalid'), 'SF_SESSION_EXPIRED'],
    [failure(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.'), 'SF_DAILY_LIMIT'],
    [failure(403, 'REQUEST_LIMIT_EXCEEDED', 'ConcurrentRequests Limit exceeded.'), 'SF_RATE_LIMITED'],
    [reply(503, '<html>maintenance</html>', { 'content-type': 'text/html' }), 'SF_SERVER_ERROR'],
    [(response) => response.destroy(), 'SF_UNREACHABLE'],
  ] as const satisfies readonly (readonly [Answer, string])[];
  for (const [answer, code] of cases) {
    const { api } = await apiOf(answer);
    await assert.rejects(api.createJob('SELECT Id FROM X', { all: false, object: 'X' }), hasCode(code));
  }
});

test('a job, list or page that is gone, or of another API version, has to be asked for anew; anything else keeps its name', async () => {
  const calls = [
    (api: Awaited<ReturnType<typeof apiOf>>['api']) => api.jobInfo('750'),
    (api: Awaited<ReturnType<typeof apiOf>>['api']) => api.resultPages('750', 1),
    (api: Awaited<ReturnType<typeof apiOf>>['api']) => api.openResultPage(`${RESULTS}?locator=a`, ['Id'], 'Account'),
  ];
  const answers = [
    [failure(404, 'NOT_FOUND', 'The requested resource does not exist'), 'SF_CURSOR_LOST'],
    [failure(400, 'API_ERROR', 'Invalid locator'), 'SF_CURSOR_LOST'],
    [failure(400, 'INVALIDJOBSTATE', 'Results are not available'), 'SF_CURSOR_LOST'],
    [failure(409, 'API_ERROR', 'The API version does not match'), 'SF_CURSOR_LOST'],
    [failure(401, 'INVALID_SESSION_ID', 'Session expired or invalid'), 'SF_SESSION_EXPIRED'],
    [failure(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.'), 'SF_DAILY_LIMIT'],
    [failure(500, 'UNKNOWN_EXCEPTION', 'x'), 'SF_SERVER_ERROR'],
  ] as const;
  for (const [answer, code] of answers) {
    for (const call of calls) await assert.rejects(call((await apiOf(answer)).api), hasCode(code));
  }
});

test('a job is aborted; one that has ended or is gone is left as it is', async () => {
  const { api, requests } = await apiOf(json({ id: '750', state: 'Aborted' }));
  await api.abortJob('750');
  assert.deepEqual(
    [requests[0]?.method, requests[0]?.url, requests[0]?.body],
    ['PATCH', '/services/data/v62.0/jobs/query/750', '{"state":"Aborted"}'],
  );
  for (const answer of [
    failure(400, 'INVALIDJOBSTATE', 'Aborting already Completed Job not allowed'),
    failure(404, 'NOT_FOUND', 'gone'),
  ]) {
    await (await apiOf(answer)).api.abortJob('750');
  }
  await assert.rejects(
    (await apiOf(failure(500, 'UNKNOWN_EXCEPTION', 'x'))).api.abortJob('750'),
    hasCode('SF_SERVER_ERROR'),
  );
});

test('the result pages are listed five at a time, whatever the list calls its next part', async () => {
  for (const name of ['nextRecordsUrl', 'nextRecordUrl']) {
    const pages = (from: number, to: number): { resultUrl: string }[] =>
      Array.from({ length: to - from }, (_, index) => ({ resultUrl: `${RESULTS}?locator=${from + index}` }));
    const next = '/services/data/v62.0/jobs/query/750/resultPages?pageLocator=2';
    const { api, requests } = await apiOf(
      json({ resultPages: pages(0, 5), done: false, [name]: next }),
      json({ resultPages: pages(5, 7), done: true }),
    );
    assert.deepEqual(
      await api.resultPages('750', 700_000),
      pages(0, 7).map(({ resultUrl }) => resultUrl),
    );
    assert.deepEqual(
      requests.map(({ url }) => url),
      ['/services/data/v62.0/jobs/query/750/resultPages', next],
    );
    assert.equal(api.calls(), 2);
  }
});

test('pages that are too large to repeat are walked by size instead', async () => {
  const list = json({ resultPages: [{ resultUrl: `${RESULTS}?locator=a` }], done: true });
  const { api, requests } = await apiOf(
    list,
    reply(200, 'x'.repeat(100_000), { 'sforce-locator': 'MTAw' }),
    reply(200, 'x', { 'sforce-locator': 'null' }),
  );
  assert.deepEqual(await api.resultPages('750', 1_000_000), [
    `${RESULTS}?maxRecords=100000`,
    `${RESULTS}?maxRecords=100000&locator=MTAw`,
  ]);
  assert.equal(requests.length, 3);
});

test('a job without rows has one page', async () => {
  const { api } = await apiOf(json({ resultPages: [{ resultUrl: RESULTS }], done: true }));
  assert.deepEqual(await api.resultPages('750', 0), [RESULTS]);
  const without = await apiOf(json({ resultPages: [], done: true }), reply(200, '"Id"\n', {}));
  assert.deepEqual(await without.api.resultPages('750', 0), [`${RESULTS}?maxRecords=100000`]);
});
