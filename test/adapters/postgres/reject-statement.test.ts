import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DescribedPicklistValue } from '../../../domain/describe.ts';
import { describeOf } from '../../describes.ts';
import { customJob, field } from '../../jobs.ts';
import { at, pageOf, sfid, type SourceRow } from '../../pages.ts';
import { createEngine } from '../../sync-engine.ts';

const engine = await createEngine();

/** Salesforce type, target type, then values: what is stored for it, or undefined where the row is a reject. */
const CASES: readonly (readonly [string, string | undefined, Readonly<Record<string, unknown>>])[] = [
  [
    'double',
    undefined, // numeric
    {
      ...{ '0': '0', '-0.0': '0.0', '12.0': '12.0', '1.0E7': '10000000', '1.5e-7': '0.00000015' },
      '123456789012345678901234567890.123456789': '123456789012345678901234567890.123456789',
      ...{ NaN: undefined, Infinity: undefined, '-Infinity': undefined, '0x1F': undefined, '1_000': undefined },
      ...{
        '1,5': undefined,
        '1e': undefined,
        ' 1': undefined,
        '1 ': undefined,
        '1E999999': undefined,
        '--1': undefined,
      },
    },
  ],
  [
    'currency',
    'numeric(18,2)',
    {
      '1.005': '1.01',
      '9999999999999999.99': '9999999999999999.99',
      '10000000000000000': undefined,
      'EUR 5': undefined,
    },
  ],
  [
    'double',
    'integer',
    {
      ...{ '12': 12, '12.0': 12, '-12.00': -12, '1.0E7': 10_000_000, '2.147483647E9': 2_147_483_647 },
      ...{ '2147483648': undefined, '12.5': undefined, '1.5E0': undefined, '1E999': undefined, NaN: undefined },
    },
  ],
  ['double', 'bigint', { '9.007199254740993E15': '9007199254740993', '9223372036854775808': undefined }],
  [
    'int',
    undefined,
    {
      '2147483647': 2_147_483_647,
      '-5': -5,
      '2147483648': undefined,
      '12.0': undefined,
      '0x1F': undefined,
      '1e3': undefined,
    },
  ],
  ['long', undefined, { '9223372036854775807': '9223372036854775807', '9223372036854775808': undefined }],
  [
    'boolean',
    undefined,
    { true: true, false: false, yes: undefined, t: undefined, '1': undefined, TRUE: undefined, on: undefined },
  ],
  [
    'date',
    undefined,
    {
      ...{ '2026-02-28': '2026-02-28', '0001-01-01': '0001-01-01', '4000-12-31': '4000-12-31' },
      ...{ '2026-02-30': undefined, '0000-01-01': undefined, now: undefined, today: undefined, infinity: undefined },
      ...{ epoch: undefined, '28.02.2026': undefined, '20260228': undefined, '2026-02-28 BC': undefined },
    },
  ],
  [
    'datetime',
    undefined,
    {
      '2026-01-05T10:20:30.123Z': '2026-01-05T10:20:30.123Z',
      '2026-01-05T10:20:30.000+0000': '2026-01-05T10:20:30.000Z',
      '2026-01-05T11:20:30.000+01:00': '2026-01-05T10:20:30.000Z',
      ...{ '2026-01-05T10:20:30': undefined, now: undefined, '2026-01-05T25:00:00.000Z': undefined },
      ...{ '0000-01-01T00:00:00.000Z': undefined, '2026-13-01T00:00:00.000Z': undefined, yesterday: undefined },
    },
  ],
  [
    'datetime',
    'date',
    { '2026-01-05T23:59:59.999Z': '2026-01-05', '2026-01-06T00:30:00.000+01:00': '2026-01-05', tomorrow: undefined },
  ],
  ['date', 'timestamptz', { '2026-01-05': '2026-01-05T00:00:00.000Z', '2026-02-30': undefined }],
  [
    'time',
    undefined,
    {
      '10:20:30.500Z': '10:20:30.5',
      '10:20:30.000Z': '10:20:30',
      '25:00:00.000Z': undefined,
      now: undefined,
      allballs: undefined,
      '10:20': undefined,
    },
  ],
  ['multipicklist', undefined, { 'a;b c;d,"e"': ['a', 'b c', 'd,"e"'], '{a}': ['{a}'], NULL: ['NULL'] }],
  ['string', 'varchar(5)', { abcde: 'abcde', abcdef: undefined, '😀😀😀😀😀': '😀😀😀😀😀' }],
  ['string', 'integer', { '7': 7, seven: undefined, now: undefined }],
  ['string', 'boolean', { true: true, ja: undefined }],
  ['string', 'date', { '2026-01-05': '2026-01-05', now: undefined }],
  ['boolean', 'text', { true: 'true' }],
  ['double', 'text', { '1.0E7': '10000000', '12.50': '12.5', NaN: 'NaN' }],
  ['id', undefined, { '001xx0000000001': sfid('001', 1), [sfid('001', 1)]: sfid('001', 1) }],
];

