import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MappingFunction } from '../../../domain/mapping-function.ts';
import { describeOf } from '../../describes.ts';
import { customJob, field, lookup } from '../../jobs.ts';
import { at, sfid, type PageFormat, type SourceRow } from '../../pages.ts';
import { createEngine } from '../../sync-engine.ts';

const engine = await createEngine();
const CALL = describeOf('Call__c', {
  ...{ Name: 'string', Nick__c: 'string', Email__c: 'email', Count__c: 'string', Amount__c: 'currency' },
  ...{ Day__c: 'date', At__c: 'datetime', Other__c: 'currency', Flag__c: 'boolean' },
});

/** The value of one column after functions, of one row in both formats; a reject as its code. */
async function valueOf(from: string, apply: readonly MappingFunction[], row: SourceRow): Promise<unknown> {
  const mapping = field('result', from, { apply });
  const job = customJob('Call__c', [field('sfid', 'Id'), mapping], { target: { table: nextTable() } });
  const plan = await engine.compile(job, [CALL]);
  const results = [];
  for (const format of ['csv', 'json'] as PageFormat[]) {
    const connection = await engine.connection();
    await engine.sync(connection, plan, [{ Id: sfid('a00', 1), SystemModstamp: at(0), ...row }], format);
    const [loaded] = await engine.rows(
      `SELECT result::text, pg_typeof(result)::text AS type FROM model.${plan.table} WHERE connection_id = $1`,
      [connection],
    );
    const [reject] = await engine.rejects(connection);
    results.push(loaded === undefined ? reject?.['code'] : `${String(loaded['result'])} ${String(loaded['type'])}`);
  }
  assert.equal(results[1], results[0], 'REST and Bulk give the same');
  return results[0];
}

let tables = 0;
const nextTable = (): string => `calls_${(tables += 1)}`;

test('functions of text', async () => {
  assert.equal(await valueOf('Name', [{ name: 'trim' }], { Name: ' \t Ada \n' }), 'Ada text');
  assert.equal(await valueOf('Name', [{ name: 'trim' }], { Name: '  ' }), 'null text');
  assert.equal(await valueOf('Name', [{ name: 'upper' }], { Name: 'ada éda' }), 'ADA ÉDA text');
  assert.equal(await valueOf('Name', [{ name: 'trim' }, { name: 'lower' }], { Name: ' ÄDA ' }), 'äda text');
});

test('a part of a text, from either end, and one that is not there', async () => {
  const split = (part: number): MappingFunction => ({ name: 'split', by: '@', part });
  assert.equal(await valueOf('Email__c', [split(2)], { Email__c: 'ada@example.com' }), 'example.com text');
  assert.equal(await valueOf('Email__c', [split(-1), { name: 'upper' }], { Email__c: 'ada@x.org' }), 'X.ORG text');
  assert.equal(await valueOf('Email__c', [split(3)], { Email__c: 'ada@x.org' }), 'null text');
  assert.equal(await valueOf('Email__c', [split(1)], { Email__c: null }), 'null text');
  assert.equal(await valueOf('Name', [{ name: 'split', by: "'", part: 2 }], { Name: "O'Neil" }), 'Neil text');
});

test('the first value that is not empty', async () => {
  const coalesce: MappingFunction = { name: 'coalesce', values: [{ field: 'Name' }, { value: "it's unknown" }] };
  assert.equal(await valueOf('Nick__c', [coalesce], { Nick__c: 'Al', Name: 'Alan' }), 'Al text');
  assert.equal(await valueOf('Nick__c', [coalesce], { Nick__c: null, Name: 'Alan' }), 'Alan text');
  assert.equal(await valueOf('Nick__c', [coalesce], { Nick__c: null, Name: null }), "it's unknown text");
  const amounts: MappingFunction = { name: 'coalesce', values: [{ field: 'Other__c' }, { value: '0' }] };
  assert.equal(await valueOf('Amount__c', [amounts], { Amount__c: null, Other__c: '12.50' }), '12.5 numeric');
});

