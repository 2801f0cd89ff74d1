import type { Pool } from 'pg';
import type { BulkChangeKind } from '../records/bulk-change.ts';
import type { ColumnDelimiter, LineEnding } from './job.ts';

type IngestState = 'Open' | 'UploadComplete' | 'InProgress' | 'JobComplete' | 'Failed' | 'Aborted';

/** A job of Bulk API 2.0 that changes records, as stored. */
export interface IngestJob {
  readonly id: string;
  readonly orgId: string;
  readonly userId: string;
  readonly object: string;
  readonly operation: BulkChangeKind;
  readonly externalIdFieldName: string | null;
  /** `62.0`. */
  readonly apiVersion: string;
  readonly columnDelimiter: ColumnDelimiter;
  readonly lineEnding: LineEnding;
  readonly state: IngestState;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
  readonly processed: number;
  readonly failed: number;
  readonly processingMs: number;
  readonly errorMessage: string | null;
}

/** Parts of a job that are long, read one at a time. */
export type IngestPart = 'upload' | 'successful' | 'failed_rows' | 'unprocessed';

interface IngestChange {
  readonly state?: IngestState;
  readonly at: Date;
  readonly processed?: number;
  readonly failed?: number;
  readonly processingMs?: number;
  readonly errorMessage?: string;
  readonly parts?: Partial<Record<IngestPart, string>>;
}

const COLUMNS = `id, org_id AS "orgId", user_id AS "userId", object, operation, external_id AS "externalIdFieldName",
  api_version AS "apiVersion", column_delimiter AS "columnDelimiter", line_ending AS "lineEnding", state, created_at AS "createdAt",
  modified_at AS "modifiedAt", processed, failed, processing_ms AS "processingMs", error_message AS "errorMessage"`;

export interface IngestStore {
  readonly add: (job: IngestJob) => Promise<void>;
  readonly find: (orgId: string, id: string) => Promise<IngestJob | undefined>;
  /** Newest first. */
  readonly list: (orgId: string, page: { readonly offset: number; readonly limit: number }) => Promise<IngestJob[]>;
  readonly part: (id: string, part: IngestPart) => Promise<string | null>;
  /** Returns false when the job is no longer in one of the states `from`. */
  readonly change: (id: string, from: readonly IngestState[], change: IngestChange) => Promise<boolean>;
  readonly remove: (id: string) => Promise<void>;
  /** Jobs whose work an earlier process should have begun. */
  readonly waiting: () => Promise<IngestJob[]>;
  /** Ends jobs that an earlier process left in the middle of their work: beginning anew would change records twice. */
  readonly failInterrupted: (message: string) => Promise<void>;
}

export const createIngestStore = (pool: Pool): IngestStore => ({
  add: async (job) => {
    await pool.query(
      `INSERT INTO emulator.ingest_job (id, org_id, user_id, object, operation, external_id, api_version, column_delimiter, line_ending,
         state, created_at, modified_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
      [
        job.id,
        job.orgId,
        job.userId,
        job.object,
        job.operation,
        job.externalIdFieldName,
        job.apiVersion,
        job.columnDelimiter,
        job.lineEnding,
        job.state,
        job.createdAt,
        job.modifiedAt,
      ],
    );
  },
  find: async (orgId, id) => {
    const { rows } = await pool.query<IngestJob>(
      `SELECT ${COLUMNS} FROM emulator.ingest_job WHERE org_id = $1 AND id = $2`,
      [orgId, id],
    );
    return rows[0];
  },
  list: async (orgId, { offset, limit }) => {
    const { rows } = await pool.query<IngestJob>(
      `SELECT ${COLUMNS} FROM emulator.ingest_job WHERE org_id = $1 ORDER BY created_at DESC, id DESC OFFSET $2 LIMIT $3`,
      [orgId, offset, limit],
    );
    return rows;
  },
  part: async (id, part) => {
    const { rows } = await pool.query<{ text: string | null }>(
      `SELECT ${part} AS text FROM emulator.ingest_job WHERE id = $1`,
      [id],
    );
    return rows[0]?.text ?? null;
  },
  change: async (id, from, { parts = {}, ...change }) => {
    const { rowCount } = await pool.query(
      `UPDATE emulator.ingest_job SET state = coalesce($3, state), modified_at = $4, processed = coalesce($5, processed),
         failed = coalesce($6, failed), processing_ms = coalesce($7, processing_ms), error_message = coalesce($8, error_message),
         upload = coalesce($9, upload), successful = coalesce($10, successful), failed_rows = coalesce($11, failed_rows),
         unprocessed = coalesce($12, unprocessed)
       WHERE id = $1 AND state = ANY($2)`,
      [
        id,
        from,
        change.state ?? null,
        change.at,
        change.processed ?? null,
        change.failed ?? null,
        change.processingMs ?? null,
        change.errorMessage ?? null,
        parts.upload ?? null,
        parts.successful ?? null,
        parts.failed_rows ?? null,
        parts.unprocessed ?? null,
      ],
    );
    return rowCount !== 0;
  },
  remove: async (id) => {
    await pool.query('DELETE FROM emulator.ingest_job WHERE id = $1', [id]);
  },
  failInterrupted: async (message) => {
    await pool.query(`UPDATE emulator.ingest_job SET state = 'Failed', error_message = $1 WHERE state = 'InProgress'`, [
      message,
    ]);
  },
  waiting: async () => {
    const { rows } = await pool.query<IngestJob>(
      `SELECT ${COLUMNS} FROM emulator.ingest_job WHERE state = 'UploadComplete' ORDER BY created_at`,
    );
    return rows;
  },
});
