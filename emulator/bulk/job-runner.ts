import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { orgSeenBy } from '../access.ts';
import type { BulkOptions } from '../contract.ts';
import type { FaultAction } from '../control/fault-kinds.ts';
import { identifier } from '../data/sql.ts';
import type { Org, Orgs } from '../org.ts';
import { SESSION_SETTINGS } from '../session-settings.ts';
import { compileBulkQuery, copySql, headerLine } from './bulk-query.ts';
import type { Job } from './job.ts';
import type { JobStore } from './job-store.ts';
import { writeResult } from './result-file.ts';

export interface JobRunnerDeps {
  readonly databaseUrl: string;
  readonly orgs: Orgs;
  readonly store: JobStore;
  readonly dataDir: string;
  readonly options: BulkOptions;
}

export interface JobRunner {
  /** Starts work on a job. Resolves once the snapshot is taken, or at once when too many jobs are at work. */
  readonly start: (job: Job, fault?: JobFault) => Promise<void>;
  /** Lets go of a job that was aborted, and of its result. */
  readonly abort: (jobId: string) => Promise<void>;
  readonly folderOf: (jobId: string) => string;
  /** Records that a job at work has got together so far. */
  readonly progressOf: (jobId: string) => number;
  /** Waits until no job holds a database session; unfinished ones are begun anew at the next start. */
  readonly stop: () => Promise<void>;
}

/** What goes wrong with a job once it is at work. */
export type JobFault = Extract<FaultAction, { kind: 'jobStuck' | 'jobFailed' }>;

/** Jobs at work at once; each holds a database session, and further ones wait. */
const MOST_AT_WORK = 8;
/** Longest delay a timer takes, some 24 days. */
const FOREVER_MS = 2 ** 31 - 1;

interface Work {
  readonly abort: AbortController;
  readonly done: Promise<void>;
  rows: number;
}

/** Runs query jobs in the background, each on the rows as they were when it was created. */
export function createJobRunner({ databaseUrl, orgs, store, dataDir, options }: JobRunnerDeps): JobRunner {
  const works = new Map<string, Work>();
  const waiting: { readonly job: Job; readonly fault: JobFault | undefined }[] = [];
  let stopping = false;
  const folderOf = (jobId: string): string => join(dataDir, jobId);

  /** Opens a session whose snapshot is now. */
  const openSnapshot = async (org: Org): Promise<{ client: pg.Client; now: Date }> => {
    const client = new pg.Client({ connectionString: databaseUrl, options: SESSION_SETTINGS });
    client.on('error', () => undefined); // reported by whatever is running on it
    await client.connect();
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const { rows } = await client.query<{ now: Date }>(`SELECT ${identifier(org.schema)}.emulator_now() AS now`);
    return { client, now: rows[0]?.now ?? new Date() };
  };

  const process = async (
    { job, fault }: { readonly job: Job; readonly fault: JobFault | undefined },
    org: Org,
    snapshot: { client: pg.Client; now: Date },
    signal: AbortSignal,
  ): Promise<void> => {
    const { client, now } = snapshot;
    const started = performance.now();
    // Ends COPY at once when the job is aborted, however long it would have run.
    const cancel = (): void => void client.end();
    try {
      if (options.processingDelayMs > 0) await delay(options.processingDelayMs, undefined, { signal });
      if (
        signal.aborted ||
        !(await store.move(job.id, ['UploadComplete', 'InProgress'], { state: 'InProgress', at: now }))
      )
        return;
      if (fault?.kind === 'jobStuck') await delay(fault.ms ?? FOREVER_MS, undefined, { signal });
      if (fault?.kind === 'jobFailed') {
        await store.move(job.id, ['InProgress'], { state: 'Failed', at: now, errorMessage: fault.message });
        return;
      }
      signal.addEventListener('abort', cancel);
      const compiled = compileBulkQuery(orgSeenBy(org, job.userId), job, now);
      const { rows } = await writeResult({
        folder: folderOf(job.id),
        header: headerLine(compiled, job),
        records: client.query(copyTo(copySql(compiled, job.columnDelimiter))) as AsyncIterable<Buffer>,
        lineEnding: job.lineEnding,
        memberRows: options.memberRows,
        onStored: (stored) => {
          const work = works.get(job.id);
          if (work) work.rows = stored;
        },
      });
      const processingMs = Math.round(performance.now() - started);
      await store.move(job.id, ['InProgress'], { state: 'JobComplete', at: now, rows, processingMs });
    } catch (error) {
      if (signal.aborted) return;
      const message = error instanceof Error ? error.message : String(error);
      await store.move(job.id, ['UploadComplete', 'InProgress'], {
        state: 'Failed',
        at: now,
        errorMessage: `InvalidBatch : Failed to process query: ${message}`,
      });
    } finally {
      signal.removeEventListener('abort', cancel);
      await client.end();
    }
  };

  const begin = async (job: Job, fault: JobFault | undefined): Promise<void> => {
    const org = orgs.get(job.orgId);
    if (org === undefined) return;
    const abort = new AbortController();
    const snapshot = openSnapshot(org);
    const done = snapshot
      .then((opened) => process({ job, fault }, org, opened, abort.signal))
      .catch(() => undefined) // the database is gone; the next start begins the job anew
      .finally(() => {
        works.delete(job.id);
        const next = stopping ? undefined : waiting.shift();
        if (next !== undefined) void begin(next.job, next.fault);
      });
    works.set(job.id, { abort, done, rows: 0 });
    await snapshot.catch(() => undefined);
  };

  return {
    folderOf,
    progressOf: (jobId) => works.get(jobId)?.rows ?? 0,
    start: async (job, fault) => {
      if (works.size >= MOST_AT_WORK) {
        waiting.push({ job, fault });
        return;
      }
      await begin(job, fault);
    },
    abort: async (jobId) => {
      const place = waiting.findIndex(({ job }) => job.id === jobId);
      if (place >= 0) waiting.splice(place, 1);
      const work = works.get(jobId);
      work?.abort.abort();
      await work?.done;
      await rm(folderOf(jobId), { recursive: true, force: true });
    },
    stop: async () => {
      stopping = true;
      for (const work of works.values()) work.abort.abort();
      await Promise.all([...works.values()].map((work) => work.done));
    },
  };
}
