import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scheduleWords, shapeOf } from '../../domain/schedule-shape.ts';

const times = (cron: string): string => shapeOf({ cron }).times.join('; ');

test('cron expressions that mean the same have the same shape', () => {
  for (const [one, other] of [
    ['0 2 * * *', '0 2 1-31 jan-dec sun-sat'],
    ['*/30 * * * *', '0,30 0-23 * * *'],
    ['0 0 * * 7', '0 0 * * sun'],
    ['0 0 * * 1-5', '0 0 * * MON,TUE,wed,thu,fri'],
    ['5/20 * * * *', '5,25,45 * * * *'],
  ] as const)
    assert.equal(times(one), times(other));
  assert.notEqual(times('0 2 * * *'), times('0 3 * * *'));
});

test('what is not said has its default', () => {
  assert.deepEqual(shapeOf({ every: '1h' }), {
    times: ['every 3600000'],
    timezone: 'UTC',
    jitterMs: 0,
    catchUpMs: 600_000,
  });
});

test('a schedule is said in the words of people', () => {
  const said = [
    { every: '15m', jitter: '2m' },
    { cron: '0 2 * * *', timezone: 'Europe/Berlin' },
    { cron: '30 8 * * mon-fri' },
    { cron: '0 6 * * 1', paused: true },
    { cron: '5 4 1 * *' },
    { cron: '*/5 * * * *' },
  ].map(scheduleWords);
  assert.deepEqual(said, [
    'every 15m, up to 2m later',
    'daily at 02:00 Europe/Berlin',
    'weekdays at 08:30 UTC',
    'Mondays at 06:00 UTC, paused',
    'monthly on day 1 at 04:05 UTC',
    'cron "*/5 * * * *" UTC',
  ]);
});
