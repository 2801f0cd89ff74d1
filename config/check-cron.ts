import { listOf, quote } from '../domain/did-you-mean.ts';

export interface CronProblem {
  readonly message: string;
  readonly severity: 'error' | 'warning';
}

interface Field {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly words?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const FIELDS: readonly Field[] = [
  { name: 'minute', from: 0, to: 59 },
  { name: 'hour', from: 0, to: 23 },
  { name: 'day of the month', from: 1, to: 31 },
  { name: 'month', from: 1, to: 12, words: MONTHS },
  { name: 'day of the week', from: 0, to: 7, words: DAYS },
];
const NICKNAMES: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
};

const error = (message: string): CronProblem => ({ message, severity: 'error' });

/** Returns what is wrong with a cron expression, field by field; also what is right and still surprises. */
export function checkCron(cron: string): CronProblem[] {
  const nickname = NICKNAMES[cron.trim()];
  if (nickname !== undefined) return [error(`${quote(cron)} is not accepted for "cron". Write "${nickname}".`)];
  const parts = cron.trim().split(/\s+/);
  if (parts.length !== FIELDS.length) {
    const found = cron.trim() === '' ? 0 : parts.length;
    return [
      error(
        `${quote(cron)} has ${found} fields, but a cron expression has five: ${listOf(
          FIELDS.map(({ name }) => name),
          'and',
        )}, as in "0 2 * * *".`,
      ),
    ];
  }
  const problems = FIELDS.flatMap((field, index) => {
    const problem = fieldProblem(parts[index] ?? '', field);
    return problem === undefined ? [] : [error(`${quote(cron)} cannot be read: ${problem}`)];
  });
  if (problems.length > 0) return problems;
  const [, , day, month, weekday] = parts;
  const last = lastDay(month ?? '*');
  if (/^\d+$/.test(day ?? '') && Number(day) > last)
    return [error(`${quote(cron)} never starts: that month has at most ${last} days.`)];
  if (day !== '*' && weekday !== '*') {
    const message = `${quote(cron)} names a day of the month and a day of the week. Both must match here, while classic cron takes either.`;
    return [{ message, severity: 'warning' }];
  }
  return [];
}

/** Days of a single month, February with its leap day; 31 when several or all are named. */
function lastDay(month: string): number {
  const number = numberOf(month, { name: '', from: 1, to: 12, words: MONTHS });
  return number === undefined ? 31 : ([31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][number - 1] ?? 31);
}

function fieldProblem(text: string, field: Field): string | undefined {
  for (const part of text.split(',')) {
    const problem = partProblem(part, field);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function partProblem(part: string, field: Field): string | undefined {
  const { name, from, to, words } = field;
  const [range = '', step, ...more] = part.split('/');
  const accepted = `${from} to ${to}${words ? ` or ${words.slice(0, 2).join(', ')}, …` : ''}`;
  const wrong = `${quote(part)} is not accepted for the ${name}. Use *, numbers from ${accepted}, ranges (a-b), lists (a,b) and steps (*/n).`;
  if (more.length > 0 || (step !== undefined && !/^[1-9]\d{0,2}$/.test(step))) return wrong;
  if (range === '*') return undefined;
  const ends = range.split('-').map((end) => numberOf(end, field));
  const [first, last] = ends;
  if (ends.length > 2 || ends.includes(undefined) || first === undefined) return wrong;
  if (last !== undefined && last < first)
    return `the range ${quote(range)} of the ${name} runs backwards. Write two ranges with a comma.`;
  return undefined;
}

function numberOf(text: string, { from, to, words }: Field): number | undefined {
  const word = words?.indexOf(text.toLowerCase()) ?? -1;
  if (word >= 0) return word + from;
  const number = /^\d{1,2}$/.test(text) ? Number(text) : NaN;
  return number >= from && number <= to ? number : undefined;
}