/** Dates of PostgreSQL as the tests write them. */
const shown = (value: unknown): unknown => (value instanceof Date ? value.toISOString() : value);

for (const [index, [sourceType, type, values]] of CASES.entries()) {
  test(`a ${sourceType} as ${type ?? 'it is'} is kept whole or rejected, in both formats`, async () => {
    const object = describeOf(`Typed${index}`, { Value__c: sourceType });
    const mappings = [field('sfid', 'Id'), field('value', 'Value__c', type === undefined ? {} : { type })];
    const plan = await engine.compile(customJob(object.name, mappings), [object]);
    const rows = Object.keys(values).map((value, number): SourceRow => ({
      ...{ Id: sfid('a00', number), Value__c: value, SystemModstamp: at(0), IsDeleted: 'false' },
    }));
    for (const format of ['csv', 'json'] as const) {
      // Without types every value is written as a JSON string, so that both formats bring the same texts.
      const untyped = { ...plan, fields: [] };
      const connection = await engine.connection();
      const run = await engine.begin(connection, plan);
      const counts = await engine.load(run, pageOf(untyped, rows, format));
      const stored = await engine.rows(
        `SELECT sfid, value${plan.fields[1]?.type === 'date' ? '::text' : ''} FROM model.${plan.table} WHERE connection_id = $1`,
        [connection],
      );
      const found = new Map(stored.map((row) => [row['sfid'], shown(row['value'])]));
      const rejects = new Map((await engine.rejects(connection)).map((row) => [row['source_id'], row]));
      for (const [number, [value, expected]] of Object.entries(values).entries()) {
        const id = sfid('a00', number);
        if (expected !== undefined) {
          assert.deepEqual(found.get(id), expected, value);
          continue;
        }
        assert.equal(found.has(id), false, `"${value}" was stored as ${String(found.get(id))}`);
        assert.deepEqual(rejects.get(id), {
          ...{ source_id: id, field: 'Value__c', value, code: 'VALUE_INVALID' },
          message: `${object.name}.Value__c = "${value}" is no valid ${plan.fields[1]?.type ?? ''}.`,
        });
      }
      assert.equal(counts.rejected, rejects.size);
      assert.equal(counts.inserted, found.size);
    }
  });
}

const thing = describeOf('Thing', { Name: 'string', Code__c: 'string', Count__c: 'double' });
const things = await engine.compile(
  customJob(
    'Thing',
    [
      field('code', 'Code__c'),
      field('sfid', 'Id'),
      field('name', 'Name', { required: true }),
      field('count', 'Count__c', { type: 'integer' }),
    ],
    { upsertKey: ['code'] },
  ),
  [thing],
);
const row = (number: number, rest: SourceRow = {}): SourceRow => ({
  ...{ Id: sfid('a01', number), Name: `Thing ${number}`, Code__c: `C${number}`, Count__c: '1' },
  ...{ SystemModstamp: at(0), IsDeleted: 'false' },
  ...rest,
});
const stored = (connection: string) =>
  engine.rows(
    'SELECT code, sfid, name, count FROM model.thing WHERE connection_id = $1 AND deleted_at IS NULL ORDER BY code',
    [connection],
  );

