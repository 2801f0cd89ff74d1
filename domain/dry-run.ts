import type { RowCounts } from './run.ts';

/** Rows of a dry run when nobody says how many, and the most: they are held in memory and loaded in one transaction. */
export const DRY_RUN_ROWS = { usual: 10_000, most: 50_000 } as const;

/** Rows that would be rejected for the same reason. No values: this crosses event history. */
export interface DryReject {
  readonly field: string;
  readonly code: string;
  readonly rows: number;
  /** Up to three of them. */
  readonly sourceIds: readonly string[];
}

/** What a job would do with the first rows of its object. */
export interface DryRun extends RowCounts {
  readonly job: string;
  /** As many rows came as were asked for: there may be more. */
  readonly mayHaveMore: boolean;
  readonly rejects: readonly DryReject[];
  /** What the table lacked, in words; taken back with everything else. */
  readonly tableChanges: readonly string[];
  readonly apiCalls: number;
}

/** Returns why a dry run cannot be like this, or undefined when it can. */
export function problemOfDryRun({
  job,
  rows,
}: {
  readonly job?: unknown;
  readonly rows?: unknown;
}): string | undefined {
  if (typeof job !== 'string' || job === '') return 'A dry run needs the name of a job.';
  if (typeof rows === 'number' && Number.isInteger(rows) && rows >= 1 && rows <= DRY_RUN_ROWS.most) return undefined;
  return `"${String(rows)}" is no number of rows for a dry run. Use 1 to ${DRY_RUN_ROWS.most}.`;
}
