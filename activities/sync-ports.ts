import type { Readable } from 'node:stream';
import type { ApiUsage } from '../domain/api-budget.ts';
import type { CompiledJob } from '../domain/compiled-job.ts';
import type { ResolutionPair } from '../domain/connection-spec.ts';
import type { DescribedObject } from '../domain/describe.ts';
import type { ColumnType, JobSpec } from '../domain/job-spec.ts';
import type { ConnectionState } from '../domain/lifecycle.ts';
import type { DropdownList, PicklistPath } from '../domain/picklists.ts';
import type { RowCounts, RunMode, RunStatus, RunSummary, Strategy } from '../domain/run.ts';
import type { Instant } from '../domain/window.ts';

/** A job with all that a run of it needs to know of its connection. */
export interface JobContext {
  readonly connectionId: string;
  readonly connectionState: ConnectionState;
  readonly schema: string;
  readonly companyResolution: readonly ResolutionPair[];
  readonly job: JobSpec;
  readonly revision: number;
  readonly watermark?: Instant;
  /** The revision of the run that left the watermark. */
  readonly watermarkRevision?: number;
  /** Upsert key columns of every table that a job of the connection fills. */
  readonly upsertKeys: Readonly<Record<string, readonly string[]>>;
}

/** A run as PostgreSQL knows it; `fence` as text, a bigint. */
export interface StoredRun {
  readonly runId: string;
  readonly connectionId: string;
  readonly job: string;
  readonly revision: number;
  readonly fence: string;
  readonly status: RunStatus;
  readonly mode: RunMode;
  readonly plan?: CompiledJob;
  readonly strategy?: Strategy;
  readonly bulkJobId?: string;
  /** As Salesforce announced them for the current reading; absent until it has been asked, or where it was not. */
  readonly rowsExpected?: number;
  /** Index of the current reading in the plan, and the number of its first page. */
  readonly reading: number;
  readonly firstPage: number;
  readonly nextWatermark?: Instant;
  readonly apiCalls: number;
  readonly startedAt: string;
}

/** `workflowRunId` is the Temporal run id of the job workflow: the same caller gets the same run back. */
export interface NewRun {
  readonly connectionId: string;
  readonly job: string;
  readonly revision: number;
  readonly workflowRunId: string;
  readonly syncId?: string;
  readonly mode: RunMode;
  readonly plan?: CompiledJob;
  readonly strategy?: Strategy;
  readonly windowFrom?: Instant;
  readonly windowTo?: Instant;
  readonly nextWatermark?: Instant;
  readonly apiCalls: number;
}

/** A REST answer as text: rows go to PostgreSQL as they came. `nextLocator` is the path of the next page, absent on the last. */
export interface QueryPage {
  readonly text: string;
  readonly totalSize: number;
  readonly nextLocator?: string;
}

/** The org, for one connection and one activity. */
export interface SalesforcePort {
  readonly calls: () => number;
  /** What the org said last of its daily calls; undefined before its first reply. */
  readonly usage: () => ApiUsage | undefined;
  readonly describe: (
    object: string,
    lastModified?: string,
  ) => Promise<{ describe?: DescribedObject; lastModified?: string; serverNow: Instant }>;
  /** About how many rows an object has; 0 where the org does not say. */
  readonly recordCount: (object: string) => Promise<number>;
  readonly latestDateCovered: (object: string, serverNow: Instant) => Promise<Instant>;
  readonly query: (soql: string, options: { all: boolean; object: string }) => Promise<QueryPage>;
  readonly queryMore: (locator: string, object: string) => Promise<QueryPage>;
  readonly createJob: (soql: string, options: { all: boolean; object: string }) => Promise<string>;
  readonly jobInfo: (jobId: string, options: { halfPages: boolean }) => Promise<BulkJobInfo>;
  readonly abortJob: (jobId: string) => Promise<void>;
  readonly openResultPage: (locator: string, paths: readonly string[], object: string) => Promise<ResultPage>;
}

/** A Bulk result page as it streams in. `expectedRows` is what the org announced; the body must bring as many. */
export interface ResultPage {
  readonly bytes: Readable;
  readonly expectedRows?: number;
  /** Where the page behind it is; known as soon as this one begins to arrive. Absent on the last. */
  readonly nextLocator?: string;
}

