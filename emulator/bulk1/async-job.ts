import type { BulkChangeKind } from '../records/bulk-change.ts';

export const CONTENT_TYPES = ['CSV', 'XML', 'JSON'] as const;
export type ContentType = (typeof CONTENT_TYPES)[number];

export const QUERY_OPERATIONS = ['query', 'queryAll'] as const;
export type AsyncOperation = BulkChangeKind | (typeof QUERY_OPERATIONS)[number];

export const CONCURRENCY_MODES = ['Parallel', 'Serial'] as const;

/** What `Sforce-Enable-PKChunking` asks for. */
export interface PkChunking {
  /** Records of the object per batch. */
  readonly size: number;
  /** Object whose ids are cut into ranges, where the client names it. */
  readonly parent: string | null;
  /** First id to read. */
  readonly startRow: string | null;
}

/** A job of Bulk API 1.0 as stored: a frame around batches, which do the work. */
export interface AsyncJob {
  readonly id: string;
  readonly orgId: string;
  readonly userId: string;
  readonly operation: AsyncOperation;
  readonly object: string;
  readonly externalIdFieldName: string | null;
  readonly contentType: ContentType;
  readonly concurrencyMode: (typeof CONCURRENCY_MODES)[number];
  readonly pkChunking: PkChunking | null;
  /** `62.0`. */
  readonly apiVersion: string;
  readonly state: 'Open' | 'Closed' | 'Aborted';
  readonly createdAt: Date;
  readonly modifiedAt: Date;
}

export type BatchState = 'Queued' | 'InProgress' | 'Completed' | 'Failed' | 'NotProcessed';

/** One batch as stored; what it was asked and what it answered is read apart, since both are long. */
export interface AsyncBatch {
  readonly id: string;
  readonly jobId: string;
  readonly state: BatchState;
  readonly stateMessage: string | null;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
  readonly processed: number;
  readonly failed: number;
  readonly processingMs: number;
  /** Ids of a query's results, in order. */
  readonly resultIds: readonly string[];
}

export const isQuery = (job: AsyncJob): boolean => QUERY_OPERATIONS.some((operation) => operation === job.operation);
