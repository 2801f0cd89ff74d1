import type { CompiledJob } from '../../domain/compiled-job.ts';
import type { Reading } from '../../domain/reading.ts';
import type { RowCounts } from '../../domain/run.ts';
import { commitPage, type PageMark } from './commit-page.ts';
import { applySequence } from './page-sequence.ts';
import { stagePage, type PageContent } from './page-stage.ts';
import { idStatements, pageStatements, type PageStatements } from './page-statements.ts';
import { inTransaction, type Client, type Pool } from './pool.ts';
import { sweepPlan } from './sweep-sql.ts';

export interface LoadPageInput extends PageMark {
  readonly plan: CompiledJob;
  /** The reading that the page belongs to; absent for a sweep. */
  readonly reading?: Reading;
  readonly content: PageContent;
}

/**
 * How a page's statements are carried out. Sorting and probing 100,000 wide rows takes place in memory; above it PostgreSQL spills to disk, slower and
 * still right. Rows of the model are found by index only: a table that was analyzed while it was empty is planned as one that has no rows, and would be
 * read from end to end for each row of the page that fills it.
 */
export const PAGE_SETTINGS = `SET LOCAL work_mem = '64MB'; SET LOCAL jit = off; SET LOCAL enable_seqscan = off`;

/**
 * Loads one page in one transaction and returns what became of its rows.
 *
 * Safe to repeat: the transaction ends by marking the page as loaded, and only the first to mark it commits. Holds one connection while the page
 * streams in. Rows that PostgreSQL cannot read or refuses become rejects; the others are loaded.
 *
 * @throws FENCED when the run is no longer the job's current one
 * @throws SF_PAGE_INCOMPLETE when fewer or more rows came than Salesforce announced, or the page has been loaded already: its counts are stored
 * @throws PG_PAGE_REFUSED when PostgreSQL refuses more rows than bad rows could explain
 */
export const loadPage = (pool: Pool, input: LoadPageInput): Promise<RowCounts> =>
  inTransaction(pool, (client) => loadIn(client, statementsOf(input), input));

function statementsOf({ plan, owner, reading, content }: LoadPageInput): PageStatements {
  if (content.format === 'sweep') return pageStatements(sweepPlan(plan, content.sweep), owner);
  return reading?.kind === 'ids' ? idStatements(plan, owner) : pageStatements(plan, owner, reading);
}

async function loadIn(client: Client, statements: PageStatements, input: LoadPageInput): Promise<RowCounts> {
  await client.query(`${PAGE_SETTINGS}; ${statements.createStage}`);
  const { rows, unreadable } = await stagePage(client, statements, input.content);
  if (unreadable.length > 0) {
    const columns = [unreadable.map(({ sourceId }) => sourceId), unreadable.map(({ reason }) => reason)];
    await client.query(statements.keepUnreadable, columns);
  }
  if (statements.prepare !== '') await client.query(statements.prepare);
  const { rejected, ...applied } = await applySequence(client, statements, rows);
  const read = statements.isOfRows ? rows + unreadable.length : 0;
  const counted = { ...applied, read, rejected: rejected + unreadable.length };
  const touched = counted.inserted + counted.updated + counted.deleted + counted.rejected;
  const counts: RowCounts = { ...counted, unchanged: Math.max(0, counted.read - touched) };
  await noteNextPage(client, input);
  await commitPage(client, input, counts);
  return counts;
}

/** A REST page tells where the next one is; noted with it, or not at all. */
async function noteNextPage(client: Client, { owner, page, content }: LoadPageInput): Promise<void> {
  if (content.format !== 'json' || content.nextLocator === undefined) return;
  await client.query(
    'INSERT INTO mooring.run_page (run_id, page, locator) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
    [owner.runId, page + 1, content.nextLocator],
  );
}
