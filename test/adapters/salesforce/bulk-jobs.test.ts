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

test('a job or page that is gone, or of another API version, has to be asked for anew; anything else keeps its name', async () => {
  const calls = [
    (api: Awaited<ReturnType<typeof apiOf>>['api']) => api.jobInfo('750'),
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

test('a complete job says where its result begins, by its own API version, and how many pages to expect', async () => {
  const complete = { id: '750', state: 'JobComplete', apiVersion: 61, numberRecordsProcessed: 200_001 };
  const { api } = await apiOf(json(complete));
  const { result } = await api.jobInfo('750');
  assert.deepEqual(result, {
    locator: '/services/data/v61.0/jobs/query/750/results?maxRecords=50000',
    pages: 5,
  });
  const halves = (await (await apiOf(json(complete))).api.jobInfo('750', { halfPages: true })).result;
  assert.deepEqual(halves, { locator: '/services/data/v61.0/jobs/query/750/results?maxRecords=25000', pages: 9 });
  const { apiVersion: _, ...silent } = { ...complete, numberRecordsProcessed: 0 };
  assert.deepEqual((await (await apiOf(json(silent))).api.jobInfo('750')).result, {
    locator: `${RESULTS}?maxRecords=50000`,
    pages: 1,
  });
  assert.equal((await (await apiOf(json({ ...complete, state: 'InProgress' }))).api.jobInfo('750')).result, undefined);
});

test('a result comes in four pages at least, unless they were small', async () => {
  for (const [rows, maxRecords, pages] of [
    [100_000, 25_000, 4],
    [40_001, 12_500, 4],
    [12_000, 12_500, 1],
  ]) {
    const complete = { id: '750', state: 'JobComplete', apiVersion: 62, numberRecordsProcessed: rows };
    const { result } = await (await apiOf(json(complete))).api.jobInfo('750');
    assert.deepEqual(result, { locator: `${RESULTS}?maxRecords=${maxRecords}`, pages });
  }
});

test('a page tells where the next one is, of the same size, and the last one that there is none', async () => {
  const page = (locator: string | undefined): Answer =>
    reply(200, '"Id"\n', locator === undefined ? {} : { 'sforce-locator': locator });
  const next = async (path: string, locator: string | undefined): Promise<string | undefined> => {
    const { api } = await apiOf(page(locator));
    const { bytes, nextLocator } = await api.openResultPage(path, ['Id'], 'Account');
    bytes.destroy();
    return nextLocator;
  };
  const second = `${RESULTS}?maxRecords=50000&locator=MTAw`;
  assert.equal(await next(`${RESULTS}?maxRecords=50000`, 'MTAw'), second);
  assert.equal(await next(second, 'M=A&w'), `${RESULTS}?maxRecords=50000&locator=M%3DA%26w`);
  assert.equal(await next(second, 'null'), undefined);
  assert.equal(await next(second, undefined), undefined);
});
