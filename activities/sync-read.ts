import { activityInfo } from '@temporalio/activity';
import { setTimeout as delay } from 'node:timers/promises';
import type { CompiledJob } from '../domain/compiled-job.ts';
import { MooringError } from '../domain/errors.ts';
import { pathsOf, type Reading } from '../domain/reading.ts';
import type { RowCounts, Strategy } from '../domain/run.ts';
import type { SalesforcePort, StoredRun, SyncPorts } from './sync-ports.ts';
import { withOrg } from './with-org.ts';

export interface Extracted {
  readonly strategy: Strategy;
  /** Bulk: wait for the job. REST: whether there are pages behind the first one, which has been loaded. */
  readonly next: 'await-bulk' | 'load-pages' | 'done';
  readonly rowsExpected: number;
  /** Number of the reading's first page. */
  readonly firstPage: number;
}

export interface LoadedPage {
  readonly counts: RowCounts;
  /** REST: whether the next page is there to be loaded. */
  readonly hasNext: boolean;
}

/** Up to this many rows REST is quicker than a Bulk job's life cycle; ten pages, each a call. Salesforce recommends Bulk from 2,000 rows on. */
const REST_MOST_ROWS = 10_000;
/** Salesforce takes about 16 KB of URI and headers. */
const REST_LONGEST_SOQL = 8_000;
/** Looks at a young Bulk job, before the wait is handed to Temporal: most are done within seconds. */
const QUICK_LOOKS_MS = [50, 150, 300, 500, 1000];
const LATER_LOOK_MS = 5_000;

const planOf = (run: StoredRun): CompiledJob => {
  if (run.plan) return run.plan;
  throw new MooringError('RUN_UNKNOWN', `Run "${run.runId}" of job "${run.job}" has no plan: it reads no rows.`);
};

function readingOf(run: StoredRun): Reading {
  const reading = planOf(run).readings[run.reading];
  if (reading) return reading;
  throw new MooringError('RUN_UNKNOWN', `Run "${run.runId}" of job "${run.job}" has no reading ${run.reading}.`);
}

/** Asks for the rows of a reading: few come by REST, and the first page of them is loaded at once; many become a Bulk job. */
export async function extract(ports: SyncPorts, runId: string, reading: number): Promise<Extracted> {
  const run = await ports.runs.startReading(runId, reading);
  const { firstPage } = run;
  if (run.bulkJobId !== undefined) return { strategy: 'bulk', next: 'await-bulk', rowsExpected: 0, firstPage };
  if ((await ports.runs.page(runId, firstPage))?.counts) {
    const hasMore = (await ports.runs.page(runId, firstPage + 1)) !== undefined;
    return { strategy: 'rest', next: hasMore ? 'load-pages' : 'done', rowsExpected: 0, firstPage };
  }
  return withOrg(ports, run, (api) => ask(ports, run, api));
}

async function ask(ports: SyncPorts, run: StoredRun, api: SalesforcePort): Promise<Extracted> {
  const { runId, firstPage } = run;
  const { object, extract: way } = planOf(run);
  const { soql, all } = readingOf(run);
  const mustBeBulk = way === 'bulk' || (way === 'auto' && soql.length > REST_LONGEST_SOQL);
  const head = mustBeBulk ? undefined : await api.query(soql, { all, object });
  if (head && (way === 'rest' || head.totalSize <= REST_MOST_ROWS)) {
    await ports.runs.setStrategy(runId, 'rest', head.totalSize);
    await ports.runs.addPages(runId, ['query'], firstPage);
    await ports.loadText(run, firstPage, head);
    const next = head.nextLocator === undefined ? 'done' : 'load-pages';
    return { strategy: 'rest', next, rowsExpected: head.totalSize, firstPage };
  }
  const rowsExpected = head?.totalSize ?? 0;
  await ports.runs.setStrategy(runId, 'bulk', rowsExpected);
  await ports.runs.setBulkJob(runId, await api.createJob(soql, { all, object }));
  return { strategy: 'bulk', next: 'await-bulk', rowsExpected, firstPage };
}

/** @returns undefined while the job is at work */
async function bulkState(api: SalesforcePort, run: StoredRun): Promise<{ rows: number } | undefined> {
  const jobId = run.bulkJobId ?? '';
  const info = await api.jobInfo(jobId);
  if (info.state === 'JobComplete') return { rows: info.numberRecordsProcessed ?? 0 };
  if (info.state === 'Failed' || info.state === 'Aborted') {
    const words = info.errorMessage?.replaceAll(/\s+/g, ' ').slice(0, 300);
    throw new MooringError(
      'SF_BULK_JOB_FAILED',
      `Bulk job "${jobId}" of job "${run.job}" ended ${info.state} at Salesforce${words ? `: ${words}` : ''}.`,
    );
  }
  return undefined;
}

/** Waits a moment for the Bulk job and lists its result pages. @throws SF_BULK_JOB_RUNNING until it is complete */
export async function awaitBulk(ports: SyncPorts, runId: string): Promise<{ readonly pages: number }> {
  const run = await ports.runs.get(runId);
  return withOrg(ports, run, async (api) => {
    const looks = activityInfo().attempt === 1 ? QUICK_LOOKS_MS : [0];
    for (const pauseMs of looks) {
      await delay(pauseMs);
      const complete = await bulkState(api, run);
      if (!complete) continue;
      const pages = await api.resultPages(run.bulkJobId ?? '', complete.rows);
      await ports.runs.addPages(runId, pages, run.firstPage);
      return { pages: pages.length };
    }
    throw new MooringError('SF_BULK_JOB_RUNNING', `Bulk job "${run.bulkJobId ?? ''}" is still running at Salesforce.`, {
      retryAfterMs: LATER_LOOK_MS,
    });
  });
}

/** Loads one page in one transaction; one that has been loaded is only read. */
export async function loadPage(ports: SyncPorts, runId: string, page: number): Promise<LoadedPage> {
  const run = await ports.runs.get(runId);
  const { object, paths } = planOf(run);
  const stored = await ports.runs.page(runId, page);
  if (!stored) throw new MooringError('RUN_UNKNOWN', `Run "${runId}" has no page ${page}.`);
  const hasNext = async (): Promise<boolean> => (await ports.runs.page(runId, page + 1)) !== undefined;
  if (stored.counts) return { counts: stored.counts, hasNext: await hasNext() };
  const load = async (api: SalesforcePort): Promise<LoadedPage> => {
    if (run.strategy === 'bulk') {
      const columns = pathsOf(readingOf(run), paths);
      const counts = await ports.loadCsv(run, page, () => api.openResultPage(stored.locator, columns, object));
      return { counts, hasNext: await hasNext() };
    }
    const content = await api.queryMore(stored.locator, object);
    const counts = await ports.loadText(run, page, content);
    return { counts, hasNext: content.nextLocator !== undefined };
  };
  return ports.withLease(run.connectionId, () => withOrg(ports, run, load));
}
