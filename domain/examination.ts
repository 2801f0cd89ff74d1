import type { DescribedObject } from './describe.ts';
import type { CompiledJob } from './compiled-job.ts';
import type { ConnectionState } from './lifecycle.ts';

/** What is wrong or noteworthy about a job in its org, placed where the configuration says it. */
export interface Finding {
  /** `error`: the job cannot run. `warning`: it runs, and not as somebody may think. `notice`: as it is meant to be, and good to know. */
  readonly severity: 'error' | 'warning' | 'notice';
  readonly job: string;
  /** Below the job: `map.arr`, `source.filter`. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** How much a job reads when it reads everything; estimates. */
export interface JobSize {
  readonly rows: number;
  readonly apiCalls: number;
}

export interface JobExamination {
  readonly job: string;
  /** The job against the live org and model; absent when it cannot be compiled, or reads no rows. */
  readonly compiled?: CompiledJob;
  readonly size?: JobSize;
}

/** What a worker found out about a connection's configuration by asking its org and the database. */
export interface Examination {
  /** Why the org was not asked, as a sentence; nothing else is known then. */
  readonly unexamined?: string;
  /** The revision and the state that the connection's workflow works with. */
  readonly revision: number;
  readonly state: ConnectionState;
  readonly findings: readonly Finding[];
  readonly jobs: readonly JobExamination[];
  /** Objects that were asked for. */
  readonly described?: readonly DescribedObject[];
}

/** Rows of a REST result page. */
const REST_PAGE_ROWS = 2_000;
/** Up to this many rows a job reads by REST when it may choose. */
const REST_MOST_ROWS = 10_000;
/** Rows of a Bulk result page, roughly: what a page holds depends on its width. */
const BULK_PAGE_ROWS = 100_000;
/** Describe, count and `/updated`. */
const CALLS_BEFORE = 3;
/** Creating a Bulk job, looking after it, listing its pages. */
const BULK_CALLS = 5;

/** Returns the API calls that reading this many rows takes, roughly. */
export function estimateCalls(rows: number, extract: CompiledJob['extract']): number {
  const isRest = extract === 'rest' || (extract === 'auto' && rows <= REST_MOST_ROWS);
  if (isRest) return CALLS_BEFORE + Math.max(1, Math.ceil(rows / REST_PAGE_ROWS));
  return CALLS_BEFORE + BULK_CALLS + Math.ceil(rows / BULK_PAGE_ROWS);
}
