import type { CompiledJob } from '../../domain/compiled-job.ts';
import { ident, idColumn, isDeleted, literal, qualified, sfid, stageTable, type PageOwner } from './page-sql.ts';

/** `left`: rows that no longer match the filter. `gone`: rows that the org no longer has, or no longer shows. */
export const SWEEPS = ['left', 'gone'] as const;

export type Sweep = (typeof SWEEPS)[number];

/** Keeps the ids of a page's rows that are not deleted, rejected ones included: they are there. */
export const keepIds = (job: CompiledJob, { runId }: PageOwner, kind: 'ids' | 'rows'): string => `
    INSERT INTO mooring.read_id (run_id, kind, source_id)
    SELECT ${literal(runId)}::uuid, ${literal(kind)}, ${sfid('c1')} FROM ${stageTable(job)} WHERE c1 IS NOT NULL AND NOT ${isDeleted(job)}`;

/** The job as it treats a page of nothing but deletions, which have no stamp: nobody knows when they happened. */
export function sweepPlan(job: CompiledJob, sweep: Sweep): CompiledJob {
  const { stamp: _, isDeleted: __, masterRecordId: ___, ...plan } = job;
  const onDelete = sweep === 'gone' ? job.onDelete : job.onLeaveFilter;
  return { ...plan, deletionsOnly: true, onDelete: onDelete === 'keep' ? 'ignore' : onDelete };
}

/** Ids of the rows that we have and that count as there: `key`. Contacts without a company are persons, and have no row of their own. */
function present(job: CompiledJob, { connectionId }: PageOwner): string | undefined {
  const mine = `t.connection_id = ${literal(connectionId)} AND t.deleted_at IS NULL`;
  if (job.kind === 'company-person') {
    return `SELECT t.external_id AS key FROM ${qualified(job, 'external_identity')} AS t WHERE ${mine} AND t.object = ${literal(job.object)}`;
  }
  const id = idColumn(job);
  if (id === undefined) return undefined;
  return `SELECT t.${ident(id)} AS key FROM ${qualified(job, job.table)} AS t WHERE ${mine} AND t.${ident(id)} IS NOT NULL`;
}

/**
 * Brings what we have and the run has not read into the staging table, as if the org had sent it; undefined when rows of the job carry no
 * Salesforce id. What was asked for by id only and is not among the rows has left; what is among neither is gone.
 */
export function stageSweep(job: CompiledJob, owner: PageOwner, sweep: Sweep): string | undefined {
  const rows = present(job, owner);
  if (rows === undefined) return undefined;
  const read = (kind: string): string =>
    `(SELECT FROM mooring.read_id AS r WHERE r.run_id = ${literal(owner.runId)} AND r.kind ${kind} AND r.source_id = t.key)`;
  const missing =
    sweep === 'gone'
      ? `NOT EXISTS ${read(`IN ('ids', 'rows')`)}`
      : `EXISTS ${read(`= 'ids'`)} AND NOT EXISTS ${read(`= 'rows'`)}`;
  return `INSERT INTO ${stageTable(job)} (c1) SELECT t.key FROM (${rows}) AS t WHERE ${missing}`;
}
