import type { NewRun, StoredRun } from '../../activities/sync-ports.ts';
import type { CompiledJob } from '../../domain/compiled-job.ts';
import { MooringError } from '../../domain/errors.ts';
import type { RowCounts, RunMode, RunStatus, Strategy } from '../../domain/run.ts';
import { qualified } from './page-sql.ts';
import { inTransaction, type Client, type Pool } from './pool.ts';
import { rowCountsOf } from './row-counts.ts';

/** Where a page is read, and what became of its rows once it has been loaded. */
interface StoredPage {
  readonly locator: string;
  readonly counts?: RowCounts;
}

interface RunRow {
  id: string;
  connection_id: string;
  job_name: string;
  revision: number;
  fence: string;
  status: RunStatus;
  mode: RunMode;
  plan: CompiledJob | null;
  strategy: Strategy | null;
  bulk_job_id: string | null;
  rows_expected: string | null;
  reading: number;
  first_page: number;
  next_watermark: Date | null;
  api_calls: number;
  started_at: Date;
}

const COLUMNS = `id, connection_id, job_name, revision, fence, status, mode, plan, strategy, bulk_job_id, rows_expected, reading, first_page, next_watermark, api_calls, started_at`;

const toRun = (row: RunRow): StoredRun => ({
  runId: row.id,
  connectionId: row.connection_id,
  job: row.job_name,
  revision: row.revision,
  fence: row.fence,
  status: row.status,
  mode: row.mode,
  ...(row.plan ? { plan: row.plan } : {}),
  ...(row.strategy ? { strategy: row.strategy } : {}),
  ...(row.bulk_job_id === null ? {} : { bulkJobId: row.bulk_job_id }),
  ...(row.rows_expected === null ? {} : { rowsExpected: Number(row.rows_expected) }),
  reading: row.reading,
  firstPage: row.first_page,
  ...(row.next_watermark ? { nextWatermark: row.next_watermark.toISOString() } : {}),
  apiCalls: row.api_calls,
  startedAt: row.started_at.toISOString(),
});

/** Takes the next fence of a job: from here on no page of an earlier run commits. */
async function raiseFence(client: Client, connectionId: string, job: string): Promise<string> {
  const { rows } = await client.query<{ fence: string }>(
    `INSERT INTO mooring.job_fence AS f (connection_id, job_name, fence) VALUES ($1, $2, 1)
     ON CONFLICT (connection_id, job_name) DO UPDATE SET fence = f.fence + 1 RETURNING fence`,
    [connectionId, job],
  );
  return rows[0]?.fence ?? '0';
}

/** The plan, with a note when there is nothing yet that its rows could be compared with. */
async function noteEmptyTable(client: Client, { connectionId, plan }: NewRun): Promise<CompiledJob | undefined> {
  if (plan === undefined) return plan;
  const tables = [plan.table, ...(plan.kind === 'company-person' ? ['person', 'external_identity'] : [])];
  const isIn = tables.map((table) => `EXISTS (SELECT FROM ${qualified(plan, table)} WHERE connection_id = $1)`);
  const { rows } = await client.query<{ is_empty: boolean }>(`SELECT NOT (${isIn.join(' OR ')}) AS is_empty`, [
    connectionId,
  ]);
  return rows[0]?.is_empty ? { ...plan, fillsEmptyTable: true } : plan;
}

/** The number behind the pages that a run has. */
const NEXT_PAGE = '(SELECT coalesce(max(page) + 1, 0) FROM mooring.run_page WHERE run_id = $1)';

const LOST = 'The workflow that owned this run ended without closing it (terminated, reset or lost).';

