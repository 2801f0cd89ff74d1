import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { request } from 'undici';
import { once } from '../support/when-tests-end.ts';
import { APP, startTestEmulator } from './test-emulator.ts';

const V62 = '/services/data/v62.0';
const started = once(() => startTestEmulator({ orgs: [{ name: 'acme', apps: [APP], sizes: { accounts: 100 } }] }));

type Json = Readonly<Record<string, unknown>>;

interface SaveResult {
  readonly id: string;
  readonly success: boolean;
  readonly created?: boolean;
  readonly errors: readonly { readonly statusCode: string; readonly message: string }[];
}

interface Reply<T> {
  readonly status: number;
  readonly body: T;
}

async function call<T = Json>(method: string, path: string, body?: unknown): Promise<Reply<T>> {
  const { send } = await started();
  const response = await send(method, `${V62}${path}`, body);
  const text = await response.text();
  return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as T };
}

async function refusal(
  method: string,
  path: string,
  body?: unknown,
): Promise<[number, string | undefined, string | undefined]> {
  const { status, body: errors } = await call<{ errorCode: string; message: string }[]>(method, path, body);
  return [status, errors[0]?.errorCode, errors[0]?.message];
}

const create = async (object: string, body: object): Promise<string> => {
  const reply = await call<{ id: string }>('POST', `/sobjects/${object}`, body);
  assert.equal(reply.status, 201, JSON.stringify(reply.body));
  return reply.body.id;
};
const find = async (soql: string): Promise<Json[]> => {
  const { body } = await call<{ records: Json[] }>('GET', `/query?q=${encodeURIComponent(soql)}`);
  return body.records.map(({ attributes: _, ...record }) => record);
};

test('an upsert makes a record by its external id, and changes it the next time', async () => {
  const path = '/sobjects/Account/External_Key__c/UP-1';
  const first = await call<SaveResult>('PATCH', path, { Name: 'One' });
  assert.deepEqual([first.status, first.body.created], [201, true]);
  const second = await call<SaveResult>('PATCH', path, { Name: 'Two' });
  assert.deepEqual(
    [second.status, second.body],
    [200, { id: first.body.id, success: true, errors: [], created: false }],
  );
  assert.equal((await call('GET', path)).body['Name'], 'Two');
  assert.equal((await call('GET', `${path}?fields=Name,Site`)).body['Site'], null);
  const byPost = await call<SaveResult>('POST', `${path}?_HttpMethod=PATCH`, { Name: 'Three' });
  assert.equal(byPost.status, 200);
  assert.equal((await call('DELETE', path)).status, 204);
  assert.deepEqual((await refusal('GET', path)).slice(0, 2), [404, 'NOT_FOUND']);
  assert.deepEqual((await refusal('PATCH', '/sobjects/Account/Site/x', { Name: 'x' })).slice(0, 2), [404, 'NOT_FOUND']);
});

test('unique values, references and ranges are checked', async () => {
  const id = await create('Account', { Name: 'First', External_Key__c: 'TWIN' });
  const [status, code, message] = await refusal('POST', '/sobjects/Account', { Name: 'x', External_Key__c: 'TWIN' });
  assert.deepEqual([status, code], [400, 'DUPLICATE_VALUE']);
  assert.equal(
    message,
    `duplicate value found: External_Key__c duplicates value on record with id: ${id.slice(0, 15)}`,
  );
  const wrong = async (body: object): Promise<string | undefined> =>
    (await refusal('POST', '/sobjects/Account', body))[1];
  assert.equal(await wrong({ Name: 'x', ParentId: '001000000000000AAA' }), 'INVALID_CROSS_REFERENCE_KEY');
  assert.equal(await wrong({ Name: 'x', ParentId: '003000000000000AAA' }), 'FIELD_INTEGRITY_EXCEPTION');
  assert.equal(await wrong({ Name: 'x', ParentId: 'nonsense' }), 'MALFORMED_ID');
  assert.equal(await wrong({ Name: 'x', Health_Score__c: 100_000 }), 'NUMBER_OUTSIDE_VALID_RANGE');
  assert.equal(await wrong({ Name: 'x', Renewal_Date__c: '2026-02-30' }), 'JSON_PARSER_ERROR');
  assert.equal(await wrong({ Name: 'x', Won_Amount__c: 5 }), 'INVALID_FIELD_FOR_INSERT_UPDATE');
});

