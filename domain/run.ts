/** How a run ends; `running` until then. */
export type RunStatus = 'running' | 'success' | 'partial_success' | 'failed' | 'cancelled' | 'skipped';

/** What started a sync. */
export type Trigger = 'authorization' | 'schedule' | 'manual' | 'chain';

/**
 * `full` reads everything, `incremental` from the watermark. `reconcile` reads everything and ends what is not there any more. `backfill` reads what
 * changed between two instants. `retry` reads rejects only. The last two leave the watermark where it is.
 */
export const RUN_MODES = ['full', 'incremental', 'reconcile', 'backfill', 'retry'] as const;

export type RunMode = (typeof RUN_MODES)[number];

/** Source rows of a page or a run, by what became of them. */
export interface RowCounts {
  readonly read: number;
  readonly inserted: number;
  readonly updated: number;
  /** Read again and the same, or older than what is stored. */
  readonly unchanged: number;
  /** Deleted in the org, and deactivated or deleted here. */
  readonly deleted: number;
  readonly rejected: number;
}

export const NO_ROWS: RowCounts = { read: 0, inserted: 0, updated: 0, unchanged: 0, deleted: 0, rejected: 0 };

/** The end of one run, as workflows, the CLI and the Web UI show it. Holds no row value and no secret. */
export interface RunSummary extends RowCounts {
  readonly job: string;
  readonly status: Exclude<RunStatus, 'running'>;
  readonly runId?: string;
  readonly mode?: RunMode;
  readonly strategy?: Strategy;
  /** Rows of the job that wait to be loaded, whichever run rejected them. */
  readonly openRejects: number;
  /** References that found nothing yet. */
  readonly pending: number;
  /** References to rows that will not come: a filter keeps them out, they are deleted, or the user may not see them. */
  readonly outOfScope: number;
  readonly apiCalls: number;
  readonly seconds: number;
  /** Why it failed or was skipped, as a sentence. */
  readonly reason?: string;
  readonly errorCode?: string;
}

export type Strategy = 'rest' | 'bulk' | 'describe';

/** A run that loaded all it read is a success; one with rejects is a partial success. */
export const statusOf = (counts: Pick<RowCounts, 'rejected'>): 'success' | 'partial_success' =>
  counts.rejected > 0 ? 'partial_success' : 'success';

/** A summary for a job that did not run. */
export const unrun = (
  job: string,
  status: 'failed' | 'cancelled' | 'skipped',
  reason: string,
  errorCode?: string,
): RunSummary => ({
  ...NO_ROWS,
  job,
  status,
  openRejects: 0,
  pending: 0,
  outOfScope: 0,
  apiCalls: 0,
  seconds: 0,
  reason,
  ...(errorCode === undefined ? {} : { errorCode }),
});