export function createRuns(pool: Pool) {
  /** @throws RUN_UNKNOWN when there is no such run */
  const get = async (runId: string): Promise<StoredRun> => {
    const { rows } = await pool.query<RunRow>(`SELECT ${COLUMNS} FROM mooring.run WHERE id = $1`, [runId]);
    const [row] = rows;
    if (!row) throw new MooringError('RUN_UNKNOWN', `There is no run "${runId}" in this database.`);
    return toRun(row);
  };
  return {
    /**
     * Stores a run under a new fence and returns it; runs of the job that were left open are closed as lost.
     * Safe to repeat: the same workflow run gets the run that it began before.
     */
    async begin(run: NewRun): Promise<StoredRun> {
      return inTransaction(pool, async (client) => {
        // Serializes two beginnings of one job; the fence row may not exist yet.
        await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('mooring.run/' || $1 || '/' || $2, 0))`, [
          run.connectionId,
          run.job,
        ]);
        // A revoke waits for us, or we see it: no run begins after it under a fence that it did not raise.
        const { rows: connections } = await client.query<{ name: string; state: string }>(
          'SELECT name, state FROM mooring.connection WHERE id = $1 FOR SHARE',
          [run.connectionId],
        );
        const [connection] = connections;
        if (connection?.state !== 'active') {
          throw new MooringError(
            'CONNECTION_NOT_AUTHORIZED',
            `Connection "${connection?.name ?? run.connectionId}" is ${connection?.state.replaceAll('_', ' ') ?? 'gone'}; no job of it may run.`,
          );
        }
        const before = await client.query<RunRow>(
          `SELECT ${COLUMNS} FROM mooring.run WHERE connection_id = $1 AND job_name = $2 AND workflow_run_id = $3`,
          [run.connectionId, run.job, run.workflowRunId],
        );
        if (before.rows[0]) return toRun(before.rows[0]);
        await client.query(
          `WITH lost AS (
             UPDATE mooring.run SET status = 'failed', finished_at = now(), error_code = 'RUN_LOST', error_message = $3
             WHERE connection_id = $1 AND job_name = $2 AND status = 'running' RETURNING id
           ) DELETE FROM mooring.read_id WHERE run_id IN (SELECT id FROM lost)`,
          [run.connectionId, run.job, LOST],
        );
        const plan = await noteEmptyTable(client, run);
        const fence = await raiseFence(client, run.connectionId, run.job);
        const { rows } = await client.query<RunRow>(
          `INSERT INTO mooring.run (connection_id, job_name, revision, fence, workflow_run_id, sync_id, mode, plan, strategy, window_from, window_to, next_watermark, api_calls)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING ${COLUMNS}`,
          [
            run.connectionId,
            run.job,
            run.revision,
            fence,
            run.workflowRunId,
            run.syncId,
            run.mode,
            plan === undefined ? null : JSON.stringify(plan),
            run.strategy,
            run.windowFrom,
            run.windowTo,
            run.nextWatermark,
            run.apiCalls,
          ],
        );
        const [row] = rows;
        if (!row) throw new MooringError('RUN_UNKNOWN', `The run of job "${run.job}" could not be stored.`);
        return toRun(row);
      });
    },

    /** Returns the run that a workflow run began, so that a repeated beginning costs no API call. */
    async findByWorkflowRun(connectionId: string, job: string, workflowRunId: string): Promise<StoredRun | undefined> {
      const { rows } = await pool.query<RunRow>(
        `SELECT ${COLUMNS} FROM mooring.run WHERE connection_id = $1 AND job_name = $2 AND workflow_run_id = $3`,
        [connectionId, job, workflowRunId],
      );
      return rows[0] && toRun(rows[0]);
    },

    get,

    async page(runId: string, page: number): Promise<StoredPage | undefined> {
      const { rows } = await pool.query<Record<string, string | null> & { locator: string }>(
        `SELECT locator, loaded_at, rows_read, rows_inserted, rows_updated, rows_unchanged, rows_deleted, rows_rejected
         FROM mooring.run_page WHERE run_id = $1 AND page = $2`,
        [runId, page],
      );
      const [row] = rows;
      if (!row) return undefined;
      return { locator: row.locator, ...(row['loaded_at'] === null ? {} : { counts: rowCountsOf(row) }) };
    },

    async setStrategy(runId: string, strategy: Strategy, rowsExpected: number): Promise<void> {
      await pool.query('UPDATE mooring.run SET strategy = $2, rows_expected = $3 WHERE id = $1', [
        runId,
        strategy,
        rowsExpected,
      ]);
    },

    async setBulkJob(runId: string, bulkJobId: string): Promise<void> {
      await pool.query('UPDATE mooring.run SET bulk_job_id = $2 WHERE id = $1', [runId, bulkJobId]);
    },

    /**
     * Moves on to a reading: its pages come behind those of the one before. Returns the run as it is then. Safe to repeat: a run that is at
     * the reading already stays as it is.
     */
    async startReading(runId: string, reading: number): Promise<StoredRun> {
      await pool.query(
        `UPDATE mooring.run SET reading = $2, first_page = ${NEXT_PAGE}, strategy = NULL, bulk_job_id = NULL
         WHERE id = $1 AND reading < $2`,
        [runId, reading],
      );
      return get(runId);
    },

    /**
     * Forgets where the current reading is, so that it can be asked for anew. Pages that were loaded stay and keep their numbers: reading their
     * rows again changes nothing. Safe to repeat.
     */
    async restartReading(runId: string): Promise<void> {
      await inTransaction(pool, async (client) => {
        // First of all: a page that still streams notes the one behind it under a lock of the run, before us or not at all.
        await client.query('SELECT FROM mooring.run WHERE id = $1 FOR UPDATE', [runId]);
        await client.query('DELETE FROM mooring.run_page WHERE run_id = $1 AND loaded_at IS NULL', [runId]);
        await client.query(
          `UPDATE mooring.run SET first_page = ${NEXT_PAGE}, strategy = NULL, bulk_job_id = NULL WHERE id = $1`,
          [runId],
        );
      });
    },

    /**
     * Notes where the pages are read; page numbers count from 0. Safe to repeat. A page that was noted by another way of reading (a REST query
     * whose result has outgrown REST since) is read in the new way, unless it has been loaded.
     */
    async addPages(runId: string, locators: readonly string[], first: number): Promise<void> {
      await pool.query(
        `INSERT INTO mooring.run_page (run_id, page, locator)
         SELECT $1, $3::integer + ordinality::integer - 1, locator FROM unnest($2::text[]) WITH ORDINALITY AS t(locator, ordinality)
         ON CONFLICT (run_id, page) DO UPDATE SET locator = excluded.locator
         WHERE run_page.loaded_at IS NULL AND run_page.locator <> excluded.locator`,
        [runId, locators, first],
      );
    },

    /**
     * Notes where a page of the run's Bulk job is. Safe to repeat; a page that was noted by another way of reading is read in this one. A page that belongs to a job which the run has given up since is not noted: the
     * number is another page's by then.
     */
    async addBulkPage(
      { runId, bulkJobId }: Pick<StoredRun, 'runId' | 'bulkJobId'>,
      page: number,
      locator: string,
    ): Promise<void> {
      await pool.query(
        `INSERT INTO mooring.run_page (run_id, page, locator)
         SELECT id, $3, $4 FROM (SELECT id FROM mooring.run WHERE id = $1 AND bulk_job_id = $2 FOR SHARE) AS current
         ON CONFLICT (run_id, page) DO UPDATE SET locator = excluded.locator
         WHERE run_page.loaded_at IS NULL AND run_page.locator <> excluded.locator`,
        [runId, bulkJobId, page, locator],
      );
    },

    /** What the job's last run that ended well and read by time or everything has read of each row. */
    async lastPaths(connectionId: string, job: string): Promise<readonly string[] | undefined> {
      const { rows } = await pool.query<{ paths: string[] }>(
        `SELECT plan -> 'paths' AS paths FROM mooring.run
         WHERE connection_id = $1 AND job_name = $2 AND status IN ('success', 'partial_success') AND mode IN ('full', 'incremental', 'reconcile')
         ORDER BY started_at DESC LIMIT 1`,
        [connectionId, job],
      );
      return rows[0]?.paths;
    },

    /** Source ids of the job's rejects; a record whose id could not be read cannot be asked for. */
    async openRejects(connectionId: string, job: string): Promise<readonly string[]> {
      const { rows } = await pool.query<{ source_id: string }>(
        `SELECT source_id FROM mooring.rejected_row WHERE connection_id = $1 AND job_name = $2 AND source_id ~ '^[0-9A-Za-z]{15}([0-9A-Za-z]{3})?$'
         ORDER BY source_id`,
        [connectionId, job],
      );
      return rows.map((row) => row.source_id);
    },

    async countCalls(runId: string, calls: number): Promise<void> {
      if (calls > 0)
        await pool.query('UPDATE mooring.run SET api_calls = api_calls + $2 WHERE id = $1', [runId, calls]);
    },
  };
}
