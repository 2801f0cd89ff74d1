import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSalesforceApi, readQueryHead } from '../../../adapters/salesforce/salesforce-api.ts';
import { ACCOUNT } from '../../describes.ts';
import { hasCode } from '../../errors.ts';
import { failure, gzipped, json, reply, serve, type Answer } from '../../local-server.ts';

async function apiOf(...answers: readonly Answer[]) {
  const { use, requests, session } = await serve(...answers);
  return { api: createSalesforceApi(use, 'c'), requests, session };
}
const path = (url = ''): URL => new URL(url, 'http://org');

test('a describe is trimmed to what is read, and tells the org’s clock', async () => {
  const { api, requests } = await apiOf(
    gzipped(JSON.stringify({ ...ACCOUNT, urls: {}, childRelationships: [] }), {
      'last-modified': 'Sun, 04 Jan 2026 10:00:00 GMT',
      date: 'Mon, 05 Jan 2026 10:00:00 GMT',
    }),
  );
  const { describe, lastModified, serverNow } = await api.describe('Account');
  assert.deepEqual(Object.keys(describe ?? {}), ['name', 'label', 'queryable', 'replicateable', 'fields']);
  assert.deepEqual([lastModified, serverNow], ['Sun, 04 Jan 2026 10:00:00 GMT', '2026-01-05T10:00:00.000Z']);
  assert.equal(requests[0]?.url, '/services/data/v62.0/sobjects/Account/describe');
  assert.equal(requests[0].headers['if-modified-since'], undefined);
  assert.equal(api.calls(), 1);
});

test('a describe that has not changed costs no body', async () => {
  const { api, requests } = await apiOf(reply(304, '', { date: 'Mon, 05 Jan 2026 10:00:00 GMT' }));
  const answer = await api.describe('Account', 'Sun, 04 Jan 2026 10:00:00 GMT');
  assert.deepEqual(answer, { serverNow: '2026-01-05T10:00:00.000Z' });
  assert.equal(requests[0]?.headers['if-modified-since'], 'Sun, 04 Jan 2026 10:00:00 GMT');
});

test('an object that the org lacks is SF_OBJECT_UNKNOWN', async () => {
  const { api } = await apiOf(failure(404, 'NOT_FOUND', 'The requested resource does not exist'));
  await assert.rejects(api.describe('Gone__c'), hasCode('SF_OBJECT_UNKNOWN'));
});

test('how far changes are complete is asked for a window that Salesforce accepts', async () => {
  const { api, requests } = await apiOf(json({ ids: [], latestDateCovered: '2026-01-05T09:58:00.000+0000' }));
  assert.equal(await api.latestDateCovered('Account', '2026-01-05T10:00:00.000Z'), '2026-01-05T09:58:00.000Z');
  const { pathname, searchParams } = path(requests[0]?.url);
  assert.equal(pathname, '/services/data/v62.0/sobjects/Account/updated/');
  assert.deepEqual(
    [searchParams.get('start'), searchParams.get('end')],
    ['2026-01-05T09:55:00.000+00:00', '2026-01-05T10:00:00.000+00:00'],
  );
});

test('how many rows an object has is what the org counts, or nothing where it does not count them', async () => {
  const { api, requests } = await apiOf(
    json({ sObjects: [{ count: 1_234_567, name: 'Account' }] }),
    json({ sObjects: [] }),
  );
  assert.deepEqual([await api.recordCount('Account'), await api.recordCount('Gone__c')], [1_234_567, 0]);
  assert.equal(requests[0]?.url, '/services/data/v62.0/limits/recordCount?sObjects=Account');
});

test('a query asks for the largest pages, deleted rows only when they are wanted, and goes on by its locator', async () => {
  const more =
    '{"totalSize":4001,"done":false,"nextRecordsUrl":"/services/data/v62.0/query/01g-2000","records":[{"Id":"1"}]}';
  const { api, requests } = await apiOf(
    gzipped(more),
    gzipped(more),
    json({ totalSize: 4001, done: true, records: [] }),
  );
  const soql = "SELECT Id FROM Account WHERE Name = 'a+b & c'";
  const first = await api.query(soql, { all: false, object: 'Account' });
  assert.deepEqual(first, { text: more, totalSize: 4001, nextLocator: '/services/data/v62.0/query/01g-2000' });
  await api.query(soql, { all: true, object: 'Account' });
  const last = await api.queryMore('/services/data/v62.0/query/01g-2000', 'Account');
  assert.equal(last.nextLocator, undefined);
  assert.deepEqual(
    requests.map(({ url }) => path(url).pathname),
    ['/services/data/v62.0/query', '/services/data/v62.0/queryAll', '/services/data/v62.0/query/01g-2000'],
  );
  assert.equal(path(requests[0]?.url).searchParams.get('q'), soql);
  assert.equal(requests[0]?.headers['sforce-query-options'], 'batchSize=2000');
});

