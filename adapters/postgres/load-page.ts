import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { CompiledJob } from '../../domain/compiled-job.ts';
import { MooringError } from '../../domain/errors.ts';
import type { RowCounts } from '../../domain/run.ts';
import { commitPage, type PageMark } from './commit-page.ts';
import type { PageStatement } from './page-sql.ts';
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

/** SQLSTATEs that another try cures at once: two pages touched the same rows in another order, or made the same row. */
const AT_ONCE: ReadonlySet<string> = new Set(['40P01', '40001', '23505']);
const TRIES = 10;

/** Sorting and probing 100,000 wide rows in memory; above it PostgreSQL spills to disk, slower and still right. */
const WORK_MEM = '64MB';

/**
 * Loads one page in one transaction and returns what became of its rows.
 *
 * Safe to repeat: the transaction ends by marking the page as loaded, and only the first to mark it commits. Holds one connection while the page
 * streams in.
 *
 * @throws FENCED when the run is no longer the job's current one
 * @throws SF_PAGE_INCOMPLETE when fewer or more rows came than Salesforce announced, or the page has been loaded already: its counts are stored
 */
export const loadPage = (pool: Pool, input: LoadPageInput): Promise<RowCounts> =>
  inTransaction(pool, (client) => loadIn(client, pageStatements(input.plan, input.owner), input));

async function loadIn(client: Client, statements: PageStatements, input: LoadPageInput): Promise<RowCounts> {
  await client.query(`SET LOCAL work_mem = '${WORK_MEM}'; SET LOCAL jit = off; ${statements.createStage}`);
  const read = await stage(client, statements, input);
  // A stream can be read once only: what has been staged outlives a failed try.
  await client.query('SAVEPOINT staged');
  for (let attempt = 1; ; attempt += 1) {
    try {
      const counted = await applySequence(client, statements.sequence);
      if (counted.moved === 0) return await commit(client, input, { read, ...counted });
    } catch (error) {
      const curable = error instanceof pg.DatabaseError && AT_ONCE.has(error.code ?? '');
      if (!curable || attempt >= TRIES) throw error;
    }
    if (attempt >= TRIES) throw new Error('Other pages kept changing the same rows.');
    await client.query('ROLLBACK TO SAVEPOINT staged');
  }
}

/** What the statements say of source rows; `moved` are those that another page changed while we worked on them. */
type Counted = Record<'inserted' | 'updated' | 'deleted' | 'rejected' | 'moved', number>;

async function applySequence(client: Client, sequence: readonly PageStatement[]): Promise<Counted> {
  const counted: Counted = { inserted: 0, updated: 0, deleted: 0, rejected: 0, moved: 0 };
  for (const { sql } of sequence) {
    const { rows } = await client.query<Partial<Record<keyof Counted, string>>>(sql);
    for (const [name, value] of Object.entries(rows[0] ?? {})) {
      if (name in counted) counted[name as keyof Counted] += Number(value);
    }
    if (counted.moved > 0) break;
  }
  return counted;
}

async function commit(
  client: Client,
  input: LoadPageInput,
  { moved: _, ...counted }: Counted & { readonly read: number },
): Promise<RowCounts> {
  const touched = counted.inserted + counted.updated + counted.deleted + counted.rejected;
  const counts: RowCounts = { ...counted, unchanged: Math.max(0, counted.read - touched) };
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
