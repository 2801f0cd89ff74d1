import type { ScheduleSpec } from '../domain/job-spec.ts';
import type { FromSchema } from './schema/json-schema.ts';
import type { scheduleSchema } from './schema/schedule.ts';

export type WrittenSchedule = FromSchema<typeof scheduleSchema>;

/** Keys that say when, of which a schedule has exactly one. */
export const WHEN_KEYS = ['cron', 'every', 'daily', 'weekdays', 'weekly', 'monthly'] as const;

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** `02:30` → minute and hour as cron has them. */
const timeOf = (text: string): string => {
  const [hour = '0', minute = '0'] = text.split(':');
  return `${Number(minute)} ${Number(hour)}`;
};

/** `monday 06:00` → the day's number and the time; what was refused as such reads as Sunday, midnight. */
function weeklyCron(text: string): string {
  const [day = '', time = ''] = text.trim().split(/\s+/);
  return `${timeOf(time)} * * ${Math.max(0, DAYS.indexOf(day.slice(0, 3).toLowerCase()))}`;
}

function monthlyCron(text: string): string {
  const [day = '1', time = ''] = text.trim().split(/\s+/);
  return `${timeOf(time)} ${Number(day)} * *`;
}

/** Returns a schedule whose words have become a cron expression; of several that say when, the first counts (all were reported). */
export function toScheduleSpec({ daily, weekdays, weekly, monthly, ...written }: WrittenSchedule): ScheduleSpec {
  if (written.cron !== undefined || written.every !== undefined) return written;
  const cron =
    daily !== undefined
      ? `${timeOf(daily)} * * *`
      : weekdays !== undefined
        ? `${timeOf(weekdays)} * * 1-5`
        : weekly !== undefined
          ? weeklyCron(weekly)
          : monthly === undefined
            ? undefined
            : monthlyCron(monthly);
  return cron === undefined ? written : { cron, ...written };
}