const composite = (body: string, status = 200): string =>
  `{"compositeResponse":[{"body":${body},"httpHeaders":{},"httpStatusCode":${status},"referenceId":"rows"}]}`;
const LONG_SOQL = `SELECT Id FROM Account WHERE Name IN ('${Array.from({ length: 900 }, (_, index) => `n&${index}`).join("','")}')`;

test('a statement that no address can hold is asked for in a body, and its page is as exact and goes on as any other', async () => {
  const page =
    '{"totalSize":2001,"done":false,"nextRecordsUrl":"/services/data/v62.0/query/0r8-2000","records":[{"Name":"\\"}]","Long__c":12345678901234.5678}]}';
  const { api, requests } = await apiOf(gzipped(composite(page), { 'sforce-limit-info': 'api-usage=5/15000' }));
  assert.deepEqual(await api.query(LONG_SOQL, { all: true, object: 'Account' }), {
    text: page,
    totalSize: 2001,
    nextLocator: '/services/data/v62.0/query/0r8-2000',
  });
  assert.deepEqual([requests[0]?.method, requests[0]?.url], ['POST', '/services/data/v62.0/composite']);
  const sent = JSON.parse(requests[0]?.body ?? '') as { compositeRequest: [{ method: string; url: string }] };
  const [part] = sent.compositeRequest;
  assert.deepEqual([part.method, path(part.url).pathname], ['GET', '/services/data/v62.0/queryAll']);
  assert.equal(path(part.url).searchParams.get('q'), LONG_SOQL);
  assert.deepEqual([api.calls(), api.usage()], [1, { used: 5, allowed: 15_000 }]);
});

test('a query that is refused in a body is refused by the same name as in an address', async () => {
  const refused = '[{"errorCode":"INVALID_FIELD","message":"No such column \'Nope\' on entity \'Account\'."}]';
  const { api } = await apiOf(json(JSON.parse(composite(refused, 400))), json({ compositeResponse: [] }));
  await assert.rejects(api.query(LONG_SOQL, { all: false, object: 'Account' }), hasCode('SF_FIELD_UNKNOWN'));
  await assert.rejects(api.query(LONG_SOQL, { all: false, object: 'Account' }), hasCode('SF_PAGE_INCOMPLETE'));
});

test('what the org says of its daily calls is kept, by whichever client it was said to', async () => {
  const { api } = await apiOf(
    reply(304, '', { 'sforce-limit-info': 'api-usage=17/15000' }),
    json({ id: '750' }, 200, { 'sforce-limit-info': 'api-usage=18/15000' }),
    json({ totalSize: 0, done: true, records: [] }),
  );
  assert.equal(api.usage(), undefined);
  await api.describe('Account', 'yesterday');
  assert.deepEqual(api.usage(), { used: 17, allowed: 15_000 });
  await api.createJob('SELECT Id FROM Account', { all: false, object: 'Account' });
  assert.deepEqual(api.usage(), { used: 18, allowed: 15_000 });
  await api.query('SELECT Id FROM Account', { all: false, object: 'Account' });
  assert.deepEqual(api.usage(), { used: 18, allowed: 15_000 }, 'a reply may say nothing');
});

test('the head of an answer is read wherever it stands, and rows that look like it are no part of it', () => {
  const done = { totalSize: 1, done: true };
  assert.deepEqual(
    readQueryHead('{"totalSize":1,"done":true,"records":[{"Name":"\\"done\\":false,\\"totalSize\\":9"}]}'),
    { totalSize: 1 },
  );
  assert.deepEqual(readQueryHead(JSON.stringify({ records: [{ Name: '"totalSize":7' }], ...done })), { totalSize: 1 });
  assert.deepEqual(readQueryHead(JSON.stringify({ ...done, done: false, records: [], nextRecordsUrl: '/next' })), {
    totalSize: 1,
    nextLocator: '/next',
  });
  assert.deepEqual(readQueryHead('{ "totalSize" : 3 , "done" : false, "nextRecordsUrl" : "/n", "records" : [] }'), {
    totalSize: 3,
    nextLocator: '/n',
  });
});
