import type { RunEnd, StoredRun } from '../../activities/sync-ports.ts';
import {
  statusOf,
  type RowCounts,
  type RunStatus,
  type RunSummary,
  type Strategy,
  type RunMode,
} from '../../domain/run.ts';
import { applyMerges } from './apply-merges.ts';
import { jobsOf } from './jobs-of.ts';
import { lookUpInLanes } from './look-up-in-lanes.ts';
import { inTransaction, type Client, type Pool } from './pool.ts';
import {
  dropDangling,
  lookUpReferences,
  lookupsWithNews,
  openReferences,
  type OpenReferences,
} from './resolve-references.ts';
import { rowCountsOf, SUM_OF_COUNTS } from './row-counts.ts';

/** What has to be true of other rows once a run has loaded its own. @param isLookedUp - whether its references have been looked up already */
async function settle(
  client: Client,
  run: StoredRun,
  { deleted, isLookedUp }: { readonly deleted: number; readonly isLookedUp: boolean },
): Promise<OpenReferences> {
  if (run.plan === undefined) return NOTHING_OPEN;
  const ending = { client, run, plan: run.plan, jobs: await jobsOf(client, run.connectionId) };
  await applyMerges(ending);
  if (deleted > 0) await dropDangling(ending);
  if (!isLookedUp) await lookUpReferences(ending, await lookupsWithNews(ending));
  return openReferences(ending);
}

const NOTHING_OPEN: OpenReferences = { pending: 0, outOfScope: 0 };

/** Whether the run has asked for every row that is a reject. */
const hasAskedForRejects = ({ mode, plan }: StoredRun): boolean =>
  mode === 'full' || mode === 'reconcile' || plan?.readings.some(({ kind }) => kind === 'rejects') === true;

/** Rejects that were asked for and did not come: their rows are gone, or no longer match the filter. */
const forgetRejects = (client: Client, run: StoredRun) =>
  client.query(
    'DELETE FROM mooring.rejected_row WHERE connection_id = $1 AND job_name = $2 AND run_id <> $3 AND last_seen_at < $4',
    [run.connectionId, run.job, run.runId, run.startedAt],
  );

const moveWatermark = (client: Client, run: StoredRun) =>
  client.query(
    `INSERT INTO mooring.watermark AS w (connection_id, job_name, modstamp, revision) VALUES ($1, $2, $3, $4)
     ON CONFLICT (connection_id, job_name) DO UPDATE SET modstamp = greatest(w.modstamp, excluded.modstamp), revision = excluded.revision, updated_at = now()`,
    [run.connectionId, run.job, run.nextWatermark, run.revision],
  );

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
  rows_out_of_scope: string;
  api_calls: number;
  seconds: number;
  error_code: string | null;
  error_message: string | null;
  open_rejects: string;
}

/** The summary of a run that has ended. */
async function summary(client: Client, run: StoredRun): Promise<RunSummary> {
  const { rows } = await client.query<EndedRow>(
    `SELECT status, mode, strategy, rows_pending, rows_out_of_scope, api_calls, error_code, error_message,
       round(extract(epoch FROM coalesce(finished_at, now()) - started_at), 3)::float8 AS seconds,
       (SELECT count(*) FROM mooring.rejected_row WHERE connection_id = $2 AND job_name = $3) AS open_rejects
     FROM mooring.run WHERE id = $1`,
    [run.runId, run.connectionId, run.job],
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
    openRejects: Number(row?.open_rejects ?? 0),
    pending: Number(row?.rows_pending ?? 0),
    outOfScope: Number(row?.rows_out_of_scope ?? 0),
    apiCalls: row?.api_calls ?? 0,
    seconds: row?.seconds ?? 0,
    ...(row?.error_message ? { reason: row.error_message } : {}),
    ...(row?.error_code ? { errorCode: row.error_code } : {}),
  };
}

/**
 * Ends a run: applies merges, resolves references, advances the watermark, stores counts and status, and returns the summary.
 *
 * One transaction, safe to repeat: a run that has ended is only read.
 * Before it, the references of a run that has read everything are looked up on two connections. The watermark
 * moves only here, after every page, only for a run that succeeded, only while its fence is current, and never backwards.
 */
export function createFinishRun(pool: Pool) {
  return async (run: StoredRun, end: RunEnd): Promise<RunSummary> => {
    const isLookedUp = end.status === 'success' && (await lookUpInLanes(pool, run));
    return inTransaction(pool, async (client) => {
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
      const isDone = end.status === 'success' && isCurrent;
      // Before the references are counted: those to the job's own table are covered by it.
      if (isDone && run.nextWatermark !== undefined) await moveWatermark(client, run);
      if (isDone && hasAskedForRejects(run)) await forgetRejects(client, run);
      const { pending, outOfScope } = isCurrent ? await settle(client, run, { ...counts, isLookedUp }) : NOTHING_OPEN;
      const fenced = end.status === 'success' && !isCurrent;
      await client.query(
        `UPDATE mooring.run SET status = $2, finished_at = now(), rows_read = $3, rows_inserted = $4, rows_updated = $5, rows_unchanged = $6,
           rows_deleted = $7, rows_rejected = $8, rows_pending = $9, rows_out_of_scope = $10, error_code = $11, error_message = $12
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
          outOfScope,
          fenced ? 'FENCED' : end.errorCode,
          fenced ? 'The run was replaced or revoked before it ended.' : end.errorMessage,
        ],
      );
      await client.query('DELETE FROM mooring.read_id WHERE run_id = $1', [run.runId]);
      return summary(client, run);
    });
  };
}
