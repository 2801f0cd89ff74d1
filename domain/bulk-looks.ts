/** How fast a large query job is at best: looking before it can be done spends a call of the org's for nothing. */
const MOST_ROWS_A_SECOND = 150_000;

const SHORTEST_FIRST_MS = 150;
const SHORTEST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 30_000;

const between = (least: number, value: number, most: number): number => Math.min(most, Math.max(least, value));

/** How long to wait before the first look at a Bulk job that was just created, in milliseconds. @param rows - as announced, when they were */
export const firstLookMs = (rows = 0): number =>
  between(SHORTEST_FIRST_MS, (rows / MOST_ROWS_A_SECOND) * 1000, LONGEST_PAUSE_MS);

/**
 * How long to wait before the next look at a Bulk job, in milliseconds: half of what it has taken so far. A job of any length costs a handful of looks,
 * and is noticed late by a share of its own time.
 */
export const nextLookMs = (elapsedMs: number): number => between(SHORTEST_PAUSE_MS, elapsedMs / 2, LONGEST_PAUSE_MS);
