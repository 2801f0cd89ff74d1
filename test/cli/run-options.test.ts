import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rejectsCsv, rejectsTable } from '../../cli/rejects.ts';
import { choiceOf } from '../../cli/run.ts';
import { hasCode } from '../errors.ts';

test('how to run is read from the options, days and times as people write them', () => {
  assert.deepEqual(choiceOf({}), {});
  assert.deepEqual(choiceOf({ full: true }), { mode: 'full' });
  assert.deepEqual(choiceOf({ mode: 'reconcile' }), { mode: 'reconcile' });
  assert.deepEqual(choiceOf({ mode: 'backfill', from: '2026-01-01', to: '2026-02-01T00:00:00+01:00' }), {
    ...{ mode: 'backfill', from: '2026-01-01T00:00:00.000Z', to: '2026-01-31T23:00:00.000Z' },
  });
});

test('options that nobody can run by are refused before anything is asked', () => {
  for (const options of [
    { mode: 'everything' },
    { full: true, mode: 'reconcile' },
    { mode: 'backfill' },
    { from: '2026-01-01' },
    { mode: 'backfill', from: 'yesterday-ish' },
  ] as const)
    assert.throws(() => choiceOf(options), hasCode('USAGE'));
});

const reject = (value: string | null) => ({
  ...{ job: 'company-sync', sourceId: '001xx0000000001AAA', field: 'Name', value, code: 'VALUE_INVALID' },
  ...{
    message: 'Account.Name is odd.',
    firstSeenAt: '2026-01-05T10:00:00.000Z',
    lastSeenAt: '2026-01-05T10:00:00.000Z',
  },
});

test('rejects are CSV that a spreadsheet takes for text, whatever the value', () => {
  const lines = rejectsCsv([reject('a,"b"\nc'), reject(null), reject('=HYPERLINK("x")')]);
  assert.equal(
    lines,
    [
      'job,sourceId,code,field,value,message,firstSeenAt,lastSeenAt',
      ...['"a,""b""\nc"', '', `"'=HYPERLINK(""x"")"`].map(
        (value) =>
          `company-sync,001xx0000000001AAA,VALUE_INVALID,Name,${value},Account.Name is odd.,2026-01-05T10:00:00.000Z,2026-01-05T10:00:00.000Z`,
      ),
    ].join('\n'),
  );
});

test('a table of rejects says how many it does not show', () => {
  const table = rejectsTable(Array.from({ length: 60 }, () => reject('x')));
  assert.match(table, /… and 10 more\. See them all with --csv or --json\.$/);
});
