/** API calls of the last 24 hours of an org's clock. */
export interface CallCount {
  readonly add: (now: Date) => void;
  readonly total: (now: Date) => number;
  /** Says how many there have been so far. */
  readonly set: (calls: number, now: Date) => void;
}

const HOUR_MS = 3_600_000;
const HOURS = 24;

/** Counts by the hour: an org's limit rolls, and so does this count, an hour at a time. */
export function createCallCount(): CallCount {
  const hours = new Map<number, number>();
  const hourOf = (now: Date): number => Math.floor(now.getTime() / HOUR_MS);
  return {
    add: (now) => {
      const hour = hourOf(now);
      hours.set(hour, (hours.get(hour) ?? 0) + 1);
      for (const old of hours.keys()) if (old <= hour - HOURS) hours.delete(old);
    },
    total: (now) => {
      const current = hourOf(now);
      let sum = 0;
      // A clock set back has calls ahead of it; they count until it is past them.
      for (const [hour, calls] of hours) if (hour > current - HOURS) sum += calls;
      return sum;
    },
    set: (calls, now) => {
      hours.clear();
      hours.set(hourOf(now), calls);
    },
  };
}