test('a parent can be named by its external id', async () => {
  const parent = await create('Account', { Name: 'Parent', External_Key__c: 'PARENT' });
  const child = await create('Account', { Name: 'Child', Parent: { External_Key__c: 'PARENT' } });
  assert.deepEqual(await find(`SELECT ParentId FROM Account WHERE Id = '${child}'`), [{ ParentId: parent }]);
  const refused = await refusal('POST', '/sobjects/Account', { Name: 'x', Parent: { External_Key__c: 'NOBODY' } });
  assert.match(refused[2] ?? '', /External ID: NOBODY not found for field External_Key__c in entity Account/i);
});

test('collections answer for each record, and undo all of it only when asked', async () => {
  const record = (Name: string | null, type = 'Account'): object => ({ attributes: { type }, Name });
  const mixed = await call<SaveResult[]>('POST', '/composite/sobjects', {
    records: [record('Kept'), record(null), record('x', 'Nope')],
  });
  assert.deepEqual(
    mixed.body.map(({ success, errors }) => [success, errors[0]?.statusCode]),
    [
      [true, undefined],
      [false, 'REQUIRED_FIELD_MISSING'],
      [false, 'INVALID_TYPE'],
    ],
  );
  const undone = await call<SaveResult[]>('POST', '/composite/sobjects', {
    allOrNone: true,
    records: [record('Never'), record(null)],
  });
  assert.deepEqual(
    undone.body.map(({ errors }) => errors[0]?.statusCode),
    ['ALL_OR_NONE_OPERATION_ROLLED_BACK', 'REQUIRED_FIELD_MISSING'],
  );
  assert.deepEqual(await find(`SELECT Name FROM Account WHERE Name IN ('Kept', 'Never')`), [{ Name: 'Kept' }]);

  const id = mixed.body[0]?.id ?? '';
  const updated = await call<SaveResult[]>('PATCH', '/composite/sobjects', {
    records: [
      { attributes: { type: 'Account' }, id, Site: 'here' },
      { attributes: { type: 'Account' }, id: '001000000000000AAA', Site: 'nowhere' },
    ],
  });
  assert.deepEqual(
    updated.body.map(({ success, errors }) => [success, errors[0]?.statusCode]),
    [
      [true, undefined],
      [false, 'INVALID_CROSS_REFERENCE_KEY'],
    ],
  );
  const upserted = await call<SaveResult[]>('PATCH', '/composite/sobjects/Account/External_Key__c', {
    records: ['COL-1', 'COL-2', 'COL-1'].map((key) => ({ ...record(key), External_Key__c: key })),
  });
  assert.deepEqual(
    upserted.body.map(({ created }) => created),
    [true, true, false],
  );
  const ids = upserted.body.slice(0, 2).map((result) => result.id);
  const read = await call<(Json | null)[]>('POST', '/composite/sobjects/Account', {
    ids: [...ids, '001000000000000AAA'],
    fields: ['Name'],
  });
  assert.deepEqual(
    read.body.map((one) => one?.['Name']),
    ['COL-1', 'COL-2', undefined],
  );
  const deleted = await call<SaveResult[]>('DELETE', `/composite/sobjects?ids=${[...ids, 'bad'].join(',')}`);
  assert.deepEqual(
    deleted.body.map(({ success }) => success),
    [true, true, false],
  );
  const many = Array.from({ length: 201 }, () => record('x'));
  assert.equal((await refusal('POST', '/composite/sobjects', { records: many }))[1], 'EXCEEDED_ID_LIMIT');
});

interface Composite {
  readonly compositeResponse: readonly {
    readonly body: unknown;
    readonly httpStatusCode: number;
    readonly referenceId: string;
    readonly httpHeaders: Readonly<Record<string, string>>;
  }[];
}

const account = { method: 'POST', url: `${V62}/sobjects/Account`, referenceId: 'a', body: { Name: 'Composite' } };

