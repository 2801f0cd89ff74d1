import { durationMs } from './duration.ts';
import type { ScheduleSpec } from './job-spec.ts';

/**
 * When a schedule starts, in one form for what the files say and for what Temporal answers: equal shapes are equal schedules.
 * Temporal compiles what it is sent, so neither text can be compared with the other.
 */
export interface ScheduleShape {
  /** Sorted. `every 3600000` or the five fields of cron as sorted numbers, `*` where every value is meant. */
  readonly times: readonly string[];
  readonly timezone: string;
  readonly jitterMs: number;
  readonly catchUpMs: number;
}

/** How late a start may be made up for when the configuration does not say: after an outage one run catches everything up. */
export const DEFAULT_CATCH_UP_MS = 10 * 60_000;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

interface CronField {
  readonly from: number;
  readonly to: number;
  readonly words?: readonly string[];
}

/** Minute, hour, day of the month, month, day of the week. */
const CRON_FIELDS: readonly CronField[] = [
  { from: 0, to: 59 },
  { from: 0, to: 23 },
  { from: 1, to: 31 },
  { from: 1, to: 12, words: MONTHS },
  { from: 0, to: 6, words: DAYS },
];

/** One range of a calendar as Temporal answers it; both ends are included. */
export interface NumberRange {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** Ranges in the order of {@link CRON_FIELDS}. */
export type CalendarRanges = readonly (readonly NumberRange[])[];

const valuesOf = (ranges: readonly NumberRange[]): number[] =>
  ranges.flatMap(({ start, end, step }) =>
    Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, index) => start + index * step),
  );

function fieldText(values: readonly number[], { from, to }: CronField): string {
  const sorted = [...new Set(values)].sort((first, second) => first - second);
  return sorted.length === to - from + 1 ? '*' : sorted.join(',');
}

/** Returns a calendar of Temporal's in the words of {@link ScheduleShape.times}. */
export const calendarText = (ranges: CalendarRanges): string =>
  CRON_FIELDS.map((field, index) => fieldText(valuesOf(ranges[index] ?? []), field)).join(' ');

function cronRange(part: string, { from, to, words = [] }: CronField): NumberRange {
  const [range = '*', step] = part.split('/');
  const [first = '', last] = range.split('-');
  const numberOf = (text: string): number => {
    const word = words.indexOf(text.toLowerCase());
    return word >= 0 ? word + from : Number(text);
  };
  const start = range === '*' ? from : numberOf(first);
  // `5/15` counts from 5 to the end; a lone 5 is 5.
  const end = range === '*' || (last === undefined && step !== undefined) ? to : numberOf(last ?? first);
  return { start, end, step: step === undefined ? 1 : Number(step) };
}

/** 7 is Sunday too. */
const weekday = (value: number, index: number): number => (index === 4 && value === 7 ? 0 : value);

function cronText(cron: string): string {
  const parts = cron.trim().split(/\s+/);
  return CRON_FIELDS.map((field, index) => {
    const ranges = (parts[index] ?? '*').split(',').map((part) => cronRange(part, field));
    return fieldText(
      valuesOf(ranges).map((value) => weekday(value, index)),
      field,
    );
  }).join(' ');
}

export const intervalText = (everyMs: number, offsetMs = 0): string =>
  `every ${everyMs}${offsetMs === 0 ? '' : ` from ${offsetMs}`}`;

/** Returns the shape of a schedule as the configuration has it; checked before, so that every part can be read. */
export function shapeOf({ cron, every, timezone, jitter, catchUpWindow }: ScheduleSpec): ScheduleShape {
  return {
    times: [
      ...(cron === undefined ? [] : [cronText(cron)]),
      ...(every === undefined ? [] : [intervalText(durationMs(every))]),
    ],
    timezone: timezone ?? 'UTC',
    jitterMs: jitter === undefined ? 0 : durationMs(jitter),
    catchUpMs: catchUpWindow === undefined ? DEFAULT_CATCH_UP_MS : durationMs(catchUpWindow),
  };
}

const DAY_NAMES = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** Returns a schedule as people say it: `every 1h`, `daily at 02:00 Europe/Berlin`, else the cron expression. */
export function scheduleWords({ cron, every, timezone, jitter, catchUpWindow, paused }: ScheduleSpec): string {
  const times = every === undefined ? `${cronWords(cron ?? '')} ${timezone ?? 'UTC'}` : `every ${every}`;
  const extras = [
    ...(jitter === undefined ? [] : [`up to ${jitter} later`]),
    ...(catchUpWindow === undefined ? [] : [`made up for within ${catchUpWindow}`]),
    ...(paused === true ? ['paused'] : []),
  ];
  return [times, ...extras].join(', ');
}

function cronWords(cron: string): string {
  const [minute = '', hour = '', day, month, dayOfWeek = ''] = cronText(cron).split(' ');
  const plain = `cron "${cron}"`;
  if (!/^\d+$/.test(minute) || !/^\d+$/.test(hour) || month !== '*') return plain;
  const time = `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`;
  if (day === '*' && dayOfWeek === '*') return `daily at ${time}`;
  if (day === '*' && dayOfWeek === '1,2,3,4,5') return `weekdays at ${time}`;
  if (day === '*' && /^\d$/.test(dayOfWeek)) return `${DAY_NAMES[Number(dayOfWeek)] ?? ''}s at ${time}`;
  if (dayOfWeek === '*' && /^\d+$/.test(day ?? '')) return `monthly on day ${day ?? ''} at ${time}`;
  return plain;
}
