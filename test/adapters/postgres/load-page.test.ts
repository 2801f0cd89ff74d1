import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import type { ConstantMapping } from '../../../domain/job-spec.ts';
import { NO_ROWS } from '../../../domain/run.ts';
import { ACCOUNT, describeOf } from '../../describes.ts';
import { hasCode } from '../../errors.ts';
import { catalogJob, customJob, field } from '../../jobs.ts';
import { at, csvPage, csvText, pageOf, sfid, type SourceRow } from '../../pages.ts';
import { createEngine } from '../../sync-engine.ts';

const engine = await createEngine();
const companies = await engine.compile(catalogJob('company-sync'), [ACCOUNT]);

const account = (number: number, rest: SourceRow = {}): SourceRow => ({
  ...{ Id: sfid('001', number), Name: `Account ${number}`, SystemModstamp: at(0), IsDeleted: 'false' },
  ...rest,
});

const model = (connectionId: string) =>
  engine.rows(
    `SELECT to_jsonb(c) - ARRAY['id', 'connection_id', 'created_at', 'updated_at'] AS row FROM model.company AS c
     WHERE connection_id = $1 ORDER BY sfdc_account_id`,
    [connectionId],
  );

/** Texts that have broken loaders before. */
const NASTY: Readonly<Record<string, string>> = {
  quotes: 'She said "no", twice: ""no""',
  newlines: 'one\ntwo\r\nthree\rfour\n\nsix',
  endOfData: '\\.',
  endOfDataLine: 'a\n\\.\nb',
  backslashes: '\\N \\n \\t \\\\ C:\\temp',
  emoji: '👩‍👩‍👧 Ünïcödé ﷽',
  rightToLeft: 'שלום \u202Eevil\u202C مرحبا',
  tabs: '\ttab\t',
  long: 'long,"\n'.repeat(4_000),
  spaces: '  kept  ',
  json: '{"a": [1, null]}',
  sql: "'; DROP TABLE model.company; --$$",
  controls: '\u0001\u001f\u007f\u0085\u2028',
  null: 'NULL',
  brace: '{',
};

test('a page by CSV and the same page as JSON give the same rows, whatever the text', async () => {
  const rows = Object.entries(NASTY).map(([name, text], index) =>
    account(index, {
      ...{ Name: name, Description: text, BillingStreet: text, AccountNumber: '', NumberOfEmployees: '12' },
      ...{ AnnualRevenue: '1.0E7', CreatedDate: at(-90), Website: null },
    }),
  );
  const [csv, json] = [await engine.connection(), await engine.connection()];
  const loaded = await engine.load(await engine.begin(csv, companies), rows);
  assert.deepEqual(loaded, { ...NO_ROWS, read: rows.length, inserted: rows.length });
  assert.deepEqual(await engine.load(await engine.begin(json, companies), rows, { format: 'json' }), loaded);
  assert.deepEqual(await model(json), await model(csv));
  const stored = await engine.rows(
    'SELECT name, summary, billing_street, account_number, website, employees, annual_revenue FROM model.company WHERE connection_id = $1',
    [csv],
  );
  for (const { name, ...row } of stored) {
    assert.deepEqual(row, {
      ...{ summary: NASTY[name as string], billing_street: NASTY[name as string] },
      // Salesforce stores '' as null, so an empty value is NULL in every column.
      ...{ account_number: null, website: null, employees: 12, annual_revenue: '10000000' },
    });
  }
  assert.equal(stored.length, rows.length);
});

test('a page that Bulk wrote is the same to the model as one that REST wrote: reading it again changes nothing', async () => {
  const typed = describeOf('Both', {
    When__c: 'datetime',
    Amount__c: 'double',
    Flag__c: 'boolean',
    Tags__c: 'multipicklist',
  });
  const mappings = [
    field('sfid', 'Id'),
    field('at_text', 'When__c', { type: 'text' }),
    field('amount_text', 'Amount__c', { type: 'text' }),
    field('flag_text', 'Flag__c', { type: 'text' }),
    ...['When__c', 'Amount__c', 'Flag__c', 'Tags__c'].map((name) => field(name.toLowerCase(), name)),
  ];
  const plan = await engine.compile(customJob('Both', mappings), [typed]);
  const connection = await engine.connection();
  const row = { Id: sfid('a00', 1), When__c: at(5), Flag__c: 'true', Tags__c: 'a;b', SystemModstamp: at(0) };
  await engine.sync(connection, plan, [{ ...row, Amount__c: '10000000' }]);
  const again = await engine.sync(connection, plan, [{ ...row, Amount__c: '1.0E7' }], 'json');
  assert.deepEqual([again.unchanged, again.updated], [1, 0]);
  const [stored] = await engine.rows('SELECT * FROM model.both');
  assert.deepEqual(
    ['at_text', 'amount_text', 'flag_text', 'tags__c'].map((column) => stored?.[column]),
    [at(5), '10000000', 'true', ['a', 'b']],
  );
});

