import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCsv } from '../../emulator/bulk/parse-csv.ts';
import { until } from '../support/until.ts';
import { once } from '../support/when-tests-end.ts';
import { APP, startTestEmulator } from './test-emulator.ts';

const BASE = '/services/data/v62.0/jobs/ingest';
const started = once(() => startTestEmulator({ orgs: [{ name: 'acme', apps: [APP], sizes: { accounts: 50 } }] }));

interface Info {
  readonly id: string;
  readonly state: string;
  readonly contentUrl: string;
  readonly numberRecordsProcessed: number;
  readonly numberRecordsFailed: number;
  readonly errorMessage?: string;
}

interface Reply<T> {
  readonly status: number;
  readonly body: T;
}

async function send<T>(method: string, path: string, body?: unknown): Promise<Reply<T>> {
  const response = await (await started()).send(method, `${BASE}${path}`, body);
  const text = await response.text();
  return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as T };
}

async function upload(info: Info, csv: string): Promise<number> {
  const { emulator, token } = await started();
  const response = await fetch(`${emulator.url}/${info.contentUrl}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'text/csv' },
    body: csv,
  });
  return response.status;
}

const open = async (job: object): Promise<Info> => {
  const { status, body } = await send<Info>('POST', '', job);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
};
const infoOf = async (id: string): Promise<Info> => (await send<Info>('GET', `/${id}`)).body;

/** Runs a job to its end; lists come back parsed, without their headers. */
async function run(job: object, csv: string): Promise<{ info: Info; successful: string[][]; failed: string[][] }> {
  const { get } = await started();
  const info = await open(job);
  assert.equal(await upload(info, csv), 201);
  await send('PATCH', `/${info.id}`, { state: 'UploadComplete' });
  await until(`job ${info.id} ends`, async () => ['JobComplete', 'Failed'].includes((await infoOf(info.id)).state));
  const list = async (name: string): Promise<string[][]> => {
    const text = await (await get(`${BASE}/${info.id}/${name}`)).text();
    return parseCsv(text, ',')
      .slice(1)
      .map((row) => [...row]);
  };
  return {
    info: await infoOf(info.id),
    successful: await list('successfulResults'),
    failed: await list('failedResults'),
  };
}

const records = async (soql: string): Promise<Record<string, unknown>[]> => {
  const { get } = await started();
  const reply = await get(`/services/data/v62.0/queryAll?q=${encodeURIComponent(soql)}`);
  const { records: found } = (await reply.json()) as { records: Record<string, unknown>[] };
  return found.map(({ attributes: _, ...record }) => record);
};

test('a CSV is read whatever stands in its quotes', () => {
  assert.deepEqual(parseCsv('a,b\r\n"x ""y""","1\n2"\n,""\n\nlast,', ','), [
    ['a', 'b'],
    ['x "y"', '1\n2'],
    ['', ''],
    ['last', ''],
  ]);
  assert.deepEqual(parseCsv('\ufeff"a"\t"b"', '\t'), [['a', 'b']]);
  assert.throws(() => parseCsv('a\n"x', ','), /not closed/);
});

test('an insert keeps what is good, says why the rest is not, and keeps every letter', async () => {
  const { info, successful, failed } = await run(
    { object: 'Account', operation: 'insert' },
    'Name,Description,NumberOfEmployees\n"Quote ""q"" Ltd","two\nlines",7\n,"nameless",\nFine,,many\n',
  );
  assert.deepEqual([info.state, info.numberRecordsProcessed, info.numberRecordsFailed], ['JobComplete', 3, 2]);
  const [[id, created, ...values] = []] = successful;
  assert.deepEqual([created, values], ['true', ['Quote "q" Ltd', 'two\nlines', '7']]);
  assert.deepEqual(await records(`SELECT Name, Description, NumberOfEmployees FROM Account WHERE Id = '${id ?? ''}'`), [
    { Name: 'Quote "q" Ltd', Description: 'two\nlines', NumberOfEmployees: 7 },
  ]);
  assert.match(failed[0]?.[1] ?? '', /^REQUIRED_FIELD_MISSING:.*:Name --$/);
  assert.match(failed[1]?.[1] ?? '', /^JSON_PARSER_ERROR:/);
});

test('upserts, updates and deletes go by their keys; #N/A empties, nothing leaves alone', async () => {
  const upsert = { object: 'Account', operation: 'upsert', externalIdFieldName: 'External_Key__c' };
  const first = await run(upsert, 'External_Key__c;Name;Site\nIN-1;One;here\nIN-2;Two;here\n'.replaceAll(';', ','));
  assert.deepEqual(
    first.successful.map((row) => row[1]),
    ['true', 'true'],
  );
  const second = await run(upsert, 'External_Key__c,Name,Site\nIN-1,Uno,\nIN-2,Dos,#N/A\n');
  assert.deepEqual(
    second.successful.map((row) => row[1]),
    ['false', 'false'],
  );
  const found = `SELECT Name, Site, IsDeleted FROM Account WHERE External_Key__c IN ('IN-1', 'IN-2') ORDER BY Name`;
  assert.deepEqual(await records(found), [
    { Name: 'Dos', Site: null, IsDeleted: false },
    { Name: 'Uno', Site: 'here', IsDeleted: false },
  ]);
  const [one, two] = second.successful.map((row) => row[0] ?? '');
  await run({ object: 'Account', operation: 'update' }, `Id,Parent.External_Key__c\n${one ?? ''},IN-2\n`);
  assert.deepEqual(
    await records(`SELECT Parent.Name FROM Account WHERE Id = '${one ?? ''}'`).then((all) => all.length),
    1,
  );
  await run({ object: 'Account', operation: 'delete' }, `Id\n${one ?? ''}\n`);
  const { failed } = await run(
    { object: 'Account', operation: 'hardDelete' },
    `Id\n${two ?? ''}\n001000000000000AAA\n`,
  );
  assert.equal(failed.length, 1);
  assert.deepEqual(await records(found), [{ Name: 'Uno', Site: 'here', IsDeleted: true }]);
});

test('delimiters and line ends are the job’s', async () => {
  const { get } = await started();
  const info = await open({ object: 'Lead', operation: 'insert', columnDelimiter: 'PIPE', lineEnding: 'CRLF' });
  await upload(info, 'LastName|Company\r\nPipe|"A|B"\r\n');
  await send('PATCH', `/${info.id}`, { state: 'UploadComplete' });
  await until('the job ends', async () => (await infoOf(info.id)).state === 'JobComplete');
  const text = await (await get(`${BASE}/${info.id}/successfulResults`)).text();
  for (const spelling of ['unprocessedrecords', 'unprocessedRecords'])
    assert.equal(await (await get(`${BASE}/${info.id}/${spelling}`)).text(), '"LastName"|"Company"\r\n');
  assert.match(text, /^"sf__Id"\|"sf__Created"\|"LastName"\|"Company"\r\n"00Q\w{15}"\|"true"\|"Pipe"\|"A\|B"\r\n$/);
});

test('a job takes its data once, and cannot be closed, read or deleted out of turn', async () => {
  const { get } = await started();
  const info = await open({ object: 'Account', operation: 'insert' });
  assert.equal((await get(`${BASE}/${info.id}/failedResults`)).status, 400);
  assert.equal((await send('DELETE', `/${info.id}`)).status, 400);
  assert.equal(await upload(info, 'Name\nx\n'), 201);
  assert.equal(await upload(info, 'Name\nx\n'), 400);
  assert.equal((await send<Info>('PATCH', `/${info.id}`, { state: 'Aborted' })).body.state, 'Aborted');
  assert.equal((await send('PATCH', `/${info.id}`, { state: 'UploadComplete' })).status, 400);
  assert.equal((await send('DELETE', `/${info.id}`)).status, 204);
  assert.equal((await send('GET', `/${info.id}`)).status, 404);
});

test('a job that cannot be is refused when it is made, broken data fails it', async () => {
  const code = async (job: object): Promise<unknown> =>
    (await send<{ errorCode: string }[]>('POST', '', job)).body[0]?.errorCode;
  assert.equal(await code({ object: 'Nope', operation: 'insert' }), 'INVALIDJOB');
  assert.equal(await code({ object: 'Account', operation: 'merge' }), 'API_ERROR');
  assert.equal(await code({ object: 'Account', operation: 'upsert' }), 'INVALIDJOB');
  assert.equal(await code({ object: 'Account', operation: 'upsert', externalIdFieldName: 'Site' }), 'NOT_FOUND');
  const { info } = await run({ object: 'Account', operation: 'insert' }, 'Name\n"never closed');
  assert.deepEqual([info.state, info.errorMessage?.split(' ')[0]], ['Failed', 'INVALIDBATCH']);
});

test('what nobody foresaw fails the job, and does not leave it at work for ever', async () => {
  const unforeseen: unknown[] = [];
  const {
    send: ask,
    emulator,
    pool,
    org,
    token,
  } = await startTestEmulator({ onUnexpected: (error) => unforeseen.push(error) });
  const info = (await (await ask('POST', BASE, { object: 'Lead', operation: 'insert' })).json()) as Info;
  await pool.query(`ALTER TABLE "${org.schema}"."Lead" RENAME TO "Elsewhere"`);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'text/csv' };
  await fetch(`${emulator.url}/${info.contentUrl}`, { method: 'PUT', headers, body: 'LastName,Company\nA,B\n' });
  await ask('PATCH', `${BASE}/${info.id}`, { state: 'UploadComplete' });
  const now = async (): Promise<Info> => (await (await ask('GET', `${BASE}/${info.id}`)).json()) as Info;
  await until('the job ends', async () => !['UploadComplete', 'InProgress'].includes((await now()).state));
  assert.deepEqual(
    [(await now()).state, (await now()).errorMessage],
    ['Failed', 'InternalServerError : The job could not be processed.'],
  );
  await until('its reason is told', () => Promise.resolve(unforeseen.length === 1));
});
