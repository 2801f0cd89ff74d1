import type { JsonSchema } from './json-schema.ts';
import { durationWord } from './patterns.ts';

const TIME = '([01][0-9]|2[0-3]):[0-5][0-9]';

/** When something starts by itself: exactly one of `cron`, `every` and the four words. */
export const scheduleSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    cron: {
      type: 'string',
      description:
        'Cron expression of five fields: minute, hour, day of the month, month, day of the week. All five must match.',
      examples: ['0 2 * * *', '*/15 8-18 * * mon-fri'],
    },
    every: {
      ...durationWord,
      description: 'Interval between starts, at least a minute.',
      examples: ['15m', '1h', '1d'],
    },
    daily: {
      type: 'string',
      pattern: `^${TIME}$`,
      patternErrorMessage: 'a time of day in quotation marks, as in "02:00"',
      description: 'Every day at this time.',
      examples: ['02:00'],
    },
    weekdays: {
      type: 'string',
      pattern: `^${TIME}$`,
      patternErrorMessage: 'a time of day in quotation marks, as in "08:30"',
      description: 'Monday to Friday at this time.',
      examples: ['08:30'],
    },
    weekly: {
      type: 'string',
      pattern: `^(sun|mon|tues|wednes|thurs|fri|satur)day ${TIME}$`,
      patternErrorMessage: 'a day and a time, as in "monday 06:00"',
      description: 'Once a week, on this day at this time.',
      examples: ['monday 06:00'],
    },
    monthly: {
      type: 'string',
      pattern: `^([1-9]|[12][0-9]|3[01]) ${TIME}$`,
      patternErrorMessage: 'a day of the month and a time, as in "1 06:00"',
      description: 'Once a month, on this day at this time; months without that day are left out.',
      examples: ['1 06:00'],
    },
    timezone: {
      type: 'string',
      description: 'IANA time zone of all but `every`. A local time that daylight saving skips is skipped that day.',
      default: 'UTC',
      examples: ['Europe/Berlin'],
    },
    jitter: {
      ...durationWord,
      description:
        'Each start is delayed by a random time up to this, so that many jobs do not start at the same second.',
      examples: ['2m'],
    },
    catchUpWindow: {
      ...durationWord,
      description: 'How late a start that was missed (nothing was running) is still made up for; at least 10s.',
      examples: ['1h'],
    },
    paused: {
      type: 'boolean',
      description:
        'Whether the schedule is paused. Written, it is enforced, also against a pause made by hand; left out, pauses stay as they are.',
      examples: [true],
    },
  },
} as const satisfies JsonSchema;
