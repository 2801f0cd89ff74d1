import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { CompiledJob } from '../../domain/compiled-job.ts';
import { MooringError } from '../../domain/errors.ts';
import type { RowCounts } from '../../domain/run.ts';
import { commitPage, type PageMark } from './commit-page.ts';
import { pageStatements, type PageStatements } from './page-statements.ts';
import { inTransaction, type Client, type Pool } from './pool.ts';

/** What a page brings: a Bulk CSV stream in SELECT order, or the text of a REST answer. */
export type PageContent =
  | {
      readonly format: 'csv';
      readonly bytes: Readable;
      /** `Sforce-NumberOfRecords`; known when the body begins. */
      readonly expectedRows?: number;
    }
  | { readonly format: 'json'; readonly text: string; readonly expectedRows?: number; readonly nextLocator?: string };

export interface LoadPageInput extends PageMark {
  readonly plan: CompiledJob;
  readonly content: PageContent;
}

/** SQLSTATEs that another try cures at once: two pages touched the same rows in another order, or created the same person. */
const AT_ONCE: ReadonlySet<string> = new Set(['40P01', '40001']);
const TRIES = 5;

/** Sorting and probing 100,000 wide rows in memory; above it PostgreSQL spills to disk, slower and still right. */
const WORK_MEM = '64MB';

/**
 * Loads one page in one transaction and returns what became of its rows.
 *
 * Safe to repeat: the transaction ends by marking the page as loaded, and only the first to mark it commits; the counts of that first time are
 * returned to every later caller. Holds one connection while the page streams in.
 *
 * @throws FENCED when the run is no longer the job's current one
 * @throws SF_PAGE_INCOMPLETE when fewer or more rows came than Salesforce announced
 */
export async function loadPage(pool: Pool, input: LoadPageInput): Promise<RowCounts> {
  const statements = pageStatements(input.plan, input.owner);
  if (input.content.format === 'csv') return inTransaction(pool, (client) => loadIn(client, statements, input));
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await inTransaction(pool, (client) => loadIn(client, statements, input));
    } catch (error) {
      // A text can be loaded again as it is; a stream is spent, so its activity is retried instead.
      if (!(error instanceof pg.DatabaseError) || !AT_ONCE.has(error.code ?? '') || attempt >= TRIES) throw error;
    }
  }
}

async function loadIn(client: Client, statements: PageStatements, input: LoadPageInput): Promise<RowCounts> {
  await client.query(`SET LOCAL work_mem = '${WORK_MEM}'; SET LOCAL jit = off; ${statements.createStage}`);
  const read = await stage(client, statements, input);
  const counted = { inserted: 0, updated: 0, deleted: 0, rejected: 0 };
  for (const { sql } of statements.sequence) {
    const { rows } = await client.query<Partial<Record<keyof typeof counted, string>>>(sql);
    for (const [name, value] of Object.entries(rows[0] ?? {})) {
      if (name in counted) counted[name as keyof typeof counted] += Number(value);
    }
  }
  const touched = counted.inserted + counted.updated + counted.deleted + counted.rejected;
  const counts: RowCounts = { read, ...counted, unchanged: Math.max(0, read - touched) };
  await noteNextPage(client, input);
  await commitPage(client, input, counts);
  return counts;
}

/** Brings the rows into the staging table and returns how many they are. */
async function stage(
  client: Client,
  statements: PageStatements,
  { content, plan, page }: LoadPageInput,
): Promise<number> {
  let rows: number;
  if (content.format === 'csv') {
    const copy = client.query(copyFrom(statements.copyCsv));
    await pipeline(content.bytes, copy);
    rows = copy.rowCount;
  } else {
    const inserted = await client.query(statements.unpackJson, [content.text]);
    rows = inserted.rowCount ?? 0;
  }
  if (content.expectedRows !== undefined && content.expectedRows !== rows) {
    throw new MooringError(
      'SF_PAGE_INCOMPLETE',
      `Page ${page} of ${plan.object} announced ${content.expectedRows} rows and brought ${rows}. It is read again.`,
    );
  }
  return rows;
}

/** A REST page tells where the next one is; noted with it, or not at all. */
async function noteNextPage(client: Client, { owner, page, content }: LoadPageInput): Promise<void> {
  if (content.format !== 'json' || content.nextLocator === undefined) return;
  await client.query(
    'INSERT INTO mooring.run_page (run_id, page, locator) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
    [owner.runId, page + 1, content.nextLocator],
  );
}