test('parents come out of dotted paths in both formats, and a missing parent is empty', async () => {
  const child = describeOf('Child', {
    ParentId: { type: 'reference', referenceTo: ['Parent'], relationshipName: 'Parent' },
  });
  const plan = await engine.compile(
    customJob('Child', [field('sfid', 'Id'), field('parent_name', 'Parent.Name'), field('parent_city', 'Parent.City')]),
    [child, describeOf('Parent', { Name: 'string', City: 'string' })],
  );
  const connection = await engine.connection();
  const rows = [
    { Id: sfid('a01', 1), 'Parent.Name': 'One', 'Parent.City': null, SystemModstamp: at(0) },
    { Id: sfid('a01', 2), SystemModstamp: at(0) },
  ];
  const json = `{"records":[${JSON.stringify({
    ...{ Id: sfid('a01', 1), Parent: { attributes: {}, Name: 'One', City: null } },
    ...{ SystemModstamp: at(0), IsDeleted: false },
  })},${JSON.stringify({ Id: sfid('a01', 2), Parent: null, SystemModstamp: at(0), IsDeleted: false })}]}`;
  await engine.load(await engine.begin(connection, plan), rows);
  const again = await engine.load(await engine.begin(connection, plan), { format: 'json', text: json });
  assert.equal(again.unchanged, 2);
  assert.deepEqual(await engine.rows('SELECT parent_name, parent_city FROM model.child ORDER BY sfid'), [
    { parent_name: 'One', parent_city: null },
    { parent_name: null, parent_city: null },
  ]);
});

test('a constant stands in every row in both formats, and a row that is read again gets the one that is written now', async () => {
  const constant = (target: string, value: string | number | boolean | null, type?: string): ConstantMapping => ({
    ...{ kind: 'constant', target, value, optional: false },
    ...(type === undefined ? {} : { type }),
  });
  const object = describeOf('Marked', { Name: 'string' });
  const compile = (origin: string) =>
    engine.compile(
      customJob('Marked', [
        field('sfid', 'Id'),
        ...[constant('origin', origin), constant('rate', 1.5, 'numeric'), constant('live', true, 'boolean')],
        ...[constant('since', '2026-03-01', 'date'), constant('nothing', null)],
      ]),
      [object],
    );
  const row = { Id: sfid('a02', 1), Name: 'One', SystemModstamp: at(0) };
  const stored = (connection: string) =>
    engine.rows('SELECT origin, rate::text, live, since::text, nothing FROM model.marked WHERE connection_id = $1', [
      connection,
    ]);
  for (const format of ['csv', 'json'] as const) {
    const connection = await engine.connection();
    await engine.sync(connection, await compile("O'Neil's CRM"), [row], format);
    assert.deepEqual(await stored(connection), [
      { origin: "O'Neil's CRM", rate: '1.5', live: true, since: '2026-03-01', nothing: null },
    ]);
    await engine.sync(connection, await compile('another'), [row], format);
    assert.equal((await stored(connection))[0]?.['origin'], 'another');
  }
});

test('a column of nothing but its name is added when it is named like a keyword or with odd letters', async () => {
  const object = describeOf('Odd', { Order__c: 'string' });
  const names = ['order', 'Größe "x"', "it's", 'c1', 'stamp', 'found', 't'];
  const plan = await engine.compile(
    customJob('Odd', [field('select', 'Id'), ...names.map((name) => field(name, 'Order__c'))]),
    [object],
  );
  const connection = await engine.connection();
  const run = await engine.sync(connection, plan, [{ Id: sfid('a02', 1), Order__c: 'x', SystemModstamp: at(0) }]);
  assert.equal(run.inserted, 1);
  const [row] = await engine.rows('SELECT * FROM model.odd');
  assert.deepEqual(
    names.map((name) => row?.[name]),
    names.map(() => 'x'),
  );
});

test('a page that brings fewer rows than announced commits nothing and is asked for again', async () => {
  const connection = await engine.connection();
  const run = await engine.begin(connection, companies);
  for (const format of ['csv', 'json'] as const) {
    const content =
      format === 'csv'
        ? csvPage(csvText(companies.paths, [account(1)]), 2)
        : { ...pageOf(companies, [account(1)], format), expectedRows: 2 };
    await assert.rejects(engine.load(run, content), hasCode('SF_PAGE_INCOMPLETE'));
  }
  assert.deepEqual([await model(connection), (await engine.runs.page(run.runId, 0))?.counts], [[], undefined]);
  assert.equal((await engine.load(run, [account(1)])).inserted, 1);
});

