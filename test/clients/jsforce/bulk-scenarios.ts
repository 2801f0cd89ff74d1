import assert from 'node:assert/strict';
import { Parsable } from 'jsforce/lib/record-stream.js';
import {
  control,
  hashes,
  sameRows,
  SELECT_FIELDS,
  SETUP,
  sharedConnection,
  truth,
  truthHashes,
  type Connection,
  type Row,
  type Scenario,
} from './support.ts';

const NASTY = 'Quote "q", \'single\'\nnew line\r\nreturn,\ttab \u00e4\u4f60\u{1f600}';
/** A loaded machine needs its time. */
const POLLING = { pollInterval: 100, pollTimeout: 20 * 60_000 };

async function bulkConnection(): Promise<Connection> {
  const connection = await sharedConnection();
  Object.assign(connection.bulk, POLLING);
  return connection;
}

interface Stored {
  readonly key: string;
  readonly name: string;
  readonly text: string | null;
}

const stored = (prefix: string): Promise<Stored[]> =>
  truth<Stored>(
    `SELECT "External_Key__c" AS key, "Name" AS name, "Description" AS text FROM "Account" WHERE "External_Key__c" LIKE $1 AND NOT "IsDeleted" ORDER BY "NumberOfEmployees"`,
    `${prefix}-%`,
  );

const rowsOf = (
  prefix: string,
  count: number,
): { Name: string; External_Key__c: string; Description: string; NumberOfEmployees: number }[] =>
  Array.from({ length: count }, (_, index) => ({
    Name: `${prefix} ${index}`,
    External_Key__c: `${prefix}-${index}`,
    Description: index % 3 === 0 ? '' : `${NASTY} ${index}`,
    NumberOfEmployees: index,
  }));

const expected = (rows: ReturnType<typeof rowsOf>): Stored[] =>
  rows.map(({ External_Key__c: key, Name: name, Description: text }) => ({
    key,
    name,
    text: text === '' ? null : text,
  }));

const idsOf = async (prefix: string): Promise<string[]> =>
  (
    await truth<{ id: string }>(
      `SELECT "Id" AS id FROM "Account" WHERE "External_Key__c" LIKE $1 ORDER BY "NumberOfEmployees"`,
      `${prefix}-%`,
    )
  ).map(({ id }) => id);

async function collect(stream: AsyncIterable<unknown>): Promise<Row[]> {
  const records: Row[] = [];
  for await (const record of stream) records.push(record as Row);
  return records;
}

/** Waits until the org has taken a batch. */
const queued = (batch: ReturnType<ReturnType<Connection['bulk']['createJob']>['createBatch']>): Promise<void> =>
  new Promise((taken, failed) => {
    batch.once('queue', () => taken());
    batch.once('error', failed);
  });

const succeeded = (results: unknown): (boolean | undefined)[] =>
  (results as { success?: boolean }[]).map(({ success }) => success);

/** Every page of a finished Bulk 2.0 query, by the list of its pages: jsforce's own reader knows one page. */
async function pagesOf(connection: Connection, soql: string, operation: 'query' | 'queryAll'): Promise<Row[][]> {
  const base = '/services/data/v62.0/jobs/query';
  const { id } = await connection.requestPost<{ id: string }>(base, { operation, query: soql });
  const job = connection.bulk2.job('query', { id });
  await job.poll(POLLING.pollInterval, POLLING.pollTimeout);
  const pages: Row[][] = [];
  let list: string | undefined = `${base}/${id}/resultPages`;
  while (list !== undefined) {
    const reply: { resultPages: { resultUrl: string }[]; nextRecordsUrl?: string } = await connection.request(list);
    for (const { resultUrl } of reply.resultPages) pages.push(await connection.request<Row[]>(resultUrl));
    list = reply.nextRecordsUrl;
  }
  return pages;
}

