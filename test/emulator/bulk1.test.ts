import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCsv } from '../../emulator/bulk/parse-csv.ts';
import { parseXml, textOf, type XmlElement } from '../../emulator/xml/xml-element.ts';
import { until } from '../support/until.ts';
import { once } from '../support/when-tests-end.ts';
import { APP, startTestEmulator } from './test-emulator.ts';

const NAMESPACE = 'http://www.force.com/2009/06/asyncapi/dataload';
const sizes = { accounts: 900, contacts: 60, users: 5, relationships: 5, opportunities: 5, cases: 5 };
const started = once(() =>
  startTestEmulator({
    orgs: [{ name: 'acme', sizes, apps: [APP] }],
    bulk: { pageRows: 400, memberRows: 150 }, // several results, cut inside members
  }),
);

interface Reply {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
}

interface Call {
  readonly body?: string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function call(method: string, path: string, { body, type, headers = {} }: Call = {}): Promise<Reply> {
  const { emulator, token } = await started();
  const response = await fetch(`${emulator.url}/services/async/62.0${path}`, {
    method,
    headers: { 'X-SFDC-Session': token, ...(type === undefined ? {} : { 'content-type': type }), ...headers },
    ...(body === undefined ? {} : { body }),
  });
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

const JSON_TYPE = 'application/json';
const XML_TYPE = 'application/xml; charset=UTF-8';

type Facts = Readonly<Record<string, unknown>>;
const asJson = ({ text }: Reply): Facts => JSON.parse(text) as Facts;
const asList = ({ text }: Reply): unknown[] => JSON.parse(text) as unknown[];

const batchesOf = async (job: string): Promise<Facts[]> =>
  asJson(await call('GET', `/job/${job}/batch`, { type: JSON_TYPE }))['batchInfo'] as Facts[];

/** Creates a job and returns its id. */
async function createJob(facts: object, headers?: Call['headers']): Promise<string> {
  const reply = await call('POST', '/job', {
    body: JSON.stringify(facts),
    type: JSON_TYPE,
    ...(headers === undefined ? {} : { headers }),
  });
  assert.equal(reply.status, 201, reply.text);
  return String(asJson(reply)['id']);
}

async function addBatch(job: string, body: string, type = JSON_TYPE): Promise<string> {
  const reply = await call('POST', `/job/${job}/batch`, { body, type });
  assert.equal(reply.status, 201, reply.text);
  return type === JSON_TYPE ? String(asJson(reply)['id']) : (textOf(parseXml(reply.text), 'id') ?? '');
}

const batchInfo = async (job: string, batch: string): Promise<Facts> =>
  asJson(await call('GET', `/job/${job}/batch/${batch}`, { type: JSON_TYPE }));

async function ended(job: string, batch: string): Promise<Facts> {
  await until(
    `batch ${batch} ends`,
    async () => !['Queued', 'InProgress'].includes(String((await batchInfo(job, batch))['state'])),
  );
  return batchInfo(job, batch);
}

/** Runs a query to its end and returns its results, one text each. */
async function runQuery(facts: object, soql: string): Promise<string[]> {
  const job = await createJob({ operation: 'query', object: 'Account', ...facts });
  const batch = await addBatch(job, soql);
  const info = await ended(job, batch);
  assert.equal(info['state'], 'Completed', JSON.stringify(info));
  const ids = asList(await call('GET', `/job/${job}/batch/${batch}/result`, { type: JSON_TYPE }));
  const replies = await Promise.all(ids.map((id) => call('GET', `/job/${job}/batch/${batch}/result/${String(id)}`)));
  for (const reply of replies) assert.equal(reply.status, 200, reply.text);
  return replies.map((reply) => reply.text);
}

/** Runs changes to their end and returns what became of each record. */
async function runChange(facts: object, records: object[]): Promise<Facts[]> {
  const job = await createJob({ object: 'Account', contentType: 'JSON', ...facts });
  const batch = await addBatch(job, JSON.stringify(records));
  const info = await ended(job, batch);
  assert.equal(info['state'], 'Completed', JSON.stringify(info));
  return asList(await call('GET', `/job/${job}/batch/${batch}/result`)) as Facts[];
}

const SOQL = 'SELECT Id, Name, Description, CreatedDate, AnnualRevenue, Owner.Name FROM Account';

async function accounts(): Promise<Record<string, string | null>[]> {
  const { pool, org } = await started();
  const { rows } = await pool.query<Record<string, string | null>>(
    `SELECT a."Id", a."Name", a."Description", to_char(a."CreatedDate" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "CreatedDate", u."Name" AS "Owner.Name"
     FROM ${org.schema}."Account" a JOIN ${org.schema}."User" u ON u."Id" = a."OwnerId" WHERE NOT a."IsDeleted" ORDER BY a."Id"`,
  );
  return rows;
}

test('a job is made, shown and closed in XML', async () => {
  const body = `<?xml version="1.0" encoding="UTF-8"?><jobInfo xmlns="${NAMESPACE}"><operation>insert</operation><object>account</object><concurrencyMode>Serial</concurrencyMode><contentType>CSV</contentType></jobInfo>`;
  const made = await call('POST', '/job', { body, type: XML_TYPE });
  assert.deepEqual([made.status, made.type], [201, 'application/xml']);
  const info = parseXml(made.text);
  assert.deepEqual(
    ['operation', 'object', 'state', 'concurrencyMode', 'contentType', 'numberBatchesTotal', 'apiVersion'].map((name) =>
      textOf(info, name),
    ),
    ['insert', 'Account', 'Open', 'Serial', 'CSV', '0', '62.0'],
  );
  assert.equal(info.attributes['xmlns'], NAMESPACE);
  assert.match(textOf(info, 'createdDate') ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const job = textOf(info, 'id') ?? '';
  assert.match(job, /^750\w{15}$/);
  const close = `<jobInfo xmlns="${NAMESPACE}"><state>Closed</state></jobInfo>`;
  const closed = await call('POST', `/job/${job}`, { body: close, type: XML_TYPE });
  assert.deepEqual([closed.status, textOf(parseXml(closed.text), 'state')], [200, 'Closed']);
  const late = await call('POST', `/job/${job}/batch`, { body: 'Name\nx\n', type: 'text/csv' });
  assert.deepEqual(
    [late.status, textOf(parseXml(late.text), 'exceptionCode'), textOf(parseXml(late.text), 'exceptionMessage')],
    [400, 'InvalidJobState', "Failed to create batch, since the Job is not Open. Current job state is 'Closed'"],
  );
  const again = await call('POST', `/job/${job}`, { body: close, type: XML_TYPE });
  assert.equal(textOf(parseXml(again.text), 'exceptionCode'), 'InvalidJobState');
});

test('JSON counts the values of a list, and sorts facts by name', async () => {
  const facts = { operation: 'query', object: 'Account', concurrencyMode: 1, contentType: 'JSON' };
  const made = await call('POST', '/job', { body: JSON.stringify(facts), type: JSON_TYPE });
  assert.equal(made.type, 'application/json');
  const info = asJson(made);
  assert.deepEqual([info['concurrencyMode'], info['externalIdFieldName'], info['state']], ['Serial', null, 'Open']);
  assert.match(made.text, /"apiVersion":62\.0,/);
  assert.deepEqual(Object.keys(info), Object.keys(info).sort());
});

test('a query answers in CSV, in several results, and every row is the storage’s', async () => {
  const texts = await runQuery({ contentType: 'CSV' }, SOQL);
  const rows = await accounts();
  assert.equal(texts.length, Math.ceil(rows.length / 400));
  const records = texts.flatMap((text) => {
    const [header = [], ...values] = parseCsv(text, ',');
    return values.map((record) => Object.fromEntries(header.map((name, index) => [name, record[index]])));
  });
  const sorted = records.sort((one, other) => (String(one['Id']) < String(other['Id']) ? -1 : 1));
  assert.deepEqual(
    sorted.map((record) => [
      record['Id'],
      record['Name'],
      record['Description'],
      record['CreatedDate'],
      record['Owner.Name'],
    ]),
    rows.map((row) => [row['Id'], row['Name'], row['Description'] ?? '', row['CreatedDate'], row['Owner.Name']]),
  );
});

test('a query answers in JSON, with parents inside and instants as milliseconds', async () => {
  const texts = await runQuery({ contentType: 'JSON' }, SOQL);
  const rows = await accounts();
  const records = texts.flatMap((text) => JSON.parse(text) as Facts[]);
  const byId = new Map(records.map((record) => [record['Id'], record]));
  assert.equal(byId.size, rows.length);
  for (const row of rows) {
    const record = byId.get(row['Id'] ?? '');
    assert.deepEqual(record?.['attributes'], {
      type: 'Account',
      url: `/services/data/v62.0/sobjects/Account/${row['Id'] ?? ''}`,
    });
    assert.deepEqual([record['Name'], record['Description']], [row['Name'], row['Description']]);
    assert.equal(record['CreatedDate'], Date.parse(row['CreatedDate'] ?? ''));
    assert.equal((record['Owner'] as Facts)['Name'], row['Owner.Name']);
  }
});

test('a query answers in XML, where an id comes twice and null is nil', async () => {
  const texts = await runQuery({ contentType: 'XML' }, SOQL);
  const rows = await accounts();
  const records = texts.flatMap((text) => parseXml(text).children);
  assert.equal(records.length, rows.length);
  const byId = new Map(records.map((record) => [textOf(record, 'Id'), record]));
  const plain = (record: XmlElement | undefined, name: string): string | null => {
    const child = record?.children.find((one) => one.name === name);
    return child?.attributes['xsi:nil'] === 'true' ? null : (child?.text ?? null);
  };
  for (const row of rows) {
    const record = byId.get(row['Id'] ?? '');
    assert.deepEqual(
      record?.children.slice(0, 3).map((child) => child.name),
      ['type', 'Id', 'Id'],
    );
    const allowed = row['Description']?.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '') ?? null;
    assert.equal(plain(record, 'Description'), allowed);
    assert.equal(plain(record, 'CreatedDate'), row['CreatedDate']);
    assert.equal(
      textOf(
        record.children.find((child) => child.name === 'Owner'),
        'Name',
      ),
      row['Owner.Name'],
    );
  }
});

test('queryAll shows the bin, and nothing found is said in words', async () => {
  const { pool, org } = await started();
  const { rows } = await pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${org.schema}."Account"`);
  const all = await runQuery({ operation: 'queryAll', contentType: 'JSON' }, 'SELECT Id FROM Account');
  assert.equal(all.flatMap((text) => JSON.parse(text) as object[]).length, rows[0]?.n);
  const none = "SELECT Id FROM Account WHERE Name = 'nobody has this name'";
  assert.deepEqual(await runQuery({ contentType: 'CSV' }, none), ['Records not found for this query']);
  assert.deepEqual(await runQuery({ contentType: 'JSON' }, none), ['[]']);
});

test('records are inserted, updated, upserted and deleted, each by itself', async () => {
  const { pool, org } = await started();
  const inserted = await runChange({ operation: 'insert' }, [
    { Name: 'One "1"', Description: 'two\nlines', External_Key__c: 'B1-1', NumberOfEmployees: 7 },
    { Description: 'nameless' },
    { Name: 'Two', External_Key__c: 'B1-2' },
  ]);
  assert.deepEqual(
    inserted.map((result) => [result['success'], result['created']]),
    [
      [true, true],
      [false, false],
      [true, true],
    ],
  );
  assert.deepEqual(inserted[1]?.['errors'], [
    {
      statusCode: 'REQUIRED_FIELD_MISSING',
      message: 'Required fields are missing: [Name]',
      fields: ['Name'],
      extendedErrorDetails: null,
    },
  ]);
  const [one, two] = [inserted[0]?.['id'], inserted[2]?.['id']];
  await runChange({ operation: 'update' }, [{ Id: one, Description: null, Parent: { External_Key__c: 'B1-2' } }]);
  const upserted = await runChange({ operation: 'upsert', externalIdFieldName: 'External_Key__c' }, [
    { External_Key__c: 'B1-2', Name: 'Zwei' },
    { External_Key__c: 'B1-3', Name: 'Drei' },
  ]);
  assert.deepEqual(
    upserted.map((result) => result['created']),
    [false, true],
  );
  await runChange({ operation: 'delete' }, [{ Id: one }]);
  await runChange({ operation: 'hardDelete' }, [{ Id: upserted[1]?.['id'] }]);
  const { rows } = await pool.query(
    `SELECT "Name", "Description", "NumberOfEmployees", "ParentId", "IsDeleted" FROM ${org.schema}."Account" WHERE "External_Key__c" LIKE 'B1-%' ORDER BY "Name"`,
  );
  assert.deepEqual(rows, [
    { Name: 'One "1"', Description: null, NumberOfEmployees: 7, ParentId: two, IsDeleted: true },
    { Name: 'Zwei', Description: null, NumberOfEmployees: null, ParentId: null, IsDeleted: false },
  ]);
});

test('a CSV of changes is answered in CSV, an XML in XML', async () => {
  const ofCsv = await createJob({ operation: 'insert', object: 'Lead', contentType: 'CSV' });
  const csv = await addBatch(ofCsv, 'LastName,Company\n"Q ""q""",C\n,C\n', 'text/csv; charset=UTF-8');
  await ended(ofCsv, csv);
  const table = await call('GET', `/job/${ofCsv}/batch/${csv}/result`, { type: XML_TYPE });
  assert.equal(table.type, 'text/csv');
  const [header, first, second] = parseCsv(table.text, ',');
  assert.deepEqual(header, ['Id', 'Success', 'Created', 'Error']);
  assert.match(first?.[0] ?? '', /^00Q\w{15}$/);
  assert.deepEqual(second, [
    '',
    'false',
    'false',
    'REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --',
  ]);
  assert.equal((await call('GET', `/job/${ofCsv}/batch/${csv}/request`)).text, 'LastName,Company\n"Q ""q""",C\n,C\n');

  const ofXml = await createJob({ operation: 'insert', object: 'Lead', contentType: 'XML' });
  const xml = await addBatch(
    ofXml,
    `<sObjects xmlns="${NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><sObject><LastName>A &amp; B</LastName><Company>C</Company><Phone xsi:nil="true"/></sObject><sObject><Company>C</Company></sObject></sObjects>`,
    XML_TYPE,
  );
  await ended(ofXml, xml);
  const document = parseXml((await call('GET', `/job/${ofXml}/batch/${xml}/result`)).text);
  assert.equal(document.name, 'results');
  assert.deepEqual(
    document.children.map((result) => textOf(result, 'success')),
    ['true', 'false'],
  );
  const error = document.children[1]?.children.find((child) => child.name === 'errors');
  assert.deepEqual([textOf(error, 'fields'), textOf(error, 'statusCode')], ['LastName', 'REQUIRED_FIELD_MISSING']);
});

test('a batch that cannot be read fails as a whole, and says why', async () => {
  const failure = async (facts: object, body: string, type = JSON_TYPE): Promise<unknown> => {
    const job = await createJob({ object: 'Account', ...facts });
    const batch = await addBatch(job, body, type);
    const info = await ended(job, batch);
    assert.equal(info['state'], 'Failed');
    const result = await call('GET', `/job/${job}/batch/${batch}/result`, { type: JSON_TYPE });
    assert.deepEqual([result.status, asJson(result)['exceptionCode']], [400, 'InvalidBatch']);
    return info['stateMessage'];
  };
  const csv = { operation: 'insert', contentType: 'CSV' };
  assert.equal(await failure(csv, 'Name,Nope\nx,y\n', 'text/csv'), 'InvalidBatch : Field name not found : Nope');
  assert.equal(await failure(csv, 'Name\n', 'text/csv'), 'InvalidBatch : Records not found');
  assert.equal(
    await failure({ operation: 'delete', contentType: 'JSON' }, '[{"Id":"001000000000000","Name":"x"}]'),
    "InvalidBatch : The 'delete' batch must contain only ids",
  );
  assert.match(
    String(await failure({ operation: 'insert', contentType: 'JSON' }, '{')),
    /^InvalidBatch : Failed to parse JSON/,
  );
  const query = { operation: 'query', contentType: 'CSV' };
  assert.match(
    String(await failure(query, 'SELECT Nope FROM Account')),
    /^InvalidBatch : Failed to process query: INVALID_FIELD: \nSELECT Nope FROM Account[^]*No such column 'Nope'/,
  );
  assert.match(String(await failure(query, 'SELECT COUNT() FROM Account')), /Failed to process query: API_ERROR/);
  assert.match(String(await failure(query, 'SELECT Id FROM Contact')), /^InvalidBatch : The query reads Contact/);
});

test('PK chunking answers one query by several, and sets the first one aside', async () => {
  const { pool, org } = await started();
  const job = await createJob(
    { operation: 'query', object: 'Account', contentType: 'CSV' },
    { 'Sforce-Enable-PKChunking': 'chunkSize=250; parent=Account' },
  );
  const original = await addBatch(job, "SELECT Id FROM Account WHERE Name != 'where' ");
  await until('all chunks end', async () => {
    return (await batchesOf(job)).every((batch) => !['Queued', 'InProgress'].includes(String(batch['state'])));
  });
  const all = await batchesOf(job);
  const { rows } = await pool.query<{ all: number; alive: string[] }>(
    `SELECT count(*)::int AS all, array_agg("Id" ORDER BY "Id") FILTER (WHERE NOT "IsDeleted") AS alive FROM ${org.schema}."Account"`,
  );
  assert.deepEqual(
    all.map((batch) => batch['state']),
    ['NotProcessed', ...Array.from({ length: Math.ceil((rows[0]?.all ?? 0) / 250) }, () => 'Completed')],
  );
  assert.equal(all[0]?.['id'], original);
  const ids: string[] = [];
  for (const { id } of all.slice(1)) {
    const asked = await call('GET', `/job/${job}/batch/${String(id)}/request`);
    assert.match(
      asked.text,
      /^SELECT Id FROM Account WHERE \(Name != 'where'\) AND Id >= '001\w{15}'( AND Id < '001\w{15}')?$/,
    );
    const [result = ''] = asList(await call('GET', `/job/${job}/batch/${String(id)}/result`, { type: JSON_TYPE }));
    const { text } = await call('GET', `/job/${job}/batch/${String(id)}/result/${String(result)}`);
    ids.push(
      ...parseCsv(text, ',')
        .slice(1)
        .flatMap((row) => row[0] ?? []),
    );
  }
  assert.deepEqual(ids.sort(), rows[0]?.alive);
  const ordered = await addBatch(job, 'SELECT Id FROM Account ORDER BY Name');
  assert.match(String((await ended(job, ordered))['stateMessage']), /^InvalidBatch : PK chunking/);
});

test('an aborted job leaves its batches unprocessed', async () => {
  const { control } = await started();
  await control('POST', '/faults', { action: { kind: 'jobStuck' } });
  const job = await createJob({ operation: 'query', object: 'Account', contentType: 'CSV' });
  const [stuck, waiting] = [
    await addBatch(job, 'SELECT Id FROM Account'),
    await addBatch(job, 'SELECT Id FROM Account'),
  ];
  await until('the first is at work', async () => (await batchInfo(job, stuck))['state'] === 'InProgress');
  assert.equal((await batchInfo(job, waiting))['state'], 'Queued');
  const aborted = await call('POST', `/job/${job}`, { body: '{"state":"Aborted"}', type: JSON_TYPE });
  assert.equal(asJson(aborted)['state'], 'Aborted');
  for (const batch of [stuck, waiting]) assert.equal((await batchInfo(job, batch))['state'], 'NotProcessed');
  const again = await call('POST', `/job/${job}`, { body: '{"state":"Closed"}', type: JSON_TYPE });
  assert.deepEqual(asJson(again), {
    exceptionCode: 'InvalidJobState',
    exceptionMessage: 'Closing already Aborted Job not allowed',
  });
});

test('a fault fails a batch with its message', async () => {
  const { control } = await started();
  const message = 'InternalServerError : Retried more than fifteen times';
  await control('POST', '/faults', { action: { kind: 'jobFailed', message } });
  const job = await createJob({ operation: 'query', object: 'Account', contentType: 'CSV' });
  const info = await ended(job, await addBatch(job, 'SELECT Id FROM Account'));
  assert.deepEqual([info['state'], info['stateMessage']], ['Failed', message]);
});

test('refusals are XML or JSON as the request is', async () => {
  const { control } = await started();
  const refusal = async (path: string, init: Call = {}, method = 'GET'): Promise<[number, unknown]> => {
    const reply = await call(method, path, { type: JSON_TYPE, ...init });
    return [reply.status, asJson(reply)['exceptionCode']];
  };
  const lost = await call('GET', '/job/750000000000000', { headers: { 'X-SFDC-Session': 'nobody' } });
  assert.deepEqual([lost.status, lost.type], [400, 'application/xml']);
  assert.deepEqual(
    ['exceptionCode', 'exceptionMessage'].map((name) => textOf(parseXml(lost.text), name)),
    ['InvalidSessionId', 'Invalid session id'],
  );
  assert.deepEqual(await refusal('/job/750000000000000'), [400, 'InvalidJob']);
  assert.deepEqual(await refusal('/somewhere/else'), [400, 'InvalidUrl']);
  assert.deepEqual(await refusal('/job', { body: '{' }, 'POST'), [400, 'InvalidJob']);
  assert.deepEqual(await refusal('/job', { body: '<jobInfo>', type: 'application/json' }, 'POST'), [400, 'InvalidJob']);
  const make = (facts: object): ReturnType<typeof refusal> => refusal('/job', { body: JSON.stringify(facts) }, 'POST');
  assert.deepEqual(await make({ operation: 'merge', object: 'Account' }), [400, 'InvalidJob']);
  assert.deepEqual(await make({ operation: 'insert', object: 'Nope' }), [400, 'InvalidJob']);
  assert.deepEqual(await make({ operation: 'upsert', object: 'Account' }), [400, 'InvalidJob']);
  assert.deepEqual(await make({ operation: 'upsert', object: 'Account', externalIdFieldName: 'Site' }), [
    400,
    'InvalidJob',
  ]);
  const job = await createJob({ operation: 'insert', object: 'Account', contentType: 'CSV' });
  const tooLong = await call('POST', `/job/${job}/batch`, { body: 'x'.repeat(10_000_001), type: 'text/csv' });
  assert.match(tooLong.text, /<exceptionCode>ClientInputError<[^]*Exceeded max size limit of 10000000/);
  await control('POST', '/faults', { action: { kind: 'requestLimit', which: 'total' } });
  assert.deepEqual(await refusal(`/job/${job}`), [400, 'ExceededQuota']);
  await control('POST', '/faults', { action: { kind: 'sessionExpired' } });
  assert.deepEqual(await refusal(`/job/${job}`), [400, 'InvalidSessionId']);
  assert.equal((await call('GET', `/job/${job}`)).status, 200);
});

test('batches count against their daily limit', async () => {
  const { get } = await started();
  const remaining = async (): Promise<number> => {
    const limits = (await (await get('/services/data/v62.0/limits')).json()) as {
      DailyBulkApiBatches: { Remaining: number };
    };
    return limits.DailyBulkApiBatches.Remaining;
  };
  const before = await remaining();
  const job = await createJob({ operation: 'query', object: 'Account', contentType: 'CSV' });
  await ended(job, await addBatch(job, 'SELECT Id FROM Account LIMIT 1'));
  assert.equal(await remaining(), before - 1);
});
