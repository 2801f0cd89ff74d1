import type { Pool } from 'pg';
import type { Job, JobState } from './job.ts';

const COLUMNS = `id, org_id AS "orgId", user_id AS "userId", operation, soql, object, api_version AS "apiVersion",
  column_delimiter AS "columnDelimiter", line_ending AS "lineEnding", state, created_at AS "createdAt", modified_at AS "modifiedAt",
  rows, processing_ms AS "processingMs", error_message AS "errorMessage"`;

/** Jobs of all orgs, in the database: they outlive the emulator's process as they outlive a client's. */
export interface JobStore {
  readonly add: (job: Job) => Promise<void>;
  readonly find: (orgId: string, id: string) => Promise<Job | undefined>;
  /** Newest first. */
  readonly list: (orgId: string, page: { readonly offset: number; readonly limit: number }) => Promise<Job[]>;
  readonly unfinished: () => Promise<Job[]>;
  /** Moves a job on. Returns false when it is no longer in one of the states `from`. */
  readonly move: (id: string, from: readonly JobState[], change: JobChange) => Promise<boolean>;
  readonly remove: (id: string) => Promise<void>;
}

interface JobChange {
  readonly state: JobState;
  readonly at: Date;
  readonly rows?: number;
  readonly processingMs?: number;
  readonly errorMessage?: string;
}

export const createJobStore = (pool: Pool): JobStore => ({
  add: async (job) => {
    await pool.query(
      `INSERT INTO emulator.bulk_job (id, org_id, user_id, operation, soql, object, api_version, column_delimiter, line_ending, state, created_at, modified_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
      [
        job.id,
        job.orgId,
        job.userId,
        job.operation,
        job.soql,
        job.object,
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
    const { rows } = await pool.query<Job>(`SELECT ${COLUMNS} FROM emulator.bulk_job WHERE org_id = $1 AND id = $2`, [
      orgId,
      id,
    ]);
    return rows[0];
  },
  list: async (orgId, { offset, limit }) => {
    const { rows } = await pool.query<Job>(
      `SELECT ${COLUMNS} FROM emulator.bulk_job WHERE org_id = $1 ORDER BY created_at DESC, id DESC OFFSET $2 LIMIT $3`,
      [orgId, offset, limit],
    );
    return rows;
  },
  unfinished: async () => {
    const { rows } = await pool.query<Job>(
      `SELECT ${COLUMNS} FROM emulator.bulk_job WHERE state IN ('UploadComplete', 'InProgress') ORDER BY created_at`,
    );
    return rows;
  },
  move: async (id, from, change) => {
    const { rowCount } = await pool.query(
      `UPDATE emulator.bulk_job SET state = $3, modified_at = $4, rows = coalesce($5, rows), processing_ms = coalesce($6, processing_ms),
         error_message = coalesce($7, error_message) WHERE id = $1 AND state = ANY($2)`,
      [
        id,
        from,
        change.state,
        change.at,
        change.rows ?? null,
        change.processingMs ?? null,
        change.errorMessage ?? null,
      ],
    );
    return rowCount !== 0;
  },
  remove: async (id) => {
    await pool.query('DELETE FROM emulator.bulk_job WHERE id = $1', [id]);
  },
});