test('rows that cannot be loaded are kept with the reason, and the others load', async () => {
  const connection = await engine.connection();
  const long = 'x'.repeat(500);
  const counts = await engine.load(await engine.begin(connection, things), [
    row(1),
    row(2, { Name: null }),
    row(3, { Code__c: '' }),
    row(4, { Count__c: long }),
    { ...row(5), Id: 'nonsense' },
    { ...row(6), Id: null },
    row(7, { SystemModstamp: 'yesterday' }),
    row(8, { Name: null, Count__c: 'many' }),
  ]);
  assert.deepEqual([counts.read, counts.inserted, counts.rejected], [8, 1, 7]);
  assert.deepEqual(
    (await engine.rejects(connection)).map(({ source_id, field, value, code }) => [source_id, field, value, code]),
    [
      ['', 'Id', null, 'ID_INVALID'],
      [sfid('a01', 2), 'Name', null, 'REQUIRED_MISSING'],
      [sfid('a01', 3), 'Code__c', null, 'REQUIRED_MISSING'],
      [sfid('a01', 4), 'Count__c', long.slice(0, 200), 'VALUE_INVALID'],
      [sfid('a01', 7), 'SystemModstamp', 'yesterday', 'VALUE_INVALID'],
      // The first reason is told.
      [sfid('a01', 8), 'Name', null, 'REQUIRED_MISSING'],
      ['nonsense', 'Id', 'nonsense', 'ID_INVALID'],
    ].sort(([one = ''], [other = '']) => ((one ?? '') < (other ?? '') ? -1 : 1)),
  );
  const [missing] = (await engine.rejects(connection)).filter(({ code }) => code === 'REQUIRED_MISSING');
  assert.equal(missing?.['message'], 'Thing.Name is empty, and the mapping requires a value.');
});

const offering = (type: string): { type: string; picklistValues: DescribedPicklistValue[] } => ({
  type,
  picklistValues: [
    { value: 'Open', label: 'Offen', active: true, defaultValue: false },
    { value: "O'Neill; Sons", label: null, active: true, defaultValue: false },
    { value: 'Won', label: null, active: true, defaultValue: true },
    { value: 'Lost', label: null, active: false, defaultValue: false },
  ],
});
const pick = describeOf('Pick', { Stage__c: offering('picklist'), Tags__c: offering('multipicklist') });

test('a value that a picklist does not offer is kept, left out or a reject, as the mapping says, in both formats', async () => {
  const mappings = [
    field('sfid', 'Id'),
    field('kept', 'Stage__c'),
    field('kept_tags', 'Tags__c'),
    field('stage', 'Stage__c', { onUnknown: 'null' }),
    field('lower_stage', 'Stage__c', { onUnknown: 'null', apply: [{ name: 'lower' }] }),
    field('tags', 'Tags__c', { onUnknown: 'null' }),
    field('tags_text', 'Tags__c', { onUnknown: 'null', type: 'text' }),
  ];
  const plan = await engine.compile(customJob('Pick', mappings), [pick]);
  const values: [string, string | null, string | null][] = [
    [sfid('a02', 1), 'Open', 'Won;Open'],
    [sfid('a02', 2), 'Lost', 'Lost;Won;won'],
    [sfid('a02', 3), "O'Neill; Sons", 'Lost'],
    [sfid('a02', 4), null, null],
  ];
  const rows = values.map(([Id, stage, tags]) => ({
    ...{ Id, Stage__c: stage, Tags__c: tags, SystemModstamp: at(0), IsDeleted: 'false' },
  }));
  for (const format of ['csv', 'json'] as const) {
    const connection = await engine.connection();
    const { inserted, rejected } = await engine.load(await engine.begin(connection, plan), rows, { format });
    assert.deepEqual([inserted, rejected], [4, 0]);
    assert.deepEqual(
      await engine.rows(
        'SELECT kept, kept_tags, stage, lower_stage, tags, tags_text FROM model.pick WHERE connection_id = $1 ORDER BY sfid',
        [connection],
      ),
      [
        ['Open', ['Won', 'Open'], 'Open', 'open', ['Won', 'Open'], 'Won;Open'],
        ['Lost', ['Lost', 'Won', 'won'], null, null, ['Won'], 'Won'],
        ["O'Neill; Sons", ['Lost'], "O'Neill; Sons", "o'neill; sons", null, null],
        [null, null, null, null, null, null],
      ].map(([kept, kept_tags, stage, lower_stage, tags, tags_text]) => ({
        ...{ kept, kept_tags, stage, lower_stage, tags, tags_text },
      })),
    );
  }

  const strict = await engine.compile(
    customJob(
      'Pick',
      [
        field('sfid', 'Id'),
        field('stage', 'Stage__c', { onUnknown: 'reject' }),
        field('tags', 'Tags__c', { onUnknown: 'reject' }),
      ],
      { target: { table: 'strict_pick' } },
    ),
    [pick],
  );
  const connection = await engine.connection();
  const { inserted } = await engine.load(await engine.begin(connection, strict), rows);
  assert.equal(inserted, 2);
  assert.deepEqual(
    (await engine.rejects(connection)).map(({ source_id, field: path, code, message }) => [
      source_id,
      path,
      code,
      message,
    ]),
    [
      [sfid('a02', 2), 'Stage__c', 'PICKLIST_UNKNOWN', 'Pick.Stage__c = "Lost" is no value that the picklist offers.'],
      [sfid('a02', 3), 'Tags__c', 'PICKLIST_UNKNOWN', 'Pick.Tags__c = "Lost" is no value that the picklist offers.'],
    ],
  );
});