test('casts, of which a value that is none makes a reject', async () => {
  const integer: MappingFunction = { name: 'cast', type: 'integer' };
  assert.equal(await valueOf('Count__c', [{ name: 'trim' }, integer], { Count__c: ' 42 ' }), '42 integer');
  assert.equal(await valueOf('Count__c', [{ name: 'trim' }, integer], { Count__c: 'forty' }), 'VALUE_INVALID');
  assert.equal(await valueOf('Amount__c', [integer], { Amount__c: '1.0E3' }), '1000 integer');
  assert.equal(await valueOf('Amount__c', [integer], { Amount__c: '1.5' }), 'VALUE_INVALID');
  assert.equal(
    await valueOf('At__c', [{ name: 'cast', type: 'date' }], { At__c: '2026-03-01T23:30:00.000Z' }),
    '2026-03-01 date',
  );
  assert.equal(
    await valueOf(
      'Day__c',
      [
        { name: 'cast', type: 'text' },
        { name: 'split', by: '-', part: 1 },
      ],
      { Day__c: '2026-03-01' },
    ),
    '2026 text',
  );
  assert.equal(
    await valueOf('Flag__c', [{ name: 'cast', type: 'text' }, { name: 'upper' }], { Flag__c: 'true' }),
    'TRUE text',
  );
  const again: MappingFunction[] = [{ name: 'cast', type: 'timestamptz' }, { name: 'hour' }];
  assert.equal(await valueOf('Count__c', again, { Count__c: '2026-03-01T23:30:00Z' }), '23 integer');
  assert.equal(await valueOf('Count__c', again, { Count__c: '1.3.2026' }), 'VALUE_INVALID');
});

test('parts of days and instants are those of UTC and ISO 8601', async () => {
  const day = { Day__c: '2027-01-03' }; // a Sunday, in the last week of 2026
  const parts = { year: 2027, quarter: 1, month: 1, week: 53, day: 3, weekday: 7, hour: 0 } as const;
  for (const [name, value] of Object.entries(parts) as [keyof typeof parts, number][])
    assert.equal(await valueOf('Day__c', [{ name }], day), `${value} integer`, name);
  assert.equal(await valueOf('At__c', [{ name: 'hour' }], { At__c: '2026-03-01T22:30:00.000Z' }), '22 integer');
  assert.equal(await valueOf('At__c', [{ name: 'year' }], { At__c: null }), 'null integer');
});

test('an upsert key may be normalized: rows that differ in case are one row', async () => {
  const key = field('key', 'Email__c', { apply: [{ name: 'trim' }, { name: 'lower' }], required: true });
  const plan = await engine.compile(
    customJob('Call__c', [key, field('name', 'Name')], { target: { table: 'by_mail' } }),
    [CALL],
  );
  const connection = await engine.connection();
  const row = (number: number, Email__c: string | null, minutes: number): SourceRow => ({
    ...{ Id: sfid('a00', number), Email__c, Name: String(number), SystemModstamp: at(minutes) },
  });
  const ended = await engine.sync(connection, plan, [row(1, 'Ada@x.org', 0), row(2, ' ada@X.org', 1), row(3, ' ', 2)]);
  assert.deepEqual([ended.inserted, ended.rejected], [1, 1], 'a key that trim empties is none');
  assert.deepEqual(await engine.rows('SELECT key, name FROM model.by_mail'), [{ key: 'ada@x.org', name: '2' }]);
});

test('a derived mapping looks up what its functions make of the field, also when the row comes later', async () => {
  const owners = await engine.compile(
    customJob('Call__c', [field('mail', 'Email__c')], { name: 'owner-sync', target: { table: 'owner' } }),
    [CALL],
  );
  const calls = await engine.compile(
    customJob(
      'Call__c',
      [
        field('sfid', 'Id'),
        lookup(
          'owner_id',
          'owner',
          {},
          {
            by: [{ column: 'mail', field: 'Name', apply: [{ name: 'trim' }, { name: 'lower' }] }],
          },
        ),
      ],
      { target: { table: 'owned' } },
    ),
    [CALL],
  );
  const connection = await engine.connection();
  const call = (number: number, Name: string): SourceRow => ({ Id: sfid('a00', number), Name, SystemModstamp: at(0) });
  await engine.sync(connection, owners, [{ Id: sfid('a00', 9), Email__c: 'ada@x.org', SystemModstamp: at(0) }]);
  const first = await engine.sync(connection, calls, [call(1, ' ADA@x.org '), call(2, 'BOB@x.org')]);
  assert.equal(first.pending, 1);
  await engine.sync(connection, owners, [{ Id: sfid('a00', 8), Email__c: 'bob@x.org', SystemModstamp: at(1) }]);
  await engine.sync(connection, calls, []);
  const rows = await engine.rows(
    'SELECT owner_id_source, mail FROM model.owned JOIN model.owner ON owner.id = owner_id WHERE owned.connection_id = $1 ORDER BY 1',
    [connection],
  );
  assert.deepEqual(
    rows.map(({ owner_id_source, mail }) => [owner_id_source, mail]),
    [
      ['ada@x.org', 'ada@x.org'],
      ['bob@x.org', 'bob@x.org'],
    ],
  );
});
