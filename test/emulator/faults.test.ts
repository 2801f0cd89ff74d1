import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { request } from 'undici';
import { createFaults, faultProblem, type FaultRule } from '../../emulator/control/faults.ts';
import { until } from '../support/until.ts';
import { once } from '../support/when-tests-end.ts';
import { APP, REDIRECT, startTestEmulator, type TestEmulator } from './test-emulator.ts';

const V62 = '/services/data/v62.0';
const JOBS = `${V62}/jobs/query`;
const started = once(() => startTestEmulator({ bulk: { pageRows: 150, memberRows: 64 } }));

const put = (emulator: TestEmulator, action: object, rule: object = {}): Promise<unknown> =>
  emulator.control('POST', '/faults', { action, ...rule });

const answer = async (response: Response): Promise<[number, unknown]> => {
  const body = (await response.json()) as readonly { errorCode: string }[];
  return [response.status, body[0]?.errorCode];
};

test('a fault strikes as often as told, where told, after as many as told', () => {
  const faults = createFaults();
  faults.add({ action: { kind: 'unavailable' }, method: 'get|post', path: '/limits$', after: 1 }, 2);
  const take = (method: string, path: string): string | undefined => faults.take({ method, path })?.kind;
  assert.deepEqual(
    [
      take('GET', '/services/data/v62.0/query'),
      take('DELETE', '/services/data/v62.0/limits'),
      take('GET', '/services/data/v62.0/limits'),
      take('GET', '/services/data/v62.0/limits'),
      take('POST', '/services/data/v62.0/limits'),
      take('GET', '/services/data/v62.0/limits'),
    ],
    [undefined, undefined, undefined, 'unavailable', 'unavailable', undefined],
  );
  assert.deepEqual(faults.all(), []);
});

test('a fault with a probability strikes its share, the same ones for the same seed', () => {
  const pattern = (seed: number): string => {
    const faults = createFaults();
    faults.add({ action: { kind: 'reset' }, probability: 0.25, seed }, 1_000_000);
    const struck = (): boolean => faults.take({ method: 'GET', path: '/services/data' }) !== undefined;
    return Array.from({ length: 4000 }, () => (struck() ? 'x' : '.')).join('');
  };
  const first = pattern(7);
  const share = first.split('x').length / 4000;
  assert.ok(share > 0.22 && share < 0.28, String(share));
  assert.equal(pattern(7), first);
  assert.notEqual(pattern(8), first);
});

test('a fault of one org leaves the others alone', () => {
  const faults = createFaults();
  faults.add({ action: { kind: 'reset' }, org: 'acme' }, 1);
  assert.equal(faults.take({ method: 'GET', path: '/services/data', org: 'other' }), undefined);
  assert.equal(faults.take({ method: 'GET', path: '/services/data' }), undefined);
  assert.equal(faults.take({ method: 'GET', path: '/services/data', org: 'acme' })?.kind, 'reset');
});

test('a fault that cannot be is refused with the reason', () => {
  const problem = (rule: unknown): string => faultProblem(rule as FaultRule) ?? 'none';
  assert.match(problem({}), /no fault of kind "undefined". Known: status, latency, reset/);
  assert.match(problem({ action: { kind: 'latency' } }), /needs "ms", a number/);
  assert.match(problem({ action: { kind: 'reset' }, probability: 2 }), /between 0 and 1/);
  assert.match(problem({ action: { kind: 'reset' }, path: '(' }), /no regular expression: "\("/);
  assert.equal(problem({ action: { kind: 'reset' } }), 'none');
});

test('refusals come with the status, body and headers of an org', async () => {
  const emulator = await started();
  const limits = (): Promise<Response> => emulator.get(`${V62}/limits`);

  await put(emulator, { kind: 'unavailable' });
  const down = await limits();
  assert.deepEqual([down.status, down.headers.get('content-type')], [503, 'text/html; charset=UTF-8']);
  assert.match(await down.text(), /^<!DOCTYPE html>/);

  await put(emulator, { kind: 'tooManyRequests', retryAfterSeconds: 7 });
  const busy = await limits();
  assert.deepEqual([busy.status, busy.headers.get('retry-after')], [429, '7']);
  await busy.text();

  await put(emulator, { kind: 'sessionExpired' });
  assert.deepEqual(await answer(await limits()), [401, 'INVALID_SESSION_ID']);

  for (const [which, message] of [
    ['total', 'TotalRequests Limit exceeded.'],
    ['concurrent', 'ConcurrentRequests (Concurrent API Requests) Limit exceeded.'],
  ] as const) {
    await put(emulator, { kind: 'requestLimit', which });
    const refused = await limits();
    assert.equal(refused.status, 403);
    assert.deepEqual(await refused.json(), [{ message, errorCode: 'REQUEST_LIMIT_EXCEEDED' }]);
  }
  assert.equal((await limits()).status, 200);
});

