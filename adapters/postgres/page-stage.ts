import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { ResultPage } from '../../activities/sync-ports.ts';
import { MooringError } from '../../domain/errors.ts';
import { CsvCleaner, cleanJson, type UnreadableRecord } from './page-cleaner.ts';
import type { PageStatements } from './page-statements.ts';
import type { Client } from './pool.ts';
import type { Sweep } from './sweep-sql.ts';

/** What a page brings: a Bulk CSV stream in SELECT order, which can be opened again; the text of a REST answer; or nothing from outside. */
export type PageContent =
  | { readonly format: 'csv'; readonly open: () => Promise<ResultPage> }
  | { readonly format: 'json'; readonly text: string; readonly expectedRows?: number; readonly nextLocator?: string }
  /** What we have and the run has not read. */
  | { readonly format: 'sweep'; readonly sweep: Sweep };

export interface Staged {
  /** Rows in the staging table. */
  readonly rows: number;
  /** Records that could not even be staged. */
  readonly unreadable: readonly UnreadableRecord[];
}

/** What PostgreSQL says of bytes, widths and escapes that are none: 22021, 22P04; of JSON also 22P05 and 22P02. */
const UNREADABLE: ReadonlySet<string> = new Set(['22021', '22P02', '22P04', '22P05']);

const isUnreadable = (error: unknown): boolean => error instanceof pg.DatabaseError && UNREADABLE.has(error.code ?? '');

/**
 * Brings the rows of a page into the staging table. A page that PostgreSQL cannot read is opened again, and the records that are the reason are
 * taken out of it: slower, and only for such pages.
 *
 * @throws SF_PAGE_INCOMPLETE when fewer or more rows came than Salesforce announced
 * @throws SF_PAGE_UNREADABLE when that is so although the page was taken apart record by record
 */
export async function stagePage(client: Client, statements: PageStatements, content: PageContent): Promise<Staged> {
  await client.query('SAVEPOINT empty');
  try {
    return await stage(client, statements, content, false);
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    await client.query('ROLLBACK TO SAVEPOINT empty');
    return stage(client, statements, content, true);
  }
}

async function stage(
  client: Client,
  statements: PageStatements,
  content: PageContent,
  isCareful: boolean,
): Promise<Staged> {
  if (content.format === 'sweep') {
    const { rowCount } = await client.query(statements.stageSweep(content.sweep));
    return { rows: rowCount ?? 0, unreadable: [] };
  }
  if (content.format === 'json') {
    const { text, unreadable } = isCareful ? cleanJson(content.text) : { text: content.text, unreadable: [] };
    const { rowCount } = await client.query(statements.unpackJson, [text]);
    return counted({ rows: rowCount ?? 0, unreadable }, content.expectedRows, isCareful);
  }
  const { bytes, expectedRows } = await content.open();
  const cleaner = isCareful ? new CsvCleaner(statements.columns) : undefined;
  const rows = await copy(client, statements.copyCsv, cleaner ? [bytes, cleaner] : [bytes]);
  return counted({ rows, unreadable: cleaner?.unreadable ?? [] }, expectedRows, isCareful);
}

async function copy(client: Client, sql: string, source: readonly [Readable, CsvCleaner] | readonly [Readable]) {
  const target = client.query(copyFrom(sql));
  await pipeline([...source, target]);
  return target.rowCount;
}

function counted(staged: Staged, expectedRows: number | undefined, isCareful: boolean): Staged {
  const came = staged.rows + staged.unreadable.length;
  if (expectedRows === undefined || expectedRows === came) return staged;
  throw new MooringError(
    isCareful ? 'SF_PAGE_UNREADABLE' : 'SF_PAGE_INCOMPLETE',
    `A page announced ${expectedRows} rows and brought ${came}. It is read again.`,
  );
}
