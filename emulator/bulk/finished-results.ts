import type { Job } from './job.ts';
import { readIndex, type ResultIndex } from './result-file.ts';
import type { JobStore } from './job-store.ts';

/** A complete job and where its records lie. Neither changes while the job exists. */
export interface FinishedResult {
  readonly job: Job;
  readonly index: ResultIndex;
}

/** Complete jobs that pages were read of lately, so that a page costs no look-up. */
export interface FinishedResults {
  /** Returns the result, or the job alone while there is none, or nothing for an unknown id. */
  readonly find: (
    orgId: string,
    jobId: string,
  ) => Promise<FinishedResult | { readonly job: Job; readonly index?: undefined } | undefined>;
  readonly forget: (jobId: string) => void;
}

/** Indexes kept; one of a million rows takes some 50 KB. */
const KEPT = 16;

export function createFinishedResults(store: JobStore, folderOf: (jobId: string) => string): FinishedResults {
  const kept = new Map<string, FinishedResult>();
  return {
    find: async (orgId, jobId) => {
      const known = kept.get(jobId);
      if (known?.job.orgId === orgId) return known;
      const job = await store.find(orgId, jobId);
      if (job?.state !== 'JobComplete') return job && { job };
      const result = { job, index: await readIndex(folderOf(jobId)) };
      kept.set(jobId, result);
      const [oldest] = kept.keys();
      if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
      return result;
    },
    forget: (jobId) => {
      kept.delete(jobId);
    },
  };
}