export const bulkScenarios: readonly Scenario[] = [
  {
    name: 'Bulk 1.0 inserts with quotes, line ends and nulls, and says what failed',
    work: async () => {
      const { bulk } = await bulkConnection();
      const rows = rowsOf('J1', 40);
      const results = await bulk.load('Account', 'insert', [...rows, { Site: 'nameless' }]);
      assert.deepEqual(succeeded(results), [...rows.map(() => true), false]);
      const { errors } = results[40] as { errors: string[] };
      assert.deepEqual(errors, ['REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --']);
      assert.deepEqual(await stored('J1'), expected(rows));
    },
  },
  {
    name: 'Bulk 1.0 updates, upserts and deletes',
    work: async () => {
      const { bulk } = await bulkConnection();
      const ids = await idsOf('J1');
      const updated = await bulk.load(
        'Account',
        'update',
        ids.slice(0, 5).map((Id) => ({ Id, Name: `updated ${Id}` })),
      );
      assert.deepEqual(succeeded(updated), Array(5).fill(true));
      assert.deepEqual(
        (await stored('J1')).slice(0, 5).map(({ name }) => name),
        ids.slice(0, 5).map((id) => `updated ${id}`),
      );
      const upserted = await bulk.load('Account', 'upsert', { extIdField: 'External_Key__c' }, [
        { External_Key__c: 'J1-39', Name: 'old' },
        { External_Key__c: 'J1-40', Name: 'new' },
      ]);
      assert.deepEqual(
        (upserted as { created?: boolean }[]).map(({ created }) => created),
        [false, true],
      );
      await bulk.load(
        'Account',
        'delete',
        ids.slice(5, 10).map((Id) => ({ Id })),
      );
      await bulk.load(
        'Account',
        'hardDelete',
        ids.slice(10, 15).map((Id) => ({ Id })),
      );
      const left = await truth<{ id: string; deleted: boolean }>(
        'SELECT "Id" AS id, "IsDeleted" AS deleted FROM "Account" WHERE "Id" = ANY($1) ORDER BY "NumberOfEmployees"',
        ids.slice(5, 15),
      );
      assert.deepEqual(
        left,
        ids.slice(5, 10).map((id) => ({ id, deleted: true })),
      );
    },
  },
  {
    name: 'large: Bulk 1.0 queries in several results, by id and hash',
    work: async () => {
      const connection = await bulkConnection();
      const job = connection.bulk.createJob('Account', 'query');
      const batch = job.createBatch();
      batch.execute(SELECT_FIELDS);
      await queued(batch);
      batch.poll(POLLING.pollInterval, POLLING.pollTimeout);
      const results = (await batch) as { id: string }[];
      assert.ok(results.length >= 3, `there were ${results.length} results`);
      const records: Row[] = [];
      // One after the other: bulk.query reads all at once into one text, which mixes up long ones.
      for (const { id } of results) {
        const parsed = new Parsable();
        batch.result(id).stream().pipe(parsed.stream('csv'));
        records.push(...(await collect(parsed)));
      }
      await job.close();
      sameRows(hashes(records), await truthHashes());
    },
  },
  {
    name: 'Bulk 1.0 queryAll brings the deleted ones too',
    work: async () => {
      const connection = await bulkConnection();
      const job = connection.bulk.createJob('Account', 'queryAll');
      const batch = job.createBatch();
      batch.execute('SELECT Id FROM Account WHERE IsDeleted = true');
      await queued(batch);
      batch.poll(POLLING.pollInterval, POLLING.pollTimeout);
      const results = (await batch) as { id: string }[];
      const records = await Promise.all(
        results.map(({ id }) => collect(batch.result(id).stream() as unknown as AsyncIterable<unknown>)),
      );
      await job.close();
      const text = Buffer.concat(records.flat() as unknown as Uint8Array[]).toString();
      const binned = await truth<{ id: string }>('SELECT "Id" AS id FROM "Account" WHERE "IsDeleted" ORDER BY 1');
      assert.deepEqual(
        [...text.matchAll(/001\w{15}/g)].map(([id]) => id).sort(),
        binned.map(({ id }) => id),
      );
    },
  },
  {
    name: 'Bulk 1.0 lists batches and their counts',
    work: async () => {
      const connection = await bulkConnection();
      const job = connection.bulk.createJob('Account', 'query');
      await job.open();
      const batch = job.createBatch();
      batch.execute('SELECT Id FROM Account LIMIT 3');
      await queued(batch);
      batch.poll(POLLING.pollInterval, POLLING.pollTimeout);
      await batch;
      const [info] = await job.list();
      assert.deepEqual([info?.id, info?.state, String(info?.numberRecordsProcessed)], [batch.id, 'Completed', '3']);
      assert.equal((await job.close())?.state, 'Closed');
    },
  },
  {
    name: 'Bulk 1.0 says why a batch failed',
    work: async () => {
      const { bulk } = await bulkConnection();
      await assert.rejects(
        async () => bulk.query('SELECT Nope FROM Account'),
        /InvalidBatch : Failed to process query: INVALID_FIELD/,
      );
      await assert.rejects(
        async () => bulk.load('Account', 'insert', [{ Nope: 'x' }]),
        /InvalidBatch : Field name not found : Nope/,
      );
      await assert.rejects(async () => bulk.createJob('Nope', 'insert').open(), { errorCode: 'InvalidJob' });
    },
  },
  {
    name: 'Bulk 1.0 aborts a job',
    work: async () => {
      const { bulk } = await bulkConnection();
      await control('/faults', { action: { kind: 'jobStuck' } });
      const job = bulk.createJob('Account', 'query');
      await job.open();
      const batch = job.createBatch();
      batch.on('error', () => undefined);
      batch.execute('SELECT Id FROM Account');
      await queued(batch);
      assert.equal((await job.abort())?.state, 'Aborted');
    },
  },
  {
    name: 'Bulk 2.0 inserts thousands, and lists every record',
    work: async () => {
      const { bulk2 } = await bulkConnection();
      const rows = rowsOf('J2', Math.min(SETUP.rows, 6_000));
      const results = await bulk2.loadAndWaitForResults({
        object: 'Account',
        operation: 'insert',
        input: rows,
        ...POLLING,
      });
      assert.deepEqual([results.failedResults, results.unprocessedRecords], [[], []]);
      assert.deepEqual(await stored('J2'), expected(rows));
      assert.deepEqual(
        results.successfulResults.map((record) => record.sf__Id),
        await idsOf('J2'),
      );
    },
  },
  {
    name: 'Bulk 2.0 updates, upserts and deletes',
    work: async () => {
      const { bulk2 } = await bulkConnection();
      const ids = await idsOf('J2');
      const run = async (operation: 'update' | 'delete' | 'hardDelete', input: Row[]): Promise<void> => {
        const { failedResults } = await bulk2.loadAndWaitForResults({
          object: 'Account',
          operation,
          input,
          ...POLLING,
        });
        assert.deepEqual(failedResults, []);
      };
      await run(
        'update',
        ids.slice(0, 5).map((Id) => ({ Id, Name: `two ${Id}`, Description: null })),
      );
      assert.deepEqual(
        (await stored('J2')).slice(0, 5).map(({ name, text }) => [name, text]),
        ids.slice(0, 5).map((id) => [`two ${id}`, null]),
      );
      const { successfulResults } = await bulk2.loadAndWaitForResults({
        object: 'Account',
        operation: 'upsert',
        externalIdFieldName: 'External_Key__c',
        input: [
          { External_Key__c: 'J2-10', Name: 'old' },
          { External_Key__c: 'J2-new', Name: 'new' },
        ],
        ...POLLING,
      });
      assert.deepEqual(
        successfulResults.map((record) => record.sf__Created),
        ['false', 'true'],
      );
      await run(
        'delete',
        ids.slice(20, 25).map((Id) => ({ Id })),
      );
      await run(
        'hardDelete',
        ids.slice(25, 30).map((Id) => ({ Id })),
      );
      const left = await truth<{ id: string; deleted: boolean }>(
        'SELECT "Id" AS id, "IsDeleted" AS deleted FROM "Account" WHERE "Id" = ANY($1) ORDER BY "NumberOfEmployees"',
        ids.slice(20, 30),
      );
      assert.deepEqual(
        left,
        ids.slice(20, 25).map((id) => ({ id, deleted: true })),
      );
    },
  },
  {
    name: 'Bulk 2.0 says which records failed, and why',
    work: async () => {
      const { bulk2 } = await bulkConnection();
      const results = await bulk2.loadAndWaitForResults({
        object: 'Account',
        operation: 'insert',
        input: [
          { Name: 'good', Site: 'x' },
          { Name: '', Site: 'y' },
        ],
        ...POLLING,
      });
      assert.equal(results.successfulResults.length, 1);
      assert.deepEqual(
        results.failedResults.map((record) => [record.sf__Error, (record as Row)['Site']]),
        [['REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --', 'y']],
      );
    },
  },
  {
    name: 'Bulk 2.0 queries one page by jsforce’s own reader',
    work: async () => {
      const { bulk2 } = await bulkConnection();
      const records = await collect(await bulk2.query(`${SELECT_FIELDS} WHERE External_Key__c LIKE 'J1-%'`, POLLING));
      sameRows(hashes(records), await truthHashes(`NOT "IsDeleted" AND "External_Key__c" LIKE 'J1-%'`));
    },
  },
  {
    name: 'large: Bulk 2.0 queries over several pages, by id and hash',
    work: async () => {
      const pages = await pagesOf(await bulkConnection(), SELECT_FIELDS, 'query');
      assert.ok(pages.length >= 3, `${pages.length} pages`);
      sameRows(hashes(pages.flat()), await truthHashes());
    },
  },
  {
    name: 'large: Bulk 2.0 queryAll brings the deleted ones too',
    work: async () => {
      sameRows(
        hashes((await pagesOf(await bulkConnection(), SELECT_FIELDS, 'queryAll')).flat()),
        await truthHashes('true'),
      );
    },
  },
  {
    name: 'Bulk 2.0 says why a job failed',
    work: async () => {
      const { bulk2 } = await bulkConnection();
      const input = [{ Name: 'x', Nope: 'y' }];
      await assert.rejects(
        bulk2.loadAndWaitForResults({ object: 'Account', operation: 'insert', input, ...POLLING }),
        /InvalidBatch : Field name not found : Nope/,
      );
      await assert.rejects(bulk2.query('SELECT COUNT() FROM Account', POLLING), { errorCode: 'API_ERROR' });
    },
  },
  {
    name: 'Bulk 2.0 aborts a job, and shows what became of it',
    work: async () => {
      const connection = await bulkConnection();
      await control('/faults', { action: { kind: 'jobStuck' } });
      const { id } = await connection.requestPost<{ id: string }>('/jobs/query', {
        operation: 'query',
        query: 'SELECT Id FROM Account',
      });
      const job = connection.bulk2.job('query', { id });
      await job.abort();
      assert.equal((await job.check()).state, 'Aborted');
    },
  },
];
