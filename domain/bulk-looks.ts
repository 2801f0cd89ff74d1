/** How fast a large query job is at best: looking before it can be done spends a call of the org's for nothing. */
const MOST_ROWS_A_SECOND = 200_000;

const SHORTEST_FIRST_MS = 150;
const SHORTEST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 30_000;

const between = (least: number, value: number, most: number): number => Math.min(most, Math.max(least, value));

/** How long to wait before the first look at a Bulk job that was just created, in milliseconds. @param rows - as announced, when they were */
export const firstLookMs = (rows = 0): number =>
  between(SHORTEST_FIRST_MS, (rows / MOST_ROWS_A_SECOND) * 1000, LONGEST_PAUSE_MS);

/** What a look at a Bulk job has told. */
export interface BulkProgress {
  /** Since the job was created. */
  readonly elapsedMs: number;
  /** Rows as they were announced. */
  readonly expected?: number | undefined;
  /** Rows that the org has got together so far, where it says so. */
  readonly processed?: number | undefined;
}

/** A job that tells how far it is may be as good as done. */
const SHORTEST_TOLD_MS = 50;
/** A share of what a job has taken is the least pause, so that one of any length costs few looks even where its progress says little. */
const SHORTEST_SHARE = 1 / 16;
/** What is left takes a little longer than what was done: rows have to be written down in the end. */
const REST_FACTOR = 1.05;

/**
 * How long to wait before the next look at a Bulk job, in milliseconds: until it should be done, by what it has done in its time so far. Of a job that
 * tells nothing, half of what it has taken, and a quarter when nothing but the end is missing: it is noticed late by a share of its own time.
 */
export function nextLookMs({ elapsedMs, expected = 0, processed = 0 }: BulkProgress): number {
  if (expected === 0 || processed === 0) return between(SHORTEST_PAUSE_MS, elapsedMs / 2, LONGEST_PAUSE_MS);
  if (processed >= expected) return between(SHORTEST_PAUSE_MS, elapsedMs / 4, LONGEST_PAUSE_MS);
  const leftMs = (elapsedMs * (expected - processed)) / processed;
  return between(Math.max(SHORTEST_TOLD_MS, elapsedMs * SHORTEST_SHARE), leftMs * REST_FACTOR, LONGEST_PAUSE_MS);
}
