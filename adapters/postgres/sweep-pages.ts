import type { StoredRun } from '../../activities/sync-ports.ts';
import type { CompiledJob } from '../../domain/compiled-job.ts';
import { loadPage } from './load-page.ts';
import type { Pool } from './pool.ts';
import { SWEEPS } from './sweep-sql.ts';

/** Names a sweep among the pages of its run. */
const locatorOf = (sweep: string): string => `sweep:${sweep}`;

/**
 * Ends the rows that left the filter or the org, as far as the run has found out, each kind as a page of its own: fenced, counted, of effect once.
 * Safe to repeat.
 *
 * @throws FENCED when the run is no longer the job's current one
 */
export async function sweepPages(pool: Pool, run: StoredRun, plan: CompiledJob): Promise<void> {
  for (const sweep of SWEEPS.filter((name) => plan.sweeps[name])) {
    const { rows } = await pool.query<{ page: number; loaded_at: Date | null }>(
      `WITH noted AS (
         INSERT INTO mooring.run_page (run_id, page, locator)
         SELECT $1, coalesce(max(page) + 1, 0), $2 FROM mooring.run_page WHERE run_id = $1 HAVING count(*) FILTER (WHERE locator = $2) = 0
         RETURNING page, loaded_at
       ) SELECT page, loaded_at FROM noted UNION ALL SELECT page, loaded_at FROM mooring.run_page WHERE run_id = $1 AND locator = $2`,
      [run.runId, locatorOf(sweep)],
    );
    const [page] = rows;
    if (page === undefined || page.loaded_at !== null) continue;
    await loadPage(pool, {
      owner: { connectionId: run.connectionId, job: run.job, runId: run.runId },
      ...{ fence: run.fence, page: page.page, plan, content: { format: 'sweep', sweep } },
    });
  }
}
