import assert from 'node:assert/strict';
import jsforce from 'jsforce';
import {
  control,
  hashes,
  sameRows,
  SELECT_FIELDS,
  SETUP,
  sharedConnection,
  truth,
  truthHashes,
  type Row,
  type Scenario,
} from './support.ts';

const NASTY = 'Quote "q", \'single\', back\\slash\nnew line\r\nreturn,\ttab \u00e4\u4f60\u{1f600}';

/** Every page of a query, from the first to the last. */
async function allPages(soql: string, options: object = {}): Promise<{ records: Row[]; pages: number }> {
  const connection = await sharedConnection();
  let page = await connection.query<Record<string, unknown>>(soql, options);
  const records: Row[] = [...page.records];
  let pages = 1;
  while (page.nextRecordsUrl !== undefined) {
    page = await connection.queryMore<Record<string, unknown>>(page.nextRecordsUrl);
    records.push(...page.records);
    pages += 1;
  }
  assert.equal(records.length, page.totalSize);
  return { records, pages };
}

const stored = async (id: string | undefined, ...fields: string[]): Promise<Row | undefined> =>
  (await truth(`SELECT ${fields.map((field) => `"${field}"`).join(', ')} FROM "Account" WHERE "Id" = $1`, id))[0];

const ids = (results: readonly { id?: string | undefined }[]): string[] => results.map(({ id }) => id ?? '');

