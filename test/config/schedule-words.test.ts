import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toScheduleSpec } from '../../config/schedule-words.ts';
import { scheduleWords } from '../../domain/schedule-shape.ts';

test('times of day become cron expressions, and are said as they were written', () => {
  const said = (written: Parameters<typeof toScheduleSpec>[0]): string[] => {
    const spec = toScheduleSpec(written);
    return [spec.cron ?? spec.every ?? '', scheduleWords(spec)];
  };
  assert.deepEqual(said({ daily: '02:05', timezone: 'Europe/Berlin' }), ['5 2 * * *', 'daily at 02:05 Europe/Berlin']);
  assert.deepEqual(said({ weekdays: '08:30' }), ['30 8 * * 1-5', 'weekdays at 08:30 UTC']);
  assert.deepEqual(said({ weekly: 'wednesday 23:00' }), ['0 23 * * 3', 'Wednesdays at 23:00 UTC']);
  assert.deepEqual(said({ monthly: '15 00:00' }), ['0 0 15 * *', 'monthly on day 15 at 00:00 UTC']);
  assert.deepEqual(said({ every: '1h' }), ['1h', 'every 1h']);
});
