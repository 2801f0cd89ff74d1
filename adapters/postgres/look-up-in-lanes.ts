import type { StoredRun } from '../../activities/sync-ports.ts';
import type { CompiledJob } from '../../domain/compiled-job.ts';
import { jobsOf } from './jobs-of.ts';
import { ident, qualified } from './page-sql.ts';
import { inTransaction, type Client, type Pool } from './pool.ts';
import { lookUpReferences, lookupsWithNews, type Blocks } from './resolve-references.ts';

/**
 * Counts the rows of a table that was empty anew, for PostgreSQL's planner. Autovacuum may have counted while the pages were not committed yet; what is
 * planned for no rows reads the whole table for each of its references. Of few columns and from few pages: the count alone matters.
 */
const countForPlanner = (client: Client, plan: CompiledJob) =>
  client.query(
    `SET LOCAL default_statistics_target = 10;
     ANALYZE ${qualified(plan, plan.table)} (${['connection_id', ...plan.upsertKey].map(ident).join(', ')})`,
  );

/** The later a row came, the fewer of its references are open: of many parts both connections do as much. */
const PARTS = 8;

/** Cuts a table into parts of as many blocks, the last one open-ended. */
async function partsOf(client: Client, plan: CompiledJob): Promise<Blocks[]> {
  const { rows } = await client.query<{ blocks: number }>(
    `SELECT (pg_relation_size($1) / current_setting('block_size')::bigint)::integer AS blocks`,
    [qualified(plan, plan.table)],
  );
  const size = Math.ceil((rows[0]?.blocks ?? 0) / PARTS);
  if (size === 0) return [{ from: 0 }];
  return Array.from({ length: PARTS }, (_, part) => ({
    from: part * size,
    ...(part < PARTS - 1 ? { to: (part + 1) * size } : {}),
  }));
}

/** Whether the run is still the one that may change rows; nobody takes that from it while the transaction lasts. */
async function isCurrent(client: Client, run: StoredRun): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT FROM mooring.job_fence AS f JOIN mooring.run AS r ON r.id = $3 AND r.status = 'running'
     WHERE f.connection_id = $1 AND f.job_name = $2 AND f.fence = $4 FOR SHARE OF f`,
    [run.connectionId, run.job, run.runId, run.fence],
  );
  return rowCount === 1;
}

/**
 * Whether a run looks at the whole table for its references: after a first load, in which many a row has come before the one that it refers to, and
 * where everything has been read again. What is not unique may lead elsewhere once merges have been applied, and is looked up behind them.
 */
const looksAtAll = ({ mode, plan }: StoredRun): boolean =>
  plan?.fillsEmptyTable === true ||
  ((mode === 'full' || mode === 'reconcile') && plan?.lookups.every(({ unique }) => unique) === true);

/**
 * Looks the references of such a run up on two connections, as its pages were loaded. Safe to repeat. Returns whether it did; it does nothing for any
 * other run.
 */
export async function lookUpInLanes(pool: Pool, run: StoredRun): Promise<boolean> {
  const { plan } = run;
  if (plan === undefined || !looksAtAll(run)) return false;
  const work = await inTransaction(pool, async (client) => {
    if (!(await isCurrent(client, run))) return undefined;
    if (plan.fillsEmptyTable === true) await countForPlanner(client, plan);
    const jobs = await jobsOf(client, run.connectionId);
    const lookups = await lookupsWithNews({ client, run, plan, jobs });
    return { jobs, lookups, parts: lookups.length === 0 ? [] : await partsOf(client, plan) };
  });
  if (work === undefined) return false;
  const { jobs, lookups, parts } = work;
  const lane = (): Promise<boolean> =>
    inTransaction(pool, async (client) => {
      if (!(await isCurrent(client, run))) return false;
      const ending = { client, run, plan, jobs };
      for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
        await lookUpReferences(ending, lookups, part);
      }
      return true;
    });
  return (await Promise.all([lane(), lane()])).every(Boolean);
}