test('a grant that seems lost works again once the fault is spent', async () => {
  const emulator = await started();
  await put(emulator, { kind: 'invalidGrant' });
  const refresh = (): Promise<Response> =>
    fetch(`${emulator.emulator.url}/services/oauth2/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: 'whatever',
        client_id: APP.clientId,
        client_secret: APP.clientSecret,
        redirect_uri: REDIRECT,
      }),
    });
  assert.deepEqual(await (await refresh()).json(), {
    error: 'invalid_grant',
    error_description: 'expired access/refresh token',
  });
  assert.deepEqual(await emulator.control('GET', '/requests?fault=invalidGrant').then((log) => (log as []).length), 1);
});

test('the clock of a reply can be wrong', async () => {
  const emulator = await started();
  await emulator.control('POST', '/orgs/acme/clock', { freezeAt: '2026-11-01T10:00:00Z' });
  await put(emulator, { kind: 'clockSkew', ms: -3_600_000 });
  const date = async (): Promise<string | null> => (await emulator.get(`${V62}/limits`)).headers.get('date');
  assert.deepEqual([await date(), await date()], ['Sun, 01 Nov 2026 09:00:00 GMT', 'Sun, 01 Nov 2026 10:00:00 GMT']);
  await emulator.control('POST', '/orgs/acme/clock', { freezeAt: null });
});

test('a body can be cut in its gzip, reset in its middle, or trickle', async () => {
  const emulator = await started();
  const describe = `${emulator.emulator.url}${V62}/sobjects/Account/describe`;
  const headers = { authorization: `Bearer ${emulator.token}`, 'accept-encoding': 'gzip' };
  const whole = Buffer.from(await (await request(describe, { headers })).body.arrayBuffer());

  await put(emulator, { kind: 'truncate', bytes: 500 });
  const cut = await request(describe, { headers });
  const bytes = Buffer.from(await cut.body.arrayBuffer());
  assert.deepEqual([cut.statusCode, bytes.length], [200, 500]);
  assert.throws(() => gunzipSync(bytes), /unexpected end of file/);

  await put(emulator, { kind: 'resetAfter', bytes: 500 });
  const reset = await request(describe, { headers });
  await assert.rejects(reset.body.arrayBuffer());

  await put(emulator, { kind: 'trickle', bytesPerSecond: Math.round(whole.length * 2) });
  const slow = await request(describe, { headers });
  const pieces: Buffer[] = [];
  for await (const piece of slow.body) pieces.push(piece as Buffer);
  assert.deepEqual(Buffer.concat(pieces), whole);
  assert.ok(pieces.length > 3, `in ${pieces.length} pieces`);
});

async function createdJob(emulator: TestEmulator, query = 'SELECT Id FROM Contact'): Promise<string> {
  const response = await emulator.send('POST', JOBS, { operation: 'queryAll', query });
  return ((await response.json()) as { id: string }).id;
}

const jobInfo = async (emulator: TestEmulator, id: string): Promise<{ state: string; errorMessage?: string }> =>
  (await (await emulator.get(`${JOBS}/${id}`)).json()) as { state: string; errorMessage?: string };

test('a job fails with the message given, or is stuck until it is aborted', async () => {
  const emulator = await started();
  await put(emulator, { kind: 'jobFailed', message: 'InternalServerError : Retried more than 15 times' });
  const failed = await createdJob(emulator);
  await until('the job fails', async () => (await jobInfo(emulator, failed)).state === 'Failed');
  assert.equal((await jobInfo(emulator, failed)).errorMessage, 'InternalServerError : Retried more than 15 times');

  await put(emulator, { kind: 'jobStuck' });
  const stuck = await createdJob(emulator);
  await until('the job is at work', async () => (await jobInfo(emulator, stuck)).state === 'InProgress');
  const next = await createdJob(emulator);
  await until('the next job ends', async () => (await jobInfo(emulator, next)).state === 'JobComplete');
  assert.equal((await jobInfo(emulator, stuck)).state, 'InProgress');
  assert.equal((await emulator.send('PATCH', `${JOBS}/${stuck}`, { state: 'Aborted' })).status, 200);
});

test('a page can announce a wrong number of rows, repeat a row of its neighbour, or lose its locator', async () => {
  const emulator = await started();
  const id = await createdJob(emulator);
  await until('the job ends', async () => (await jobInfo(emulator, id)).state === 'JobComplete');
  const page = async (locator = ''): Promise<{ rows: string[]; announced: string | null; next: string | null }> => {
    const response = await emulator.get(`${JOBS}/${id}/results?maxRecords=100&locator=${locator}`);
    return {
      rows: (await response.text()).trimEnd().split('\n').slice(1),
      announced: response.headers.get('sforce-numberofrecords'),
      next: response.headers.get('sforce-locator'),
    };
  };
  const first = await page();
  await put(emulator, { kind: 'recordCount', add: -3 });
  assert.deepEqual(await page(), { ...first, announced: '97' });

  await put(emulator, { kind: 'duplicateRow' });
  const doubled = await page(first.next ?? '');
  assert.deepEqual([doubled.rows[0], doubled.announced], [first.rows.at(-1), '101']);
  await put(emulator, { kind: 'duplicateRow' });
  const early = await page();
  assert.deepEqual([early.rows.at(-1), early.next], [doubled.rows[1], first.next]);

  await put(emulator, { kind: 'locatorLost' });
  assert.deepEqual(await answer(await emulator.get(`${JOBS}/${id}/results?locator=${first.next ?? ''}`)), [
    400,
    'INVALID_QUERY_LOCATOR',
  ]);
});

test('a REST page can repeat the last row of the page before, and a cursor can be lost', async () => {
  const emulator = await started();
  const pageOf = async (path: string): Promise<{ records: { Id: string }[]; nextRecordsUrl?: string }> =>
    (await (await emulator.get(path, { 'sforce-query-options': 'batchSize=200' })).json()) as {
      records: { Id: string }[];
      nextRecordsUrl?: string;
    };
  const first = await pageOf(`${V62}/query?q=${encodeURIComponent('SELECT Id FROM Account')}`);
  const next = first.nextRecordsUrl ?? '';
  await put(emulator, { kind: 'duplicateRow' });
  const doubled = await pageOf(next);
  assert.equal(doubled.records[0]?.Id, first.records.at(-1)?.Id);
  assert.equal(doubled.records.length, 201);
  await put(emulator, { kind: 'locatorLost' });
  assert.deepEqual(await answer(await emulator.get(next)), [400, 'INVALID_QUERY_LOCATOR']);
  assert.equal((await pageOf(next)).records.length, 200);
});

test('a slow commit is stamped when it is written and seen when it is committed', async () => {
  const emulator = await started();
  await put(emulator, { kind: 'slowCommit', ms: 1500 });
  const found = async (): Promise<{ SystemModstamp: string; CreatedDate: string }[]> => {
    const soql = "SELECT SystemModstamp FROM Account WHERE Name = 'Late'";
    const reply = await emulator.get(`${V62}/query?q=${encodeURIComponent(soql)}`);
    return ((await reply.json()) as { records: { SystemModstamp: string; CreatedDate: string }[] }).records;
  };
  const { rows } = await emulator.pool.query<{ now: Date }>(`SELECT ${emulator.org.schema}.emulator_now() AS now`);
  const created = emulator.send('POST', `${V62}/sobjects/Account`, { Name: 'Late' });
  assert.deepEqual(await found(), []);
  assert.equal((await created).status, 201);
  const [late] = await found();
  const stamp = Date.parse((late?.SystemModstamp ?? '').replace('+0000', 'Z'));
  const end = await emulator.pool.query<{ now: Date }>(`SELECT ${emulator.org.schema}.emulator_now() AS now`);
  assert.ok(stamp >= (rows[0]?.now.getTime() ?? 0) - 1000, 'not before it was written');
  assert.ok(stamp <= (end.rows[0]?.now.getTime() ?? 0) - 1400, 'before it was committed');
});

test('faults are listed and taken back, and the log of requests is a page for people', async () => {
  const emulator = await started();
  const fault = (await put(emulator, { kind: 'reset' }, { times: 3, path: '/never' })) as { id: number; times: number };
  assert.equal(fault.times, 3);
  assert.deepEqual(await emulator.control('GET', '/faults'), [fault]);
  await emulator.control('DELETE', `/faults/${fault.id}`);
  assert.deepEqual(await emulator.control('GET', '/faults'), []);
  await assert.rejects(emulator.control('DELETE', `/faults/${fault.id}`), /There is no fault/);
  await assert.rejects(put(emulator, { kind: 'earthquake' }), /no fault of kind \\"earthquake\\"/);

  await emulator.control('DELETE', '/requests');
  await put(emulator, { kind: 'unavailable' });
  await emulator.get(`${V62}/query?q=${encodeURIComponent('SELECT <Id> FROM Account')}`);
  await until(
    'the request is logged',
    async () => ((await emulator.control('GET', '/requests')) as unknown[]).length === 1,
  );
  const html = await (await emulator.get('/__emulator/requests', { accept: 'text/html' })).text();
  assert.match(html, /<td>GET<\/td><td>\/services\/data\/v62\.0\/query<\/td>/);
  assert.match(html, /<td>503<\/td><td>\d+<\/td><td>unavailable<\/td>/);
  assert.ok(!html.includes('<Id>'));
});
