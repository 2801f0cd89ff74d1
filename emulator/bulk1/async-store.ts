import type { Pool } from 'pg';
import { opaqueId } from '../salesforce-id.ts';
import type { SaveResult } from '../records/save-result.ts';
import type { AsyncBatch, AsyncJob, BatchState } from './async-job.ts';

const JOB_COLUMNS = `id, org_id AS "orgId", user_id AS "userId", operation, object, external_id AS "externalIdFieldName",
  content_type AS "contentType", concurrency_mode AS "concurrencyMode", pk_chunking AS "pkChunking", api_version AS "apiVersion", state,
  created_at AS "createdAt", modified_at AS "modifiedAt"`;

const BATCH_COLUMNS = `id, job_id AS "jobId", state, state_message AS "stateMessage", created_at AS "createdAt",
  modified_at AS "modifiedAt", processed, failed, processing_ms AS "processingMs", result_ids AS "resultIds"`;

interface BatchChange {
  readonly state?: BatchState;
  readonly at: Date;
  readonly stateMessage?: string;
  readonly processed?: number;
  readonly failed?: number;
  readonly processingMs?: number;
  readonly resultIds?: readonly string[];
  /** What became of each record of a batch that changed some. */
  readonly results?: readonly SaveResult[];
}

/** Jobs and batches of all orgs, in the database: they outlive the emulator's process. */
export interface AsyncStore {
  /** Returns an id that nothing else has; `750` for jobs, `751` for batches, `752` for results. */
  readonly newId: (prefix: '750' | '751' | '752') => Promise<string>;
  readonly addJob: (job: AsyncJob) => Promise<void>;
  readonly findJob: (orgId: string, id: string) => Promise<AsyncJob | undefined>;
  /** Returns false when the job is no longer in the state `from`. */
  readonly moveJob: (id: string, from: AsyncJob['state'], to: AsyncJob['state'], at: Date) => Promise<boolean>;
  readonly addBatch: (batch: AsyncBatch, request: string) => Promise<void>;
  /** In the order in which they came. */
  readonly batches: (jobId: string) => Promise<AsyncBatch[]>;
  readonly findBatch: (jobId: string, id: string) => Promise<AsyncBatch | undefined>;
  /** Returns what the client sent, or for a chunk the query that it stands for. */
  readonly request: (batchId: string) => Promise<string>;
  readonly results: (batchId: string) => Promise<readonly SaveResult[]>;
  /** Returns false when the batch is no longer in one of the states `from`. */
  readonly changeBatch: (id: string, from: readonly BatchState[], change: BatchChange) => Promise<boolean>;
  /** Ends the batches of an aborted job that have not ended. */
  readonly abortBatches: (jobId: string, at: Date) => Promise<void>;
  /** Batches added within the last day, by which an org limits them. */
  readonly addedToday: (orgId: string, now: Date) => Promise<number>;
  /** Batches that an earlier process should have worked on, with their jobs; those that may have changed records are failed. */
  readonly takeUnfinished: (message: string) => Promise<{ readonly job: AsyncJob; readonly batch: AsyncBatch }[]>;
}