export const dataScenarios: readonly Scenario[] = [
  {
    name: 'describe lists the objects',
    work: async () => {
      const { sobjects } = await (await sharedConnection()).describeGlobal();
      const tables = await truth<{ name: string }>(
        'SELECT tablename AS name FROM pg_tables WHERE schemaname = $1',
        SETUP.org.schema,
      );
      const names = new Set(tables.map(({ name }) => name));
      assert.deepEqual(
        sobjects.filter(({ name }) => !names.has(name)),
        [],
      );
      assert.ok(sobjects.some(({ name, custom }) => name === 'JBCXM__GSRelationship__c' && custom));
    },
  },
  {
    name: 'describe of an object names every column',
    work: async () => {
      const { fields } = await (await sharedConnection()).sobject('Account').describe();
      const columns = await truth<{ name: string }>(
        `SELECT column_name AS name FROM information_schema.columns WHERE table_schema = $1 AND table_name = 'Account'`,
        SETUP.org.schema,
      );
      const names = new Set(fields.map(({ name }) => name));
      assert.deepEqual(
        columns.filter(({ name }) => !names.has(name)),
        [],
      );
      const dependent = fields.find(({ name }) => name === 'Sub_Industry__c');
      assert.equal(dependent?.controllerName, 'Industry');
      assert.equal(fields.find(({ name }) => name === 'OwnerId')?.referenceTo?.[0], 'User');
    },
  },
  {
    name: 'large: every page of a query is the storage’s, by id and hash',
    work: async () => {
      const { records, pages } = await allPages(SELECT_FIELDS);
      assert.ok(pages >= 3 && records.length >= SETUP.rows, `${records.length} records on ${pages} pages`);
      sameRows(hashes(records), await truthHashes());
    },
  },
  {
    name: 'large: queryAll brings the deleted ones too',
    work: async () => {
      const { records } = await allPages(SELECT_FIELDS, { scanAll: true });
      const expected = await truthHashes('true');
      assert.ok(expected.size > (await truthHashes()).size, 'nothing is deleted');
      sameRows(hashes(records), expected);
    },
  },
  {
    name: 'large: a query that fetches its pages by itself brings all',
    work: async () => {
      const connection = await sharedConnection();
      const { records } = await connection.query<Record<string, unknown>>('SELECT Id FROM Account', {
        autoFetch: true,
        maxFetch: 10 * SETUP.rows,
      });
      const alive = await truth<{ id: string }>('SELECT "Id" AS id FROM "Account" WHERE NOT "IsDeleted" ORDER BY 1');
      assert.deepEqual(
        records.map((record) => record['Id']).sort(),
        alive.map(({ id }) => id),
      );
    },
  },
  {
    name: 'a page is as long as it is asked for',
    work: async () => {
      const connection = await sharedConnection();
      const page = await connection.query('SELECT Id FROM Account', {
        headers: { 'Sforce-Query-Options': 'batchSize=250' },
      });
      assert.equal(page.records.length, 250);
      assert.match(page.nextRecordsUrl ?? '', /-250$/);
    },
  },
  {
    name: 'conditions are built and quoted',
    work: async () => {
      const connection = await sharedConnection();
      const name = `It's "quoted"`;
      const { id } = await connection
        .sobject('Account')
        .create({ Name: name, Description: NASTY, NumberOfEmployees: 9 });
      const found = await connection
        .sobject('Account')
        .find(
          { Name: name, NumberOfEmployees: { $gte: 9, $lt: 10 }, CreatedDate: { $gt: jsforce.Date.YESTERDAY } },
          'Id, Description',
        )
        .execute();
      assert.deepEqual(
        (found as Row[]).map((record) => [record['Id'], record['Description']]),
        [[id, (await stored(id, 'Description'))?.['Description']]],
      );
      assert.equal(await connection.sobject('Account').count({ Name: { $like: "It's %" } }), 1);
      await connection.sobject('Account').destroy(id ?? '');
    },
  },
  {
    name: 'parents and children come inside of their record',
    work: async () => {
      const connection = await sharedConnection();
      const { id: parent } = await connection.sobject('Account').create({ Name: 'Parent of contacts' });
      const children = await connection
        .sobject('Contact')
        .create([1, 2, 3].map((number) => ({ LastName: `Child ${number}`, AccountId: parent })));
      const { records } = await connection.query<Record<string, unknown>>(
        `SELECT Id, Owner.Username, (SELECT Id FROM Contacts ORDER BY LastName) FROM Account WHERE Id = '${parent ?? ''}'`,
      );
      assert.equal((records[0]?.['Owner'] as Row)['Username'], SETUP.user.username);
      const { records: inside } = records[0]?.['Contacts'] as { records: Row[] };
      assert.deepEqual(
        inside.map((child) => child['Id']),
        ids(children),
      );
    },
  },
  {
    name: 'aggregates are those of the storage',
    work: async () => {
      const { records } = await (
        await sharedConnection()
      ).query<Record<string, unknown>>('SELECT Industry, COUNT(Id) n FROM Account GROUP BY Industry');
      const rows = await truth<{ industry: string | null; n: number }>(
        'SELECT "Industry" AS industry, count(*)::int AS n FROM "Account" WHERE NOT "IsDeleted" GROUP BY 1',
      );
      const found = new Map(records.map((record) => [record['Industry'], record['n']]));
      assert.deepEqual(found, new Map(rows.map(({ industry, n }) => [industry, n])));
    },
  },
  {
    name: 'a record is created, read, changed and deleted',
    work: async () => {
      const accounts = (await sharedConnection()).sobject('Account');
      const { id = '' } = await accounts.create({ Name: 'Single', Description: NASTY, Strategic__c: true });
      const got = await accounts.retrieve(id);
      assert.deepEqual([got['Name'], got['Strategic__c']], ['Single', true]);
      assert.equal(got['Description'], (await stored(id, 'Description'))?.['Description']);
      await accounts.update({ Id: id, Name: 'Changed', Description: null });
      assert.deepEqual(await stored(id, 'Name', 'Description'), { Name: 'Changed', Description: null });
      await accounts.destroy(id);
      assert.deepEqual(await stored(id, 'IsDeleted'), { IsDeleted: true });
      await assert.rejects(async () => accounts.retrieve(id), { errorCode: 'ENTITY_IS_DELETED' });
    },
  },
  {
    name: 'hundreds of records go in several calls',
    work: async () => {
      const accounts = (await sharedConnection()).sobject('Account');
      const rows = Array.from({ length: 450 }, (_, index) => ({ Name: `Many ${index}`, NumberOfEmployees: index }));
      const created = await accounts.create(rows, { allowRecursive: true });
      assert.ok(created.every(({ success }) => success));
      const found = await truth<{ id: string; n: number }>(
        'SELECT "Id" AS id, "NumberOfEmployees" AS n FROM "Account" WHERE "Id" = ANY($1)',
        ids(created),
      );
      assert.deepEqual(
        new Map(found.map(({ id, n }) => [id, n])),
        new Map(ids(created).map((id, index) => [id, index])),
      );
      const destroyed = await accounts.destroy(ids(created), { allowRecursive: true });
      assert.ok(destroyed.every(({ success }) => success));
    },
  },
  {
    name: 'one bad record of several undoes none of the others',
    work: async () => {
      const accounts = (await sharedConnection()).sobject('Account');
      const [good, bad] = await accounts.create([{ Name: 'Good one' }, { Site: 'nameless' }]);
      assert.deepEqual(await stored(good?.id, 'Name'), { Name: 'Good one' });
      const { errors } = bad as unknown as { errors: Row[] };
      assert.equal(errors[0]?.['statusCode'], 'REQUIRED_FIELD_MISSING');
    },
  },
  {
    name: 'records are upserted by their external id',
    work: async () => {
      const accounts = (await sharedConnection()).sobject('Account');
      const first = await accounts.upsert({ External_Key__c: 'JS-1', Name: 'First' }, 'External_Key__c');
      const second = await accounts.upsert({ External_Key__c: 'JS-1', Name: 'Second' }, 'External_Key__c');
      assert.deepEqual([first.success, second.success], [true, true]);
      const rows = await truth(`SELECT "Name" FROM "Account" WHERE "External_Key__c" = 'JS-1'`);
      assert.deepEqual(rows, [{ Name: 'Second' }]);
    },
  },
  {
    name: 'what changed and what was deleted is told by time',
    work: async () => {
      const accounts = (await sharedConnection()).sobject('Account');
      const { id: kept = '' } = await accounts.create({ Name: 'Kept' });
      const { id: gone = '' } = await accounts.create({ Name: 'Gone' });
      await accounts.destroy(gone);
      const window = [new Date(Date.now() - 30 * 60_000), new Date(Date.now() + 5 * 60_000)] as const;
      assert.ok((await accounts.updated(...window)).ids.includes(kept));
      assert.ok((await accounts.deleted(...window)).deletedRecords.some(({ id }) => id === gone));
    },
  },
  {
    name: 'limits are told with every call',
    work: async () => {
      const connection = await sharedConnection();
      const { DailyApiRequests: before } = (await connection.limits()) as Record<
        string,
        { Max: number; Remaining: number }
      >;
      assert.deepEqual(connection.limitInfo.apiUsage, {
        used: (before?.Max ?? 0) - (before?.Remaining ?? 0),
        limit: before?.Max,
      });
    },
  },
  {
    name: 'the daily limit is a refusal',
    work: async () => {
      await control('/faults', { action: { kind: 'requestLimit', which: 'total' } });
      const connection = await sharedConnection();
      await assert.rejects(async () => connection.query('SELECT COUNT() FROM User'), {
        errorCode: 'REQUEST_LIMIT_EXCEEDED',
      });
    },
  },
  {
    name: 'an org under maintenance is asked again',
    work: async () => {
      await control('/faults', { action: { kind: 'unavailable' } });
      const { totalSize } = await (await sharedConnection()).query('SELECT COUNT() FROM Profile');
      assert.ok(totalSize > 0);
    },
  },
  {
    name: 'bad queries and records are refused by name',
    work: async () => {
      const connection = await sharedConnection();
      await assert.rejects(async () => connection.query('SELECT Nope FROM Account'), { errorCode: 'INVALID_FIELD' });
      await assert.rejects(async () => connection.query('SELECT Id FORM Account'), { errorCode: 'MALFORMED_QUERY' });
      await assert.rejects(async () => connection.query('SELECT Id FROM Nope'), { errorCode: 'INVALID_TYPE' });
      await assert.rejects(async () => connection.sobject('Account').create({ Site: 'nameless' }), {
        errorCode: 'REQUIRED_FIELD_MISSING',
      });
      await assert.rejects(async () => connection.sobject('Nope').describe(), { errorCode: 'NOT_FOUND' });
      await assert.rejects(async () => connection.queryMore('/services/data/v62.0/query/0r8000000000000-2000'), {
        errorCode: 'INVALID_QUERY_LOCATOR',
      });
    },
  },
  {
    name: 'parts of a composite request know each other',
    work: async () => {
      const connection = await sharedConnection();
      const reply = await connection.requestPost<{
        compositeResponse: { httpStatusCode: number; body: { id?: string } }[];
      }>('/composite', {
        allOrNone: true,
        compositeRequest: [
          {
            method: 'POST',
            url: '/services/data/v62.0/sobjects/Account',
            referenceId: 'parent',
            body: { Name: 'Composite' },
          },
          {
            method: 'POST',
            url: '/services/data/v62.0/sobjects/Contact',
            referenceId: 'child',
            body: { LastName: 'Composite', AccountId: '@{parent.id}' },
          },
        ],
      });
      assert.deepEqual(
        reply.compositeResponse.map(({ httpStatusCode }) => httpStatusCode),
        [201, 201],
      );
      const [parent, child] = reply.compositeResponse.map(({ body }) => body.id);
      assert.deepEqual(await truth('SELECT "AccountId" FROM "Contact" WHERE "Id" = $1', child), [
        { AccountId: parent },
      ]);
    },
  },
];
