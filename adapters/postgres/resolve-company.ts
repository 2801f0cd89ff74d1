import {
  isLink,
  LINK,
  MOST_CANDIDATES,
  type CompanyCandidate,
  type CompanyResolution,
} from '../../domain/company-resolution.ts';
import type { ResolutionPair } from '../../domain/connection-spec.ts';
import { createConnections } from './connections.ts';
import { ident, qualified } from './page-sql.ts';
import type { Pool } from './pool.ts';
import { readColumns } from './target-tables.ts';

/** Where the companies of a connection are, and how Accounts lead to them. */
interface Place {
  readonly pool: Pool;
  readonly connection: string;
  readonly connectionId: string;
  readonly schema: string;
  readonly table: string;
  readonly job: string;
  readonly pairs: readonly ResolutionPair[];
}

/** Chains of merges are short; a circle would be a fault of ours. */
const MOST_MERGES = 10;

/**
 * Returns which company an Account is, as Company Sync would say: the row that carries its id; else the row without an id that a
 * pair finds by the Account's id. Other pairs compare values that only Company Sync has read: what they found is linked by id, and
 * what they found twice is among its rejects.
 *
 * Changes nothing. One to four look-ups.
 *
 * @throws CONNECTION_UNKNOWN
 */
export const createResolveCompany =
  (pool: Pool) =>
  async (connection: string, accountId: string): Promise<CompanyResolution> => {
    const { connectionId, spec } = await createConnections(pool).findOrThrow(connection);
    const job = spec.jobs.find(({ kind }) => kind === 'company');
    const place: Place = {
      ...{ pool, connection, connectionId, schema: spec.schema, pairs: spec.companyResolution },
      ...{ table: job?.target.table ?? 'company', job: job?.name ?? 'company-sync' },
    };
    return (
      (await linked(place, accountId)) ??
      (await matchedById(place, accountId)) ??
      (await rejected(place, accountId)) ?? { status: 'none', reason: whyNone(place, accountId) }
    );
  };

/** The company that carries the Account's id, or that of the Account it was merged into. */
async function linked(place: Place, accountId: string): Promise<CompanyResolution | undefined> {
  const { pool, connectionId, job } = place;
  const merges = await pool.query<{ id: string }>(
    `WITH RECURSIVE merged (id, hops) AS (
       SELECT $3::text, 0
       UNION ALL
       SELECT p.master_id, m.hops + 1 FROM merged m JOIN mooring.pending_merge p
           ON p.connection_id = $1 AND p.job_name = $2 AND p.loser_id = m.id
        WHERE m.hops < ${MOST_MERGES}
     ) SELECT id FROM merged ORDER BY hops DESC`,
    [connectionId, job, accountId],
  );
  const ids = merges.rows.map(({ id }) => id);
  const { rows } = await pool.query<CompanyCandidate & { sfdcAccountId: string; deletedAt: Date | null }>(
    `SELECT id AS "companyId", name, sfdc_account_id AS "sfdcAccountId", deleted_at AS "deletedAt"
       FROM ${qualified(place, place.table)} WHERE connection_id = $1 AND sfdc_account_id = ANY ($2)
      ORDER BY deleted_at IS NOT NULL, array_position($2, sfdc_account_id) LIMIT 1`,
    [connectionId, ids],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  const { deletedAt, ...company } = row;
  if (deletedAt === null) return { status: 'one', ...company, matchedBy: LINK };
  return {
    status: 'none',
    reason: `The company of Account "${accountId}" was deleted on ${deletedAt.toISOString()}, by a deletion in Salesforce or because it left the filter of "${job}".`,
  };
}

/** Pairs that compare the Account's id with a column of the team's own: asked in order, among rows that no Account is linked to. */
async function matchedById(place: Place, accountId: string): Promise<CompanyResolution | undefined> {
  const pairs = place.pairs.filter((pair) => pair.account === LINK.account && !isLink(pair));
  if (pairs.length === 0) return undefined;
  const columns = await readColumns(place.pool, place.schema);
  for (const pair of pairs.filter(({ company }) => columns.has(`${place.table}.${company}`))) {
    const found = await resolutionOf(place, pair, accountId);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function resolutionOf(place: Place, pair: ResolutionPair, value: string): Promise<CompanyResolution | undefined> {
  const { rows } = await place.pool.query<CompanyCandidate>(
    // A reject keeps the first 200 characters of a value.
    `SELECT id AS "companyId", name FROM ${qualified(place, place.table)}
      WHERE connection_id = $1 AND sfdc_account_id IS NULL AND deleted_at IS NULL AND left(${ident(pair.company)}::text, 200) = $2
      ORDER BY created_at, id LIMIT ${MOST_CANDIDATES}`,
    [place.connectionId, value],
  );
  const [first] = rows;
  if (first === undefined) return undefined;
  if (rows.length > 1) return { status: 'several', matchedBy: pair, candidates: rows };
  return { status: 'one', ...first, sfdcAccountId: null, matchedBy: pair };
}

/** What Company Sync said of the Account when it read it and could not load it. */
async function rejected(place: Place, accountId: string): Promise<CompanyResolution | undefined> {
  const { rows } = await place.pool.query<{ field: string; value: string | null; code: string }>(
    `SELECT field, value, code FROM mooring.rejected_row
      WHERE connection_id = $1 AND job_name = $2 AND source_id = ANY ($3)`,
    [place.connectionId, place.job, [accountId, accountId.slice(0, 15)]],
  );
  const [reject] = rows;
  if (reject === undefined) return undefined;
  const pair = place.pairs.find(({ account }) => account === reject.field);
  if (reject.code === 'COMPANY_AMBIGUOUS' && pair !== undefined && reject.value !== null) {
    const columns = await readColumns(place.pool, place.schema);
    const now = columns.has(`${place.table}.${pair.company}`)
      ? await resolutionOf(place, pair, reject.value)
      : undefined;
    if (now?.status === 'several') return now;
  }
  return {
    status: 'none',
    // The value stays here: whoever may resolve may not read everything.
    reason: `"${place.job}" could not load Account "${accountId}" because of its field "${reject.field}" (${reject.code}). It tries again at its next run.`,
  };
}

function whyNone({ connection, job, pairs }: Place, accountId: string): string {
  const others = pairs.filter(({ account }) => account !== LINK.account);
  const notLoaded = `No company of connection "${connection}" is linked to Account "${accountId}": "${job}" has not loaded it yet, or its filter leaves it out.`;
  if (others.length === 0) return notLoaded;
  const named = others.map(({ account, company }) => `${account} = ${company}`).join(', ');
  return `${notLoaded} The pairs that compare other fields (${named}) need the Account's values, which only "${job}" reads: run it.`;
}
