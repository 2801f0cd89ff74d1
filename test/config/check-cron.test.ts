import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkCron } from '../../config/check-cron.ts';

test('expressions that every cron takes have no problem', () => {
  for (const cron of [
    '0 2 * * *',
    '*/15 8-18 * * mon-fri',
    '0,30 0-23/2 * * 0',
    '5 4 1,15 jan-mar *',
    '0 0 * DEC 7',
    '0 2 29 2 *',
    ' 0  2 * * * ',
  ]) {
    assert.deepEqual(checkCron(cron), [], cron);
  }
});

test('expressions that Temporal would refuse or misread have one', () => {
  for (const cron of [
    '',
    '* * * *',
    '0 0 2 * * *',
    '60 * * * *',
    '* 24 * * *',
    '* * 0 * *',
    '* * * 13 *',
    '* * * * 8',
    '*/0 * * * *',
    '1/2/3 * * * *',
    '5-1 * * * *',
    '1-2-3 * * * *',
    ', * * * *',
    '? * * * *',
    '0 2 L * *',
    '0 2 * * mon#1',
    '0 2 31 apr *',
    '@every 1h',
    '@daily',
    'TZ=UTC 0 2 * * *',
  ]) {
    assert.deepEqual(
      checkCron(cron).map(({ severity }) => severity),
      ['error'],
      cron,
    );
  }
});

test('every wrong field is named', () => {
  assert.equal(checkCron('60 24 * * *').length, 2);
});
