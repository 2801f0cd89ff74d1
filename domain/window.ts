import type { RunMode } from './run.ts';

/** ISO 8601 in UTC, to the millisecond. */
export type Instant = string;

/**
 * How far the watermark stays behind the server's clock. Salesforce stamps a row when it is written and shows it when its transaction
 * commits, so rows appear late; a row read twice costs nothing here. Airbyte's default is the same ten minutes.
 */
export const OVERLAP_MS = 10 * 60_000;

/**
 * Returns the watermark that a run may leave behind once every page is loaded.
 *
 * @param latestDateCovered - of `/updated`: held back by Salesforce while a long transaction is open; absent where the object has no such call
 * @see docs/decisions/0002-watermark.md
 */
export function nextWatermark(serverNow: Instant, latestDateCovered: Instant | undefined): Instant {
  const behindTheClock = Date.parse(serverNow) - OVERLAP_MS;
  const covered = latestDateCovered === undefined ? behindTheClock : Date.parse(latestDateCovered);
  return new Date(Math.min(behindTheClock, covered)).toISOString();
}

/** The first run, and any run of an object without a stamp, reads everything. */
export const modeOf = (watermark: Instant | undefined, stampField: string | undefined): RunMode =>
  watermark === undefined || stampField === undefined ? 'full' : 'incremental';
