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

/**
 * How a run reads. The first one reads everything. An object without a stamp is read whole each time, and what is missing then is gone: nothing
 * else would tell.
 */
export function modeOf(
  asked: RunMode | undefined,
  watermark: Instant | undefined,
  stampField: string | undefined,
): RunMode {
  if (asked === 'retry' || asked === 'backfill') return asked;
  if (stampField === undefined) return 'reconcile';
  if (asked === 'full' || asked === 'reconcile') return asked;
  return watermark === undefined ? 'full' : 'incremental';
}

/** Whether a run of this mode reads everything up to now, so that the watermark may move. */
export const movesWatermark = (mode: RunMode): boolean => mode !== 'backfill' && mode !== 'retry';

/** From where to where a run reads: a backfill as asked, an incremental run from the watermark on, without an end. */
export function windowOf(
  mode: RunMode,
  { from, to }: { from?: Instant; to?: Instant },
  watermark: Instant | undefined,
) {
  if (mode === 'backfill') return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  return mode === 'incremental' && watermark !== undefined ? { from: watermark } : {};
}