test('a reject is written once, tells when it was seen first and last, and clears itself when its row loads', async () => {
  const connection = await engine.connection();
  const times = () =>
    engine.rows(
      'SELECT first_seen_at, last_seen_at, run_id, value FROM mooring.rejected_row WHERE connection_id = $1',
      [connection],
    );
  const first = await engine.begin(connection, things);
  await engine.load(first, [row(1, { Count__c: 'many' }), row(2, { Count__c: 'few' })]);
  const second = await engine.begin(connection, things);
  await engine.load(second, [row(1, { Count__c: 'more' })]);
  const [before, ...others] = (await times()).sort((one, other) =>
    String(one['value']) < String(other['value']) ? 1 : -1,
  );
  assert.deepEqual([before?.['value'], before?.['run_id'], others.length], ['more', second.runId, 1]);
  assert.ok((before?.['last_seen_at'] as Date) > (before?.['first_seen_at'] as Date));
  await engine.load(await engine.begin(connection, things), [row(1, { Count__c: '5' })]);
  assert.deepEqual(
    (await engine.rejects(connection)).map(({ source_id }) => source_id),
    [sfid('a01', 2)],
  );
  // Gone from the org: nobody will ever load it.
  await engine.load(await engine.begin(connection, things), [row(2, { Count__c: 'few', IsDeleted: 'true' })]);
  assert.deepEqual(await engine.rejects(connection), []);
});

test('of several rows with one key in a page the newest is loaded, of equal ones that with the highest id', async () => {
  const connection = await engine.connection();
  const counts = await engine.load(await engine.begin(connection, things), [
    row(1, { Code__c: 'same', Name: 'old', SystemModstamp: at(1) }),
    row(2, { Code__c: 'same', Name: 'new', SystemModstamp: at(2) }),
    row(3, { Code__c: 'same', Name: 'older', SystemModstamp: at(0) }),
    row(4, { Code__c: 'tie', Name: 'low' }),
    row(5, { Code__c: 'tie', Name: 'high' }),
    // Not the same: text is compared as it is.
    row(6, { Code__c: 'Tie', Name: 'other' }),
    row(7, { Code__c: 'tie ', Name: 'blank' }),
  ]);
  assert.deepEqual([counts.read, counts.inserted], [7, 4]);
  assert.deepEqual((await stored(connection)).map(({ code, name }) => [code, name]).sort(), [
    ['Tie', 'other'],
    ['same', 'new'],
    ['tie ', 'blank'],
    ['tie', 'high'],
  ]);
});

test('the same id with 15 and with 18 characters in one page is one row', async () => {
  const byId = await engine.compile(customJob('ThingById', [field('sfid', 'Id'), field('name', 'Name')]), [
    { ...thing, name: 'ThingById' },
  ]);
  const connection = await engine.connection();
  const counts = await engine.load(await engine.begin(connection, byId), [
    { ...row(1), Id: sfid('a01', 1).slice(0, 15), Name: 'short' },
    { ...row(1), Id: sfid('a01', 1), Name: 'long', SystemModstamp: at(1) },
  ]);
  assert.equal(counts.inserted, 1);
  assert.deepEqual(await engine.rows('SELECT sfid, name FROM model.thingbyid'), [
    { sfid: sfid('a01', 1), name: 'long' },
  ]);
});
