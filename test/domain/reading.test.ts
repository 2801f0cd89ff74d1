import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LONGEST_SOQL } from '../../domain/soql.ts';
import { pathsOf, readingsOf, sweepsOf, type ReadingsInput } from '../../domain/reading.ts';

const WINDOW = { field: 'SystemModstamp', from: '2026-01-05T10:00:00.000Z' };
const job = { onDelete: 'deactivate', onLeaveFilter: 'deactivate', extract: 'auto' } as const;

const base: ReadingsInput = {
  ...{ job, mode: 'incremental', object: 'Account', paths: ['Id', 'Name'], filters: ["Type = 'a'", 'X = 1'] },
  ...{ hasIsDeleted: true, isFirstLoad: false, window: WINDOW, rejects: [] },
};
const read = (rest: Partial<ReadingsInput> = {}): string[] =>
  readingsOf({ ...base, ...rest }).map(({ kind, all, keepsIds, soql }) =>
    [kind, ...(all ? ['all'] : []), ...(keepsIds ? ['keeps'] : []), soql].join(' | '),
  );
const SELECT = 'SELECT Id, Name FROM Account';

test('what may leave a filter is found by the ids of the window, read before its rows', () => {
  assert.deepEqual(read(), [
    'ids | keeps | SELECT Id FROM Account WHERE SystemModstamp >= 2026-01-05T10:00:00.000Z',
    `rows | all | keeps | ${SELECT} WHERE (((Type = 'a') AND (X = 1)) OR IsDeleted = true) AND SystemModstamp >= 2026-01-05T10:00:00.000Z`,
  ]);
});

test('what cannot leave costs no second reading: without a filter, kept, or read for the first time', () => {
  assert.deepEqual(read({ filters: [] }), [`rows | all | ${SELECT} WHERE SystemModstamp >= ${WINDOW.from}`]);
  assert.equal(read({ job: { ...job, onLeaveFilter: 'keep' } }).length, 1);
  const { window: _, ...whole } = base;
  assert.deepEqual(readingsOf({ ...whole, mode: 'full', isFirstLoad: true }), [
    { kind: 'rows', all: false, keepsIds: false, soql: `${SELECT} WHERE (Type = 'a') AND (X = 1)` },
  ]);
});

test('a full run after the first sees what left since the watermark', () => {
  const { window: _, ...whole } = base;
  const [ids, rows] = readingsOf({ ...whole, mode: 'full', idsWindow: WINDOW });
  assert.equal(ids?.soql, `SELECT Id FROM Account WHERE SystemModstamp >= ${WINDOW.from}`);
  assert.deepEqual([rows?.all, rows?.keepsIds], [true, true]);
  assert.doesNotMatch(rows?.soql ?? '', /SystemModstamp/);
});

test('deletions are read beyond the filter, but not beside a subquery, nor where nobody wants them', () => {
  const filters = ['Id IN (SELECT AccountId FROM Contact)'];
  for (const rest of [{ filters }, { hasIsDeleted: false }, { job: { ...job, onDelete: 'ignore' as const } }])
    assert.doesNotMatch(read(rest).at(-1) ?? '', /IsDeleted/);
});

test('a reconcile reads everything, and all ids where a filter could explain what is missing', () => {
  const { window: _, ...rest } = base;
  const reconcile = { ...rest, mode: 'reconcile' } as const;
  assert.deepEqual(
    readingsOf(reconcile).map(({ kind, keepsIds }) => [kind, keepsIds]),
    [
      ['ids', true],
      ['rows', true],
    ],
  );
  assert.deepEqual(
    readingsOf({ ...reconcile, filters: [] }).map(({ kind, keepsIds }) => [kind, keepsIds]),
    [['rows', true]],
  );
  const untouched = { ...job, onDelete: 'ignore', onLeaveFilter: 'keep' } as const;
  assert.deepEqual(
    readingsOf({ ...reconcile, job: untouched }).map(({ kind, keepsIds }) => [kind, keepsIds]),
    [['rows', false]],
  );
  assert.deepEqual(sweepsOf({ job: untouched, mode: 'reconcile', filters: ['x'], isFirstLoad: false }), {
    left: false,
    gone: false,
  });
});

test('rejects are asked for by id: few as an address holds them, many in as few statements as Salesforce takes', () => {
  const ids = (count: number) => Array.from({ length: count }, (_, index) => `00Q${String(index).padStart(15, '0')}`);
  const few = readingsOf({ ...base, mode: 'retry', rejects: ids(2) });
  assert.deepEqual(
    few.map(({ kind, soql }) => [kind, soql]),
    [
      [
        'rejects',
        `${SELECT} WHERE (((Type = 'a') AND (X = 1)) OR IsDeleted = true) AND (Id IN ('00Q000000000000000', '00Q000000000000001'))`,
      ],
    ],
  );
  const sizes = (count: number, paths = base.paths) =>
    readingsOf({ ...base, paths, mode: 'retry', rejects: ids(count) }).map(({ soql }) => soql.length);
  assert.equal(sizes(300).length, 1);
  assert.ok(sizes(300).every((length) => length < 8_000));
  assert.equal(sizes(301).length, 1);
  assert.equal(sizes(9_000).length, 2);
  assert.ok(sizes(9_000).every((length) => length <= LONGEST_SOQL));
  // What the fields of a wide object leave room for.
  const wide = Array.from({ length: 800 }, (_, index) => `A_Field_With_A_Name_As_Long_As_It_May_Be_${index}__c`);
  const lengths = sizes(9_000, ['Id', ...wide]);
  assert.ok(lengths.length > 2);
  assert.ok(lengths.every((length) => length <= LONGEST_SOQL));
  const asked = readingsOf({ ...base, paths: ['Id', ...wide], mode: 'retry', rejects: ids(9_000) });
  assert.deepEqual(
    asked.flatMap(({ soql }) => soql.match(/00Q\d{15}/g) ?? []),
    ids(9_000),
  );
  assert.deepEqual(readingsOf({ ...base, mode: 'retry' }), []);
});

test('pages of ids have one column', () => {
  assert.deepEqual(pathsOf({ kind: 'ids' }, ['Id', 'Name']), ['Id']);
  assert.deepEqual(pathsOf({ kind: 'rejects' }, ['Id', 'Name']), ['Id', 'Name']);
});
