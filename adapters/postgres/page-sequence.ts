import pg from 'pg';
import { MooringError } from '../../domain/errors.ts';
import type { PageStatement } from './page-sql.ts';
import type { PageStatements } from './page-statements.ts';
import type { Client } from './pool.ts';

/** What the statements say of source rows; `moved` are those that another page changed while we worked on them. */
type Counted = Record<'inserted' | 'updated' | 'deleted' | 'rejected' | 'moved', number>;

export type PageCounts = Readonly<Omit<Counted, 'moved'>>;

/** SQLSTATEs that another try cures at once: two pages touched the same rows in another order, or made the same row. */
const DUPLICATE = '23505';
const AT_ONCE: Readonly<Record<string, number>> = { '40P01': 10, '40001': 10, [DUPLICATE]: 3 };
const MOST_TRIES = 10;

/**
 * Classes of SQLSTATEs by which PostgreSQL refuses what a statement would write: values (22), constraints (23), functions and triggers (38, 39,
 * P0), names and rights (42), views with a check (44), sizes (54).
 */
const REFUSALS: ReadonlySet<string> = new Set(['22', '23', '38', '39', '42', '44', '54', 'P0']);

const refusalOf = (error: unknown): pg.DatabaseError | undefined =>
  error instanceof pg.DatabaseError && REFUSALS.has((error.code ?? '').slice(0, 2)) ? error : undefined;

/** More refused rows in one page than this say that the table is wrong, and not the rows. */
const MOST_REFUSED_ROWS = 1_000;

/** Half-open range of the parted rows, which count from 1. */
interface Part {
  readonly from: number;
  readonly to: number;
}

/**
 * Carries the statements of a page out over its staged rows and returns what became of them. Where PostgreSQL refuses one of the statements (a
 * constraint or trigger of the customer's, a value no check foresaw) the page is cut into halves until the rows that are the reason stand
 * alone: they become rejects, all others are loaded. Everything happens in the caller's transaction.
 *
 * @throws PG_PAGE_REFUSED when more than a thousand rows are refused
 */
export async function applySequence(client: Client, statements: PageStatements, rows: number): Promise<PageCounts> {
  const hopeful = await tryHopeful(client, statements);
  if (hopeful !== undefined) return settled(hopeful);
  // A stream can be read once only: what has been staged outlives a failed try.
  const whole = await tryPart(client, () => runSequence(client, statements.sequence));
  if (!(whole instanceof pg.DatabaseError)) return settled(whole);
  await client.query(statements.part);
  const total = emptyCounts();
  let refused = 0;
  const parts: Part[] = halves({ from: 1, to: rows + 1 });
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    const { from, to } = part;
    const result = await tryPart(client, async () => {
      await client.query(statements.takePart(from, to));
      return runSequence(client, statements.sequence);
    });
    if (!(result instanceof pg.DatabaseError)) {
      for (const name of Object.keys(total) as (keyof Counted)[]) total[name] += result[name];
    } else if (to - from > 1) parts.unshift(...halves(part));
    else {
      refused += 1;
      if (refused > MOST_REFUSED_ROWS) throw tooManyRefused(result);
      await client.query(statements.refusePart, [from, ...wordsOf(result)]);
      total.rejected += 1;
    }
  }
  return settled(total);
}

/** Tries what is right for most pages, and quicker. Undefined when PostgreSQL refused it, with everything as it was before. */
async function tryHopeful(
  client: Client,
  { sequenceOfNew, usualSequence }: PageStatements,
): Promise<Counted | undefined> {
  if (sequenceOfNew !== undefined) {
    const ofNew = await tryPart(client, () => runSequence(client, sequenceOfNew), { ...AT_ONCE, [DUPLICATE]: 1 });
    if (!(ofNew instanceof pg.DatabaseError)) return ofNew;
    if (ofNew.code !== DUPLICATE) return undefined;
  }
  if (usualSequence === undefined) return undefined;
  const usual = await tryPart(client, () => runSequence(client, usualSequence));
  return usual instanceof pg.DatabaseError ? undefined : usual;
}

