import type { StoredRun, SyncPorts } from '../activities/sync-ports.ts';
import { createApiBudget } from './postgres/api-budget.ts';
import { createDescribeCache } from './postgres/describe-cache.ts';
import { createFinishRun } from './postgres/finish-run.ts';
import { createJobs } from './postgres/jobs.ts';
import { loadPage } from './postgres/load-page.ts';
import { loadPicklists } from './postgres/load-picklists.ts';
import { createOrgLeases } from './postgres/org-leases.ts';
import type { Pool } from './postgres/pool.ts';
import { createRuns } from './postgres/runs.ts';
import { sweepPages } from './postgres/sweep-pages.ts';
import { ensureTarget, readColumns } from './postgres/target-tables.ts';
import type { UseSession } from './salesforce/http.ts';
import { createSalesforceApi, type SalesforceApiOptions } from './salesforce/salesforce-api.ts';
import { MooringError } from '../domain/errors.ts';

/** What a page of a run is loaded with. */
function markOf({ connectionId, job, runId, fence, plan, reading }: StoredRun) {
  if (!plan) throw new MooringError('RUN_UNKNOWN', `Run "${runId}" has no plan.`);
  const current = plan.readings[reading];
  return { owner: { connectionId, job, runId }, fence, plan, ...(current === undefined ? {} : { reading: current }) };
}

/** Satisfies all that syncing asks of the world: rows and runs in PostgreSQL, the org behind the sessions that `use` hands out. */
export function createSyncPorts(
  pool: Pool,
  use: UseSession,
  options: Pick<SalesforceApiOptions, 'bulkPageRows'> = {},
): SyncPorts {
  const jobs = createJobs(pool);
  return {
    jobContext: (name, job) => jobs.context(name, job),
    setJobStatus: (connectionId, job, status, reason) => jobs.setStatus(connectionId, job, status, reason),
    describeCache: createDescribeCache(pool),
    readColumns: (schema) => readColumns(pool, schema),
    ensureTarget: (plan) => ensureTarget(pool, plan),
    runs: createRuns(pool),
    budget: createApiBudget(pool),
    withLease: createOrgLeases(pool),
    salesforce: (connectionId, signal) => createSalesforceApi(use, connectionId, { ...options, signal }),
    loadText(run, page, { text, totalSize, nextLocator }) {
      const isOnly = page === run.firstPage && nextLocator === undefined;
      const known = isOnly ? { expectedRows: totalSize } : nextLocator === undefined ? {} : { nextLocator };
      return loadPage(pool, { ...markOf(run), page, content: { format: 'json', text, ...known } });
    },
    loadCsv: (run, page, open) => loadPage(pool, { ...markOf(run), page, content: { format: 'csv', open } }),
    loadPicklists: ({ connectionId, job, runId, fence }, schema, lists, named) =>
      loadPicklists(pool, { owner: { connectionId, job, runId }, fence, page: 0, schema, lists, named }),
    sweep: (run, plan) => sweepPages(pool, run, plan),
    finishRun: createFinishRun(pool),
  };
}