test('parts of a composite request refer to each other', async () => {
  const { body } = await call<Composite>('POST', '/composite', {
    compositeRequest: [
      account,
      {
        method: 'POST',
        url: `${V62}/sobjects/Contact`,
        referenceId: 'c',
        body: { LastName: 'Inner', AccountId: '@{a.id}' },
      },
      { method: 'GET', url: `${V62}/sobjects/Contact/@{c.id}?fields=AccountId,LastName`, referenceId: 'read' },
      { method: 'GET', url: `${V62}/sobjects/Account/@{nobody.id}`, referenceId: 'lost' },
      { method: 'DELETE', url: `${V62}/sobjects/Account/@{a.id}`, referenceId: 'gone' },
    ],
  });
  const [made, , read, lost, gone] = body.compositeResponse;
  const { id } = made?.body as { id: string };
  assert.equal(made?.httpHeaders['Location'], `${V62}/sobjects/Account/${id}`);
  assert.equal((read?.body as Json)['AccountId'], id);
  assert.match(JSON.stringify(lost?.body), /No value for nobody\.id found.*PROCESSING_HALTED/);
  assert.deepEqual([gone?.httpStatusCode, gone?.body], [204, null]);
});

test('a composite request that must succeed as a whole reads its own changes and undoes them', async () => {
  const { body } = await call<Composite>('POST', '/composite', {
    allOrNone: true,
    compositeRequest: [
      account,
      { method: 'GET', url: `${V62}/query?q=SELECT+Id+FROM+Account+WHERE+Name='Composite'`, referenceId: 'seen' },
      { method: 'POST', url: `${V62}/sobjects/Account`, referenceId: 'bad', body: {} },
    ],
  });
  assert.deepEqual(
    body.compositeResponse.map((part) => part.httpStatusCode),
    [400, 400, 400],
  );
  assert.match(JSON.stringify(body.compositeResponse[0]?.body), /rolled back/);
  assert.match(JSON.stringify(body.compositeResponse[2]?.body), /REQUIRED_FIELD_MISSING/);
  assert.deepEqual(await find(`SELECT Id FROM Account WHERE Name = 'Composite'`), []);

  const good = await call<Composite>('POST', '/composite', {
    allOrNone: true,
    compositeRequest: [
      account,
      { method: 'GET', url: `${V62}/query?q=SELECT+COUNT()+FROM+Account+WHERE+Name='Composite'`, referenceId: 'seen' },
    ],
  });
  assert.equal((good.body.compositeResponse[1]?.body as Json)['totalSize'], 1);
  assert.equal((await find(`SELECT Id FROM Account WHERE Name = 'Composite'`)).length, 1);
});

test('each graph of a composite request happens as a whole, whatever becomes of the others', async () => {
  const contact = (AccountId: string, rest: Json = {}) => ({
    method: 'POST',
    url: `${V62}/sobjects/Contact`,
    referenceId: 'c',
    body: { LastName: 'In a graph', AccountId, ...rest },
  });
  const node = (Name: string) => ({ ...account, body: { Name } });
  const { body } = await call<{ graphs: { graphId: string; graphResponse: Composite; isSuccessful: boolean }[] }>(
    'POST',
    '/composite/graph',
    {
      graphs: [
        { graphId: 'good', compositeRequest: [node('Graph one'), contact('@{a.id}')] },
        { graphId: 'bad', compositeRequest: [node('Graph two'), contact('@{a.id}', { LastName: null })] },
        { graphId: 'last', compositeRequest: [node('Graph three')] },
      ],
    },
  );
  assert.deepEqual(
    body.graphs.map(({ graphId, isSuccessful, graphResponse }) => [
      graphId,
      isSuccessful,
      graphResponse.compositeResponse.map((part) => part.httpStatusCode),
    ]),
    [
      ['good', true, [201, 201]],
      ['bad', false, [400, 400]],
      ['last', true, [201]],
    ],
  );
  assert.equal((await find(`SELECT Id FROM Account WHERE Name LIKE 'Graph %'`)).length, 2);
  assert.equal((await find(`SELECT Id FROM Contact WHERE Account.Name = 'Graph one'`)).length, 1);
  const many = Array.from({ length: 76 }, (_, index) => ({ graphId: `g${index}`, compositeRequest: [] }));
  assert.equal((await refusal('POST', '/composite/graph', { graphs: many }))[1], 'LIMIT_EXCEEDED');
});

