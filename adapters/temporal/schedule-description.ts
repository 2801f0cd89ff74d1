import {
  type CalendarSpecDescription,
  type ScheduleDescription,
  type ScheduleSpecDescription,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import { calendarText, intervalText, type NumberRange, type ScheduleShape } from '../../domain/schedule-shape.ts';

const MONTHS = [
  'JANUARY',
  'FEBRUARY',
  'MARCH',
  'APRIL',
  'MAY',
  'JUNE',
  'JULY',
  'AUGUST',
  'SEPTEMBER',
  'OCTOBER',
  'NOVEMBER',
  'DECEMBER',
];
const DAYS = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'];

interface NamedRange {
  readonly start: string;
  readonly end?: string;
  readonly step?: number;
}

const numbered = (ranges: readonly NamedRange[], names: readonly string[], first: number): NumberRange[] =>
  ranges.map(({ start, end = start, step = 1 }) => ({
    start: names.indexOf(start) + first,
    end: names.indexOf(end) + first,
    step,
  }));

const numbers = (ranges: CalendarSpecDescription['minute']): NumberRange[] =>
  ranges.map(({ start, end, step }) => ({ start, end, step }));

function calendarOf({ second, minute, hour, dayOfMonth, month, year, dayOfWeek }: CalendarSpecDescription): string {
  const text = calendarText([
    numbers(minute),
    numbers(hour),
    numbers(dayOfMonth),
    numbered(month, MONTHS, 1),
    numbered(dayOfWeek, DAYS, 0),
  ]);
  const isOnTheMinute = second.length === 1 && second[0]?.start === 0 && second[0].end === 0;
  const more = [...(isOnTheMinute ? [] : [{ second }]), ...(year.length === 0 ? [] : [{ year }])];
  return more.length === 0 ? text : `${text} ${JSON.stringify(more)}`;
}

/** Returns when a schedule of Temporal's starts. What our configuration cannot say makes a shape that no configuration has. */
export function shapeOfDescription(
  spec: ScheduleSpecDescription,
  policies?: ScheduleDescription['policies'],
): Omit<ScheduleShape, 'catchUpMs'> & Partial<ScheduleShape> {
  const { calendars = [], intervals = [], skip = [], startAt, endAt, jitter, timezone } = spec;
  const foreign = [
    ...skip.map((calendar) => `not ${calendarOf(calendar)}`),
    ...(startAt === undefined ? [] : [`from ${startAt.toISOString()}`]),
    ...(endAt === undefined ? [] : [`until ${endAt.toISOString()}`]),
    ...(policies === undefined || policies.overlap === ScheduleOverlapPolicy.SKIP
      ? []
      : [`overlap ${policies.overlap}`]),
  ];
  const times = [
    ...calendars.map(calendarOf),
    ...intervals.map(({ every, offset }) => intervalText(every, offset)),
    ...foreign,
  ];
  return {
    times: times.toSorted(),
    timezone: timezone === undefined || timezone === '' ? 'UTC' : timezone,
    jitterMs: jitter ?? 0,
    ...(policies === undefined ? {} : { catchUpMs: policies.catchupWindow }),
  };
}
