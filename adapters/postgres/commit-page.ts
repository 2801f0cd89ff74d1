import { MooringError } from '../../domain/errors.ts';
import type { RowCounts } from '../../domain/run.ts';
import type { PageOwner } from './page-sql.ts';
import type { Client } from './pool.ts';

export interface PageMark {
  readonly owner: PageOwner;
  readonly fence: string;
  readonly page: number;
}

/**
 * The last statements of every page: nothing commits for a run that is no longer current, and nothing commits twice.
 * The share lock makes a revoke wait for pages that are committing, and pages that come later see its number.
 *
 * @throws FENCED when the run is no longer the job's current one
 * @throws SF_PAGE_INCOMPLETE when somebody else loaded the page meanwhile; trying again finds its counts
 */
export async function commitPage(client: Client, { owner, fence, page }: PageMark, counts: RowCounts): Promise<void> {
  const current = await client.query<{ fence: string }>(
    'SELECT fence FROM mooring.job_fence WHERE connection_id = $1 AND job_name = $2 FOR SHARE',
    [owner.connectionId, owner.job],
  );
  if (current.rows[0]?.fence !== fence) {
    throw new MooringError(
      'FENCED',
      `Page ${page} of job "${owner.job}" was not committed: its run is no longer the current one (revoked, cancelled or replaced).`,
    );
  }
  // The time of the commit and not of the beginning: who asks what has come since then must not miss a page that was long under way.
  const marked = await client.query(
    `UPDATE mooring.run_page SET loaded_at = clock_timestamp(), rows_read = $3, rows_inserted = $4, rows_updated = $5, rows_unchanged = $6,
       rows_deleted = $7, rows_rejected = $8
     WHERE run_id = $1 AND page = $2 AND loaded_at IS NULL`,
    [
      owner.runId,
      page,
      counts.read,
      counts.inserted,
      counts.updated,
      counts.unchanged,
      counts.deleted,
      counts.rejected,
    ],
  );
  if (marked.rowCount !== 1) {
    throw new MooringError(
      'SF_PAGE_INCOMPLETE',
      `Page ${page} of job "${owner.job}" was loaded by another worker meanwhile.`,
    );
  }
}