const settled = ({ moved: _, ...counts }: Counted): PageCounts => counts;

const emptyCounts = (): Counted => ({ inserted: 0, updated: 0, deleted: 0, rejected: 0, moved: 0 });

function halves({ from, to }: Part): Part[] {
  const middle = from + Math.ceil((to - from) / 2);
  return [{ from, to: middle }, ...(middle < to ? [{ from: middle, to }] : [])];
}

/** Does work at a savepoint, anew where that helps. A refusal is returned, with everything as it was before. */
async function tryPart(
  client: Client,
  work: () => Promise<Counted>,
  atOnce = AT_ONCE,
): Promise<Counted | pg.DatabaseError> {
  await client.query('SAVEPOINT part');
  for (let attempt = 1; ; attempt += 1) {
    let refusal;
    try {
      const counted = await work();
      if (counted.moved === 0) {
        await client.query('RELEASE SAVEPOINT part');
        return counted;
      }
    } catch (error) {
      refusal = refusalOf(error);
      const triesOfIt = error instanceof pg.DatabaseError ? (atOnce[error.code ?? ''] ?? 1) : 1;
      if (attempt < triesOfIt) refusal = undefined;
      else if (refusal === undefined) throw error;
    }
    await client.query('ROLLBACK TO SAVEPOINT part');
    if (refusal !== undefined) {
      await client.query('RELEASE SAVEPOINT part');
      return refusal;
    }
    if (attempt >= MOST_TRIES) throw new Error('Other pages kept changing the same rows.');
  }
}

type CountedRow = Partial<Record<keyof Counted, string>>;

/** What it waited for has been committed then: the next try sees it, and so on with each of the pages that are loading. */
const MOST_TRIES_ALONE = 4;

/** Tries a statement at a savepoint of its own. Undefined when other pages made one of its rows each time. */
async function tryAlone(client: Client, sql: string): Promise<pg.QueryResult<CountedRow> | undefined> {
  await client.query('SAVEPOINT alone');
  for (let attempt = 1; attempt <= MOST_TRIES_ALONE; attempt += 1) {
    try {
      const result = await client.query<CountedRow>(sql);
      await client.query('RELEASE SAVEPOINT alone');
      return result;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || error.code !== DUPLICATE) throw error;
      await client.query('ROLLBACK TO SAVEPOINT alone');
    }
  }
  await client.query('RELEASE SAVEPOINT alone');
  return undefined;
}

async function runSequence(client: Client, sequence: readonly PageStatement[]): Promise<Counted> {
  const counted = emptyCounts();
  for (const { sql, hopeful, writes } of sequence) {
    const done = hopeful === undefined ? undefined : await tryAlone(client, hopeful);
    const { rows, rowCount } = done ?? (await client.query<CountedRow>(sql));
    if (writes !== undefined) counted[writes] += rowCount ?? 0;
    for (const [name, value] of Object.entries(rows[0] ?? {})) {
      if (name in counted) counted[name as keyof Counted] += Number(value);
    }
    if (counted.moved > 0) break;
  }
  return counted;
}

/** Which column or constraint it was about, the database's own words, and a sentence without them: they may quote the row. */
function wordsOf({ code = '', column, constraint, message }: pg.DatabaseError): [string, string, string] {
  const about = constraint === undefined ? '' : ` by its constraint "${constraint}"`;
  return [column ?? constraint ?? '', message.slice(0, 200), `was refused by PostgreSQL${about} (SQLSTATE "${code}")`];
}

function tooManyRefused({ code = '', constraint, table }: pg.DatabaseError): MooringError {
  const about = constraint === undefined ? '' : `, constraint "${constraint}"`;
  return new MooringError(
    'PG_PAGE_REFUSED',
    `PostgreSQL refused more than ${MOST_REFUSED_ROWS} rows of one page, the last with SQLSTATE "${code}"${table === undefined ? '' : ` in table "${table}"`}${about}. See what was changed about the table: columns, constraints, triggers, rights.`,
  );
}