/** `UploadComplete` and `InProgress` go on; the other states are ends. */
export interface BulkJobInfo {
  readonly state: 'UploadComplete' | 'InProgress' | 'JobComplete' | 'Failed' | 'Aborted';
  readonly numberRecordsProcessed?: number;
  readonly errorMessage?: string;
  /** Of a complete job: where the first page of its result is, and how many pages there will be, more or less. */
  readonly result?: { readonly locator: string; readonly pages: number };
}

/** How a workflow ends its run; the message is a sentence without row values and secrets. */
export interface RunEnd {
  readonly status: 'success' | 'failed' | 'cancelled';
  readonly errorCode?: string;
  readonly errorMessage?: string;
}

/** All that syncing asks of the world; `adapters/` satisfies it. */
export interface SyncPorts {
  readonly jobContext: (connection: string, job: string) => Promise<JobContext>;
  readonly setJobStatus: (
    connectionId: string,
    job: string,
    status: 'available' | 'unavailable',
    reason?: string,
  ) => Promise<void>;
  readonly describeCache: {
    readonly get: (
      connectionId: string,
      object: string,
    ) => Promise<{ describe: DescribedObject; lastModified?: string } | undefined>;
    readonly put: (connectionId: string, cached: { describe: DescribedObject; lastModified?: string }) => Promise<void>;
  };
  readonly readColumns: (schema: string) => Promise<ReadonlyMap<string, ColumnType>>;
  readonly ensureTarget: (plan: CompiledJob) => Promise<readonly string[]>;
  readonly runs: {
    readonly begin: (run: NewRun) => Promise<StoredRun>;
    readonly findByWorkflowRun: (
      connectionId: string,
      job: string,
      workflowRunId: string,
    ) => Promise<StoredRun | undefined>;
    readonly get: (runId: string) => Promise<StoredRun>;
    readonly page: (runId: string, page: number) => Promise<{ locator: string; counts?: RowCounts } | undefined>;
    readonly setStrategy: (runId: string, strategy: Strategy, rowsExpected: number) => Promise<void>;
    readonly setBulkJob: (runId: string, bulkJobId: string) => Promise<void>;
    /** Moves on to a reading, with pages of its own behind those of the one before; returns the run as it is then. */
    readonly startReading: (runId: string, reading: number) => Promise<StoredRun>;
    /** Forgets where the current reading is; pages that were loaded stay. */
    readonly restartReading: (runId: string) => Promise<void>;
    readonly addPages: (runId: string, locators: readonly string[], first: number) => Promise<void>;
    /** Notes where a page of the run's Bulk job is; of no effect once the run reads by another job. */
    readonly addBulkPage: (run: Pick<StoredRun, 'runId' | 'bulkJobId'>, page: number, locator: string) => Promise<void>;
    /** What the job's last run that ended well has read of each row; undefined before the first. */
    readonly lastPaths: (connectionId: string, job: string) => Promise<readonly string[] | undefined>;
    /** Source ids of the job's rejects. */
    readonly openRejects: (connectionId: string, job: string) => Promise<readonly string[]>;
    readonly countCalls: (runId: string, calls: number) => Promise<void>;
  };
  readonly salesforce: (connectionId: string, signal?: AbortSignal) => SalesforcePort;
  readonly budget: {
    readonly assertLeft: (connectionId: string) => Promise<void>;
    readonly note: (connectionId: string, usage: ApiUsage) => Promise<void>;
  };
  /** Does work with a place among the pages of the connection's org that load at once. */
  readonly withLease: <T>(connectionId: string, work: () => Promise<T>) => Promise<T>;
  /** Loads a page whose text is at hand. */
  readonly loadText: (run: StoredRun, page: number, content: QueryPage) => Promise<RowCounts>;
  /** Streams a Bulk result page in; opens it again when it has to be looked at more closely. */
  readonly loadCsv: (run: StoredRun, page: number, open: () => Promise<ResultPage>) => Promise<RowCounts>;
  readonly loadPicklists: (
    run: StoredRun,
    schema: string,
    lists: readonly DropdownList[],
    named: readonly PicklistPath[],
  ) => Promise<RowCounts>;
  /** Ends rows that left the filter or the org, as far as the run has found out. */
  readonly sweep: (run: StoredRun, plan: CompiledJob) => Promise<void>;
  readonly finishRun: (run: StoredRun, end: RunEnd) => Promise<RunSummary>;
}