test('a batch counts as one call, and stops when told to', async () => {
  const { control } = await started();
  await control('POST', '/orgs/acme/limits', { used: 0 });
  const requests = [
    { method: 'GET', url: 'v62.0/limits' },
    { method: 'GET', url: 'v62.0/sobjects/Nope/describe' },
    { method: 'GET', url: 'v62.0/limits' },
  ];
  const all = await call<{ hasErrors: boolean; results: { statusCode: number }[] }>('POST', '/composite/batch', {
    batchRequests: requests,
  });
  assert.deepEqual([all.body.hasErrors, all.body.results.map((result) => result.statusCode)], [true, [200, 404, 200]]);
  const halted = await call<{ results: { statusCode: number }[] }>('POST', '/composite/batch', {
    batchRequests: requests,
    haltOnError: true,
  });
  assert.deepEqual(
    halted.body.results.map((result) => result.statusCode),
    [200, 404, 412],
  );
  const { get } = await started();
  assert.match((await get(`${V62}/limits`)).headers.get('sforce-limit-info') ?? '', /^api-usage=3\//);
});

test('a tree is made with its branches, or not at all', async () => {
  const tree = (contact: object): object => ({
    records: [
      {
        attributes: { type: 'Account', referenceId: 'root' },
        Name: 'Root',
        Contacts: { records: [{ attributes: { type: 'Contact', referenceId: 'leaf' }, ...contact }] },
      },
    ],
  });
  const made = await call<{ hasErrors: boolean; results: { referenceId: string; id: string }[] }>(
    'POST',
    '/composite/tree/Account',
    tree({ LastName: 'Leaf' }),
  );
  assert.equal(made.status, 201);
  const [root, leaf] = made.body.results;
  assert.deepEqual(await find(`SELECT AccountId FROM Contact WHERE Id = '${leaf?.id ?? ''}'`), [
    { AccountId: root?.id },
  ]);
  const refused = await call<{ hasErrors: boolean; results: unknown }>('POST', '/composite/tree/Account', tree({}));
  assert.equal(refused.status, 400);
  assert.match(JSON.stringify(refused.body.results), /"leaf".*REQUIRED_FIELD_MISSING/);
  assert.equal((await find(`SELECT Id FROM Account WHERE Name = 'Root'`)).length, 1);
});

test('bodies may come compressed, and in chunks', async () => {
  const { emulator, token } = await started();
  const post = async (body: Buffer | AsyncIterable<Buffer>, headers: Record<string, string>): Promise<number> => {
    const reply = await request(`${emulator.url}${V62}/sobjects/Account`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      body: body as Buffer,
    });
    await reply.body.text();
    return reply.statusCode;
  };
  const json = Buffer.from(JSON.stringify({ Name: 'Packed', Description: 'x'.repeat(20_000) }));
  assert.equal(await post(gzipSync(json), { 'content-encoding': 'gzip' }), 201);
  async function* pieces(): AsyncGenerator<Buffer> {
    for (let at = 0; at < json.length; at += 1000) yield json.subarray(at, at + 1000);
  }
  assert.equal(await post(pieces(), {}), 201);
  const found = await find(`SELECT Description FROM Account WHERE Name = 'Packed'`);
  assert.deepEqual(
    found.map((record) => String(record['Description']).length),
    [20_000, 20_000],
  );
});

test('explain tells the plan, recent what the user did, recordCount how much there is', async () => {
  const plan = await call<{ plans: { sobjectType: string; leadingOperationType: string }[] }>(
    'GET',
    `/query?explain=${encodeURIComponent(`SELECT Id FROM Account WHERE Id = '001000000000000AAA'`)}`,
  );
  assert.deepEqual([plan.status, plan.body.plans[0]?.sobjectType], [200, 'Account']);
  assert.equal((await refusal('GET', '/query?explain=SELECT+Nope+FROM+Account'))[1], 'INVALID_FIELD');

  const id = await create('Contact', { LastName: 'Recent' });
  const { body } = await call<{ Id: string; Name: string }[]>('GET', '/recent?limit=500');
  assert.ok(body.some((item) => item.Id === id && item.Name === 'Recent'));

  const counts = await call<{ sObjects: { name: string; count: number }[] }>(
    'GET',
    '/limits/recordCount?sObjects=Lead,User',
  );
  const { pool, org } = await started();
  const { rows } = await pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${org.schema}."Lead"`);
  assert.equal(counts.body.sObjects.find((one) => one.name === 'Lead')?.count, rows[0]?.n);
});
