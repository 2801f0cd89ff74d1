/** A span of time, from its first instant to the first instant after it. */
export interface Span {
  readonly from: Date;
  readonly until: Date;
}

const utc = (year: number, month: number, day: number): Date => new Date(Date.UTC(year, month, day));

type Unit = 'DAY' | 'WEEK' | 'MONTH' | 'QUARTER' | 'YEAR';

/** Start of the unit that holds `now`, moved by `count` units. Weeks begin on Sunday, as in an org of en_US. */
function startOf(unit: Unit, now: Date, count: number): Date {
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
  switch (unit) {
    case 'DAY':
      return utc(year, month, day + count);
    case 'WEEK':
      return utc(year, month, day - now.getUTCDay() + 7 * count);
    case 'MONTH':
      return utc(year, month + count, 1);
    case 'QUARTER':
      return utc(year, month - (month % 3) + 3 * count, 1);
    case 'YEAR':
      return utc(year + count, 0, 1);
  }
}

const spanOf = (unit: Unit, now: Date, first: number, last: number): Span => ({
  from: startOf(unit, now, first),
  until: startOf(unit, now, last + 1),
});

const FIXED: Readonly<Record<string, readonly [Unit, number]>> = {
  YESTERDAY: ['DAY', -1],
  TODAY: ['DAY', 0],
  TOMORROW: ['DAY', 1],
};
const RELATIVE = { LAST: -1, THIS: 0, NEXT: 1 } as const;

/**
 * Returns the span of a date literal, as `LAST_N_DAYS:3` or `THIS_QUARTER`; `undefined` for a word that is none.
 *
 * Days are those of UTC (an org uses the user's time zone), and fiscal years are calendar years.
 */
export function dateLiteralSpan(text: string, now: Date): Span | undefined {
  const [word = '', numberText] = text.toUpperCase().replaceAll('FISCAL_', '').split(':');
  const fixed = FIXED[word];
  if (fixed !== undefined) return spanOf(fixed[0], now, fixed[1], fixed[1]);
  if (word === 'LAST_90_DAYS') return spanOf('DAY', now, -90, 0);
  if (word === 'NEXT_90_DAYS') return spanOf('DAY', now, 1, 90);

  const relative = /^(LAST|THIS|NEXT)_(WEEK|MONTH|QUARTER|YEAR)$/.exec(word);
  if (relative !== null) {
    const count = RELATIVE[relative[1] as keyof typeof RELATIVE];
    return spanOf(relative[2] as Unit, now, count, count);
  }

  const count = Number(numberText);
  const counted = /^(LAST|NEXT)_N_(DAY|WEEK|MONTH|QUARTER|YEAR)S$/.exec(word);
  if (counted !== null && Number.isInteger(count)) {
    const unit = counted[2] as Unit;
    if (counted[1] === 'NEXT') return spanOf(unit, now, 1, count);
    // LAST_N_DAYS includes today; longer units end before the current one.
    return spanOf(unit, now, -count, unit === 'DAY' ? 0 : -1);
  }
  const ago = /^N_(DAY|WEEK|MONTH|QUARTER|YEAR)S_AGO$/.exec(word);
  if (ago !== null && Number.isInteger(count)) return spanOf(ago[1] as Unit, now, -count, -count);
  return undefined;
}