export function createAsyncStore(pool: Pool): AsyncStore {
  const one = async <T extends object>(sql: string, values: unknown[]): Promise<T | undefined> =>
    (await pool.query<T>(sql, values)).rows[0];
  return {
    newId: async (prefix) => {
      const row = await one<{ id: string }>(`SELECT nextval('emulator.opaque_id') AS id`, []);
      return opaqueId(prefix, Number(row?.id));
    },
    addJob: async (job) => {
      await pool.query(
        `INSERT INTO emulator.async_job (id, org_id, user_id, operation, object, external_id, content_type, concurrency_mode, pk_chunking,
           api_version, state, created_at, modified_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
        [
          job.id,
          job.orgId,
          job.userId,
          job.operation,
          job.object,
          job.externalIdFieldName,
          job.contentType,
          job.concurrencyMode,
          job.pkChunking,
          job.apiVersion,
          job.state,
          job.createdAt,
          job.modifiedAt,
        ],
      );
    },
    findJob: (orgId, id) =>
      one<AsyncJob>(`SELECT ${JOB_COLUMNS} FROM emulator.async_job WHERE org_id = $1 AND id = $2`, [orgId, id]),
    moveJob: async (id, from, to, at) => {
      const { rowCount } = await pool.query(
        'UPDATE emulator.async_job SET state = $3, modified_at = $4 WHERE id = $1 AND state = $2',
        [id, from, to, at],
      );
      return rowCount !== 0;
    },
    addBatch: async (batch, request) => {
      await pool.query(
        `INSERT INTO emulator.async_batch (id, job_id, state, created_at, modified_at, request) VALUES ($1, $2, $3, $4, $5, $6)`,
        [batch.id, batch.jobId, batch.state, batch.createdAt, batch.modifiedAt, request],
      );
    },
    batches: async (jobId) =>
      (
        await pool.query<AsyncBatch>(
          `SELECT ${BATCH_COLUMNS} FROM emulator.async_batch WHERE job_id = $1 ORDER BY position`,
          [jobId],
        )
      ).rows,
    findBatch: (jobId, id) =>
      one<AsyncBatch>(`SELECT ${BATCH_COLUMNS} FROM emulator.async_batch WHERE job_id = $1 AND id = $2`, [jobId, id]),
    request: async (batchId) =>
      (await one<{ request: string }>('SELECT request FROM emulator.async_batch WHERE id = $1', [batchId]))?.request ??
      '',
    results: async (batchId) =>
      (await one<{ results: SaveResult[] | null }>('SELECT results FROM emulator.async_batch WHERE id = $1', [batchId]))
        ?.results ?? [],
    changeBatch: async (id, from, change) => {
      const { rowCount } = await pool.query(
        `UPDATE emulator.async_batch SET state = coalesce($3, state), modified_at = $4, state_message = coalesce($5, state_message),
           processed = coalesce($6, processed), failed = coalesce($7, failed), processing_ms = coalesce($8, processing_ms),
           result_ids = coalesce($9, result_ids), results = coalesce($10, results)
         WHERE id = $1 AND state = ANY($2)`,
        [
          id,
          from,
          change.state ?? null,
          change.at,
          change.stateMessage ?? null,
          change.processed ?? null,
          change.failed ?? null,
          change.processingMs ?? null,
          change.resultIds ?? null,
          change.results === undefined ? null : JSON.stringify(change.results),
        ],
      );
      return rowCount !== 0;
    },
    abortBatches: async (jobId, at) => {
      await pool.query(
        `UPDATE emulator.async_batch SET state = 'NotProcessed', modified_at = $2 WHERE job_id = $1 AND state IN ('Queued', 'InProgress')`,
        [jobId, at],
      );
    },
    addedToday: async (orgId, now) => {
      const row = await one<{ batches: string }>(
        `SELECT count(*) AS batches FROM emulator.async_batch b JOIN emulator.async_job j ON j.id = b.job_id
         WHERE j.org_id = $1 AND b.created_at > $2::timestamptz - interval '1 day'`,
        [orgId, now],
      );
      return Number(row?.batches ?? 0);
    },
    takeUnfinished: async (message) => {
      await pool.query(
        `UPDATE emulator.async_batch b SET state = 'Failed', state_message = $1 FROM emulator.async_job j
         WHERE j.id = b.job_id AND b.state = 'InProgress' AND j.operation NOT IN ('query', 'queryAll')`,
        [message],
      );
      const { rows } = await pool.query<{ id: string; job_id: string; org_id: string }>(
        `SELECT b.id, b.job_id, j.org_id FROM emulator.async_batch b JOIN emulator.async_job j ON j.id = b.job_id
         WHERE b.state IN ('Queued', 'InProgress') ORDER BY b.position`,
      );
      const found: { job: AsyncJob; batch: AsyncBatch }[] = [];
      for (const row of rows) {
        const job = await one<AsyncJob>(`SELECT ${JOB_COLUMNS} FROM emulator.async_job WHERE id = $1`, [row.job_id]);
        const batch = await one<AsyncBatch>(`SELECT ${BATCH_COLUMNS} FROM emulator.async_batch WHERE id = $1`, [
          row.id,
        ]);
        if (job !== undefined && batch !== undefined) found.push({ job, batch });
      }
      return found;
    },
  };
}
