import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { StoredRun } from '../../../activities/sync-ports.ts';
import { loadPicklists } from '../../../adapters/postgres/load-picklists.ts';
import { dropdownListsOf } from '../../../domain/picklists.ts';
import type { DescribedPicklistValue } from '../../../domain/describe.ts';
import { NO_ROWS, type RowCounts } from '../../../domain/run.ts';
import { describeOf } from '../../describes.ts';
import { hasCode } from '../../errors.ts';
import { createEngine } from '../../sync-engine.ts';

const engine = await createEngine();

const value = (name: string, rest: Partial<DescribedPicklistValue> = {}): DescribedPicklistValue => ({
  ...{ value: name, label: name, active: true, defaultValue: false },
  ...rest,
});

const beginRun = async (connectionId: string): Promise<StoredRun> => {
  const run = await engine.runs.begin({
    ...{ connectionId, job: 'picklist-sync', revision: 1, apiCalls: 0 },
    ...{ workflowRunId: randomUUID(), mode: 'full', strategy: 'describe' },
  });
  await engine.runs.addPages(run.runId, ['describe'], 0);
  return run;
};

/** Loads an Account whose fields have these values; `named` are the fields that the job names, all by default. */
async function load(
  connection: string,
  fields: Readonly<Record<string, readonly DescribedPicklistValue[]>>,
  named = Object.keys(fields),
  given?: StoredRun,
): Promise<RowCounts> {
  const run = given ?? (await beginRun(connection));
  const object = describeOf(
    'Account',
    Object.fromEntries(
      Object.entries(fields).map(([name, picklistValues]) => [
        name,
        {
          ...{ type: 'picklist', picklistValues: [...picklistValues] },
          ...(name === 'State' ? { dependentPicklist: true, controllerName: 'Country' } : {}),
        },
      ]),
    ),
  );
  const paths = named.map((field) => ({ object: 'Account', field }));
  return loadPicklists(engine.pool, {
    ...{ owner: { connectionId: connection, job: run.job, runId: run.runId }, fence: run.fence, page: 0 },
    ...{ schema: 'model', lists: dropdownListsOf(object, paths).lists, named: paths },
  });
}

const items = (connection: string) =>
  engine.rows(
    `SELECT l.source_field AS field, i.value, i.label, i.active, i.is_default, i.display_order, i.valid_for
     FROM model.dropdown_item AS i JOIN model.dropdown_list AS l ON l.id = i.list_id WHERE i.connection_id = $1 ORDER BY 1, 6, 2`,
    [connection],
  );
const short = async (connection: string): Promise<unknown[]> =>
  (await items(connection)).map(({ value, label, active }) => [value, label, active]);
const lists = (connection: string) =>
  engine.rows(
    'SELECT source_field, name, variant, active FROM model.dropdown_list WHERE connection_id = $1 ORDER BY 1',
    [connection],
  );
const written = ({ inserted, updated, unchanged, deleted }: RowCounts): number[] => [
  inserted,
  updated,
  unchanged,
  deleted,
];

test('values come in the order of describe, with default, state and the controlling values they depend on', async () => {
  const connection = await engine.connection();
  const counts = await load(connection, {
    Country: [value('DE'), value('US', { defaultValue: true })],
    State: [
      value('BY', { validFor: 'gAAA' }),
      value('CA', { validFor: 'QAAA', active: false, label: 'California "☀"' }),
    ],
  });
  assert.deepEqual(counts, { ...NO_ROWS, read: 4, inserted: 4 });
  assert.deepEqual(await items(connection), [
    { field: 'Country', value: 'DE', label: 'DE', active: true, is_default: false, display_order: 0, valid_for: null },
    { field: 'Country', value: 'US', label: 'US', active: true, is_default: true, display_order: 1, valid_for: null },
    { field: 'State', value: 'BY', label: 'BY', active: true, is_default: false, display_order: 0, valid_for: ['DE'] },
    ...[
      {
        field: 'State',
        value: 'CA',
        label: 'California "☀"',
        active: false,
        is_default: false,
        display_order: 1,
        valid_for: ['US'],
      },
    ],
  ]);
});

