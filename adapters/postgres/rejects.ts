import type { Pool } from './pool.ts';

/** A source row that could not be loaded, as people see it. */
export interface Reject {
  readonly job: string;
  readonly sourceId: string;
  readonly field: string;
  /** At most 200 characters of it. */
  readonly value: string | null;
  readonly code: string;
  readonly message: string;
  readonly firstSeenAt: string;
  readonly lastSeenAt: string;
}

/** Rejects of a connection, or of one job of it, newest first. */
export async function listRejects(pool: Pool, connectionId: string, job?: string): Promise<Reject[]> {
  const { rows } = await pool.query<{
    job_name: string;
    source_id: string;
    field: string;
    value: string | null;
    code: string;
    message: string;
    first_seen_at: Date;
    last_seen_at: Date;
  }>(
    `SELECT job_name, source_id, field, value, code, message, first_seen_at, last_seen_at FROM mooring.rejected_row
     WHERE connection_id = $1 AND ($2::text IS NULL OR job_name = $2) ORDER BY last_seen_at DESC, job_name, source_id`,
    [connectionId, job],
  );
  return rows.map((row) => ({
    ...{ job: row.job_name, sourceId: row.source_id, field: row.field, value: row.value, code: row.code },
    ...{
      message: row.message,
      firstSeenAt: row.first_seen_at.toISOString(),
      lastSeenAt: row.last_seen_at.toISOString(),
    },
  }));
}
