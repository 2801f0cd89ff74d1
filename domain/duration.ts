const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Returns the milliseconds of a duration as the schema accepts it: `30s`, `15m`, `1h`, `1d`; NaN for anything else. */
export function durationMs(duration: string): number {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(duration) ?? [];
  return unit === undefined ? NaN : Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
}
