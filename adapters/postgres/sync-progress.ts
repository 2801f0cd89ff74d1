import type { RunStatus } from '../../domain/run.ts';
import type { Pool } from './pool.ts';

export interface JobProgress {
  readonly job: string;
  readonly status: RunStatus;
  /** As Salesforce announced; unknown until the job has asked. */
  readonly expected?: number;
  readonly read: number;
}

/** How far the jobs of a sync are, in the order in which they began. */
export async function syncProgress(pool: Pool, syncId: string): Promise<JobProgress[]> {
  const { rows } = await pool.query<{
    job_name: string;
    status: RunStatus;
    rows_expected: string | null;
    read: string;
  }>(
    `SELECT r.job_name, r.status, r.rows_expected, coalesce(p.read, 0) AS read
     FROM mooring.run AS r LEFT JOIN LATERAL (SELECT sum(rows_read) AS read FROM mooring.run_page WHERE run_id = r.id) AS p ON true
     WHERE r.sync_id = $1 ORDER BY r.started_at`,
    [syncId],
  );
  return rows.map((row) => ({
    job: row.job_name,
    status: row.status,
    ...(row.rows_expected === null ? {} : { expected: Number(row.rows_expected) }),
    read: Number(row.read),
  }));
}
