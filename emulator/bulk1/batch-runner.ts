import { setTimeout as delay } from 'node:timers/promises';
import { ApiError } from '../api-error.ts';
import type { Background } from '../bulk/background.ts';
import type { JobFault } from '../bulk/job-runner.ts';
import { orgNow } from '../oauth/people.ts';
import type { Orgs } from '../org.ts';
import type { AsyncBatch, AsyncJob } from './async-job.ts';
import { forgetResult, runBatch, splitBatch, type BatchWork, type RunBatchDeps } from './run-batch.ts';
import { createSlots } from './slots.ts';

export interface BatchRunnerDeps extends RunBatchDeps {
  readonly orgs: Orgs;
  readonly background: Background;
}

export interface BatchRunner {
  /** Begins work on a batch once those of its job that came before have ended. */
  readonly start: (job: AsyncJob, batch: AsyncBatch, fault?: JobFault) => void;
  /** Cuts the query of a job with PK chunking into batches and starts them. @throws ApiError where the query cannot be read */
  readonly split: (job: AsyncJob, batch: AsyncBatch) => Promise<void>;
  /** Lets go of the batches of a job. */
  readonly abort: (job: AsyncJob) => Promise<void>;
}

/** Batches at work at once; each holds a database session, and the rest of the emulator needs some. */
const MOST_AT_WORK = 4;
/** Longest delay a timer takes, some 24 days. */
const FOREVER_MS = 2 ** 31 - 1;

/**
 * Works on batches in the background, those of one job one after the other: an org that works on several at once lets them wait for
 * each other's locks, which nobody can tell from this.
 */
export function createBatchRunner({ orgs, background, ...deps }: BatchRunnerDeps): BatchRunner {
  const { pool, store, options, dataDir } = deps;
  const slots = createSlots(MOST_AT_WORK);
  /** The last batch of each job that has not ended. */
  const lanes = new Map<string, Promise<void>>();
  const aborts = new Map<string, AbortController>();

  const workOf = (job: AsyncJob, batch: AsyncBatch, signal: AbortSignal): BatchWork | undefined => {
    const org = orgs.get(job.orgId);
    return org === undefined ? undefined : { org, job, batch, signal };
  };

  const fail = async ({ org, batch }: BatchWork, message: string): Promise<void> => {
    const at = await orgNow(pool, org);
    await store.changeBatch(batch.id, ['Queued', 'InProgress'], { state: 'Failed', stateMessage: message, at });
  };

  const failAsRefused = async (work: BatchWork, error: unknown): Promise<void> => {
    if (!(error instanceof ApiError)) throw error;
    await fail(work, `${error.entry.errorCode} : ${error.message}`);
  };

  const run = async (work: BatchWork, fault: JobFault | undefined): Promise<void> => {
    const { signal, batch } = work;
    if (options.processingDelayMs > 0) await delay(options.processingDelayMs, undefined, { signal });
    const at = await orgNow(pool, work.org);
    if (!(await store.changeBatch(batch.id, ['Queued', 'InProgress'], { state: 'InProgress', at }))) return;
    if (fault?.kind === 'jobStuck') await delay(fault.ms ?? FOREVER_MS, undefined, { signal });
    if (fault?.kind === 'jobFailed') {
      await fail(work, fault.message);
      return;
    }
    await slots.use(() => runBatch(deps, work)).catch((error: unknown) => failAsRefused(work, error));
  };

  const start: BatchRunner['start'] = (job, batch, fault) => {
    const abort = aborts.get(job.id) ?? new AbortController();
    aborts.set(job.id, abort);
    background.start(async (stopping) => {
      const work = workOf(job, batch, AbortSignal.any([stopping, abort.signal]));
      if (work === undefined) return;
      const turn = (lanes.get(job.id) ?? Promise.resolve()).then(() => run(work, fault));
      const ended = turn.catch(() => undefined);
      lanes.set(job.id, ended);
      try {
        await turn;
      } catch (error) {
        if (!abort.signal.aborted) throw error;
      } finally {
        if (lanes.get(job.id) === ended) {
          lanes.delete(job.id);
          aborts.delete(job.id);
        }
      }
    });
  };

  return {
    start,
    split: async (job, batch) => {
      const work = workOf(job, batch, new AbortController().signal);
      if (work === undefined) return;
      try {
        for (const chunk of await splitBatch(deps, work)) start(job, chunk);
      } catch (error) {
        await failAsRefused(work, error);
      }
    },
    abort: async (job) => {
      const org = orgs.get(job.orgId);
      if (org === undefined) return;
      await store.abortBatches(job.id, await orgNow(pool, org));
      aborts.get(job.id)?.abort();
      await lanes.get(job.id);
      for (const batch of await store.batches(job.id))
        if (batch.state === 'NotProcessed') await forgetResult(dataDir, batch.id);
    },
  };
}