test('a second load writes nothing', async () => {
  const connection = await engine.connection();
  const fields = { Country: [value('DE'), value('US')], State: [value('BY', { validFor: 'gAAA' })] };
  await load(connection, fields);
  const places = () =>
    engine.rows(
      `SELECT ctid::text, xmin::text FROM model.dropdown_item WHERE connection_id = $1
       UNION ALL SELECT ctid::text, xmin::text FROM model.dropdown_list WHERE connection_id = $1`,
      [connection],
    );
  const before = await places();
  assert.deepEqual(written(await load(connection, fields)), [0, 0, 3, 0]);
  assert.deepEqual(await places(), before);
});

test('a renamed label keeps its item; a value that is gone becomes inactive, and comes back active', async () => {
  const connection = await engine.connection();
  await load(connection, { Country: [value('DE'), value('US')] });
  const ids = () =>
    engine.rows('SELECT value, id FROM model.dropdown_item WHERE connection_id = $1 ORDER BY value', [connection]);
  const before = await ids();
  assert.deepEqual(written(await load(connection, { Country: [value('DE', { label: 'Germany' })] })), [0, 1, 0, 1]);
  assert.deepEqual(await short(connection), [
    ['DE', 'Germany', true],
    ['US', 'US', false],
  ]);
  assert.deepEqual(written(await load(connection, { Country: [value('DE', { label: 'Germany' })] })), [0, 0, 1, 0]);
  assert.deepEqual(
    written(await load(connection, { Country: [value('US'), value('DE', { label: 'Germany' })] })),
    [0, 2, 0, 0],
  );
  assert.deepEqual(await short(connection), [
    ['US', 'US', true],
    ['DE', 'Germany', true],
  ]);
  assert.deepEqual(await ids(), before);
});

test('a field that the org no longer has becomes an inactive list; one that the job no longer names is left alone', async () => {
  const connection = await engine.connection();
  await load(connection, { Country: [value('DE')], Rating: [value('Hot')] });
  await load(connection, {}, ['Country']);
  assert.deepEqual(
    (await lists(connection)).map(({ source_field, active }) => [source_field, active]),
    [
      ['Country', false],
      ['Rating', true],
    ],
  );
  assert.deepEqual(await short(connection), [
    ['DE', 'DE', false],
    ['Hot', 'Hot', true],
  ]);
  await load(connection, { Country: [value('DE')] });
  assert.equal((await lists(connection))[0]?.['active'], true);
});

test('a star covers every field of its object, those that are gone too', async () => {
  const connection = await engine.connection();
  await load(connection, { Country: [value('DE')], Rating: [value('Hot')] }, ['*']);
  await load(connection, { Rating: [value('Hot')] }, ['*']);
  assert.deepEqual(
    (await lists(connection)).map(({ active }) => active),
    [false, true],
  );
});

test('a list whose values differ only in case, or that holds one twice, is loaded', async () => {
  const connection = await engine.connection();
  const counts = await load(connection, { Country: [value('de'), value('DE'), value('de', { label: 'again' })] });
  assert.equal(counts.inserted, 2);
  assert.deepEqual((await short(connection)).length, 2);
});

test('drop-down lists are fenced, and of effect once', async () => {
  const connection = await engine.connection();
  const run = await beginRun(connection);
  await load(connection, { Country: [value('DE')] }, undefined, run);
  await assert.rejects(load(connection, { Country: [value('US')] }, undefined, run), hasCode('SF_PAGE_INCOMPLETE'));
  const late = await beginRun(connection);
  await beginRun(connection);
  await assert.rejects(load(connection, { Country: [value('US')] }, undefined, late), hasCode('FENCED'));
  assert.deepEqual(await short(connection), [['DE', 'DE', true]]);
});
