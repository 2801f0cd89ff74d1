import type { RunEnd, StoredRun } from '../../activities/sync-ports.ts';
import type { CompiledJob } from '../../domain/compiled-job.ts';
import {
  statusOf,
  type RowCounts,
  type RunStatus,
  type RunSummary,
  type Strategy,
  type RunMode,
} from '../../domain/run.ts';
import { lookupValue } from './lookup-sql.ts';
import { ident, literal, qualified } from './page-sql.ts';
import { inTransaction, type Client, type Pool } from './pool.ts';
import { rowCountsOf, SUM_OF_COUNTS } from './row-counts.ts';

/**
 * Resolves references of the job's table that found nothing yet and returns how many still do not.
 *
 * One set-based statement a reference, over the partial index of what is missing: a settled model costs nothing. Rows whose lookup leaves null for
 * good are tried as well, since their parent may have come after them in the same run; they are not counted as pending.
 */
async function resolveReferences(client: Client, job: CompiledJob, connectionId: string): Promise<number> {
  let pending = 0;
  for (const lookup of job.lookups) {
    const table = qualified(job, job.table);
    const source = `t.${ident(lookup.sourceColumn)}`;
    const missing = `t.connection_id = ${literal(connectionId)} AND t.${ident(lookup.column)} IS NULL AND ${source} IS NOT NULL`;
    const found = lookupValue(job, lookup, { connectionId }, source);
    await client.query(
      `UPDATE ${table} AS t SET ${ident(lookup.column)} = n.found, updated_at = now()
       FROM (SELECT t.id, ${found} AS found FROM ${table} AS t WHERE ${missing}) AS n WHERE t.id = n.id AND n.found IS NOT NULL`,
    );
    if (lookup.onMissing !== 'pending') continue;
    const { rows } = await client.query<{ count: string }>(
      `SELECT count(*) AS count FROM ${table} AS t WHERE ${missing} AND t.deleted_at IS NULL`,
    );
    pending += Number(rows[0]?.count ?? 0);
  }
  return pending;
}

async function totals(client: Client, runId: string): Promise<RowCounts> {
  const { rows } = await client.query<Record<string, string>>(
    `SELECT ${SUM_OF_COUNTS} FROM mooring.run_page WHERE run_id = $1 AND loaded_at IS NOT NULL`,
    [runId],
  );
  return rowCountsOf(rows[0]);
}

interface EndedRow {
  status: RunStatus;
  mode: RunMode;
  strategy: Strategy | null;
  rows_pending: string;
  api_calls: number;
  seconds: number;
  error_code: string | null;
  error_message: string | null;
}

/** The summary of a run that has ended. */
async function summary(client: Client, run: StoredRun): Promise<RunSummary> {
  const { rows } = await client.query<EndedRow>(
    `SELECT status, mode, strategy, rows_pending, api_calls, error_code, error_message,
       round(extract(epoch FROM coalesce(finished_at, now()) - started_at), 3)::float8 AS seconds
     FROM mooring.run WHERE id = $1`,
    [run.runId],
  );
  const row = rows[0];
  const counts = await totals(client, run.runId);
  return {
    job: run.job,
    runId: run.runId,
    ...counts,
    status: row === undefined || row.status === 'running' ? 'failed' : row.status,
    mode: run.mode,
    ...(row?.strategy ? { strategy: row.strategy } : {}),
    pending: Number(row?.rows_pending ?? 0),
    apiCalls: row?.api_calls ?? 0,
    seconds: row?.seconds ?? 0,
    ...(row?.error_message ? { reason: row.error_message } : {}),
    ...(row?.error_code ? { errorCode: row.error_code } : {}),
  };
}

/**
 * Ends a run: resolves references, advances the watermark, stores counts and status, and returns the summary.
 *
 * One transaction, safe to repeat: a run that has ended is only read. The watermark moves only here, after every page, only for a run that
 * succeeded, only while its fence is current, and never backwards.
 */
export function createFinishRun(pool: Pool) {
  return async (run: StoredRun, end: RunEnd): Promise<RunSummary> =>
    inTransaction(pool, async (client) => {
      const { rows } = await client.query<{ status: RunStatus }>(
        'SELECT status FROM mooring.run WHERE id = $1 FOR UPDATE',
        [run.runId],
      );
      if (rows[0]?.status !== 'running') return summary(client, run);
      const fence = await client.query<{ fence: string }>(
        'SELECT fence FROM mooring.job_fence WHERE connection_id = $1 AND job_name = $2 FOR SHARE',
        [run.connectionId, run.job],
      );
      const isCurrent = fence.rows[0]?.fence === run.fence;
      const counts = await totals(client, run.runId);
      const pending =
        isCurrent && run.plan !== undefined ? await resolveReferences(client, run.plan, run.connectionId) : 0;
      if (end.status === 'success' && isCurrent && run.nextWatermark !== undefined) {
        await client.query(
          `INSERT INTO mooring.watermark AS w (connection_id, job_name, modstamp, revision) VALUES ($1, $2, $3, $4)
           ON CONFLICT (connection_id, job_name) DO UPDATE SET modstamp = greatest(w.modstamp, excluded.modstamp), revision = excluded.revision, updated_at = now()`,
          [run.connectionId, run.job, run.nextWatermark, run.revision],
        );
      }
      const fenced = end.status === 'success' && !isCurrent;
      await client.query(
        `UPDATE mooring.run SET status = $2, finished_at = now(), rows_read = $3, rows_inserted = $4, rows_updated = $5, rows_unchanged = $6,
           rows_deleted = $7, rows_rejected = $8, rows_pending = $9, error_code = $10, error_message = $11
         WHERE id = $1`,
        [
          run.runId,
          fenced ? 'cancelled' : end.status === 'success' ? statusOf(counts) : end.status,
          counts.read,
          counts.inserted,
          counts.updated,
          counts.unchanged,
          counts.deleted,
          counts.rejected,
          pending,
          fenced ? 'FENCED' : end.errorCode,
          fenced ? 'The run was replaced or revoked before it ended.' : end.errorMessage,
        ],
      );
      return summary(client, run);
    });
}