test('a page that breaks off in the middle commits nothing', async () => {
  const connection = await engine.connection();
  const run = await engine.begin(connection, companies);
  const text = csvText(companies.paths, [account(1), account(2)]);
  async function* broken(): AsyncGenerator<string> {
    yield text.slice(0, -40);
    await Promise.resolve();
    throw new Error('reset');
  }
  await assert.rejects(
    engine.load(run, {
      format: 'csv',
      open: async () => ({ bytes: Readable.from(broken(), { objectMode: false }) }),
    }),
    /reset/,
  );
  assert.deepEqual(await model(connection), []);
  assert.equal((await engine.load(run, [account(1)])).inserted, 1);
});

test('an empty page loads nothing, with a header or without', async () => {
  const connection = await engine.connection();
  const run = await engine.begin(connection, companies, { pages: 3 });
  assert.deepEqual(await engine.load(run, []), NO_ROWS);
  assert.deepEqual(await engine.load(run, csvPage(''), { page: 1 }), NO_ROWS);
  assert.deepEqual(await engine.load(run, [], { page: 2, format: 'json' }), NO_ROWS);
});

test('a page that was loaded and not acknowledged takes effect once, and keeps its first counts', async () => {
  const connection = await engine.connection();
  const run = await engine.begin(connection, companies);
  await engine.load(run, [account(1), account(2)]);
  await assert.rejects(engine.load(run, [account(1, { Name: 'Other' }), account(3)]), hasCode('SF_PAGE_INCOMPLETE'));
  assert.equal((await model(connection)).length, 2);
  assert.deepEqual((await engine.runs.page(run.runId, 0))?.counts, { ...NO_ROWS, read: 2, inserted: 2 });
});

test('the same page by two workers at once is loaded by one of them', async () => {
  const connection = await engine.connection();
  const run = await engine.begin(connection, companies);
  const rows = Array.from({ length: 200 }, (_, number) => account(number));
  const ends = await Promise.allSettled([engine.load(run, rows), engine.load(run, rows, { format: 'json' })]);
  const [lost] = ends.filter((end) => end.status === 'rejected');
  assert.equal(ends.filter(({ status }) => status === 'fulfilled').length, 1);
  hasCode('SF_PAGE_INCOMPLETE')(lost?.reason);
  assert.deepEqual((await engine.runs.page(run.runId, 0))?.counts, { ...NO_ROWS, read: 200, inserted: 200 });
});

test('after the fence was raised nothing commits', async () => {
  const connection = await engine.connection();
  const run = await engine.begin(connection, companies);
  await engine.pool.query('UPDATE mooring.job_fence SET fence = fence + 1 WHERE connection_id = $1', [connection]);
  await assert.rejects(engine.load(run, [account(1)]), hasCode('FENCED'));
  const current = await engine.begin(connection, companies);
  await assert.rejects(engine.load(run, [account(1)]), hasCode('FENCED'));
  assert.deepEqual(await model(connection), []);
  assert.equal((await engine.load(current, [account(1)])).inserted, 1);
});

test('a revoke waits for a page that is committing, and then no further page commits', async () => {
  const connection = await engine.connection();
  const run = await engine.begin(connection, companies, { pages: 2 });
  const holder = await engine.pool.connect();
  await holder.query('BEGIN');
  await holder.query('SELECT FROM mooring.job_fence WHERE connection_id = $1 FOR SHARE', [connection]); // as a page does
  const raised = engine.pool.query('UPDATE mooring.job_fence SET fence = fence + 1 WHERE connection_id = $1', [
    connection,
  ]);
  await holder.query('COMMIT');
  holder.release();
  await raised;
  await assert.rejects(engine.load(run, [account(1)], { page: 1 }), hasCode('FENCED'));
});

test('a REST page notes where the next one is, together with its rows', async () => {
  const connection = await engine.connection();
  const run = await engine.begin(connection, companies);
  const page = pageOf(companies, [account(1)], 'json');
  assert.ok(page.format === 'json');
  const content = { ...page, nextLocator: '/services/data/v62.0/query/01g-2' };
  await assert.rejects(engine.load(run, { ...content, expectedRows: 5 }), hasCode('SF_PAGE_INCOMPLETE'));
  assert.equal(await engine.runs.page(run.runId, 1), undefined);
  await engine.load(run, content);
  assert.deepEqual(await engine.runs.page(run.runId, 1), { locator: '/services/data/v62.0/query/01g-2' });
});
