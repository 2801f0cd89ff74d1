import type { JsonSchema } from './json-schema.ts';
import { durationWord } from './patterns.ts';

/** When something starts by itself: `cron` or `every`. */
export const scheduleSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    cron: {
      type: 'string',
      description:
        'Cron expression of five fields: minute, hour, day of the month, month, day of the week. All five must match. Either this or `every`.',
      examples: ['0 2 * * *', '*/15 8-18 * * mon-fri'],
    },
    every: {
      ...durationWord,
      description: 'Interval between starts, at least a minute. Either this or `cron`.',
      examples: ['15m', '1h', '1d'],
    },
    timezone: {
      type: 'string',
      description: 'IANA time zone of `cron`. A local time that daylight saving skips is skipped that day.',
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
