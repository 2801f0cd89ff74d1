import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { setTimeout as delay } from 'node:timers/promises';
import { isRefusedByBulk } from '../domain/bulk-unsupported.ts';
import { firstLookMs, nextLookMs } from '../domain/bulk-looks.ts';
import type { CompiledJob } from '../domain/compiled-job.ts';
import { MooringError } from '../domain/errors.ts';
import { pathsOf, type Reading } from '../domain/reading.ts';
import { NO_ROWS, type RowCounts, type Strategy } from '../domain/run.ts';
import type { BulkJobInfo, QueryPage, SalesforcePort, StoredRun, SyncPorts } from './sync-ports.ts';
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
  /** Whether there is a page behind it. */
  readonly hasNext: boolean;
}

/** Up to this many rows REST is quicker than a Bulk job's life cycle; ten pages, each a call. Salesforce recommends Bulk from 2,000 rows on. */
const REST_MOST_ROWS = 10_000;
/** A wait for a Bulk job that is longer is handed to Temporal: waiting holds no worker slot. */
const LONGEST_WAIT_MS = 1_000;
/** How long a page waits in the worker for the one before it to say where it is, which that one does as soon as it begins to arrive. */
const LOCATOR_LOOKS_MS = [20, 20, 40, 80, 160, 320, 640];
const LOCATOR_LATER_MS = 2_000;

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
  const { object, extract } = planOf(run);
  const way = extract === 'auto' && isRefusedByBulk(object) ? 'rest' : extract;
  const { soql, all, isWhole } = readingOf(run);
  const query = (): Promise<QueryPage> => api.query(soql, { all, object });
  // An org counts its rows now and then; to find millions of them for the sake of their number takes it seconds.
  const counted = way === 'auto' && isWhole === true ? await api.recordCount(object).catch(() => 0) : 0;
  const head = way === 'bulk' || counted > REST_MOST_ROWS ? undefined : await query();
  if (head && (way === 'rest' || head.totalSize <= REST_MOST_ROWS)) return goOnByRest(ports, run, head);
  const jobId = await api.createJob(soql, { all, object }).catch((error: unknown) => {
    // A good query, which REST answers, of an object that Bulk does not know, beyond those that we know of.
    if (way !== 'bulk' && error instanceof MooringError && error.code === 'SF_QUERY_REFUSED') return undefined;
    throw error;
  });
  if (way !== 'bulk' && jobId === undefined) return goOnByRest(ports, run, head ?? (await query()));
  const rowsExpected = head?.totalSize ?? counted;
  await ports.runs.setStrategy(runId, 'bulk', rowsExpected);
  await ports.runs.setBulkJob(runId, jobId ?? '');
  return { strategy: 'bulk', next: 'await-bulk', rowsExpected, firstPage };
}

async function goOnByRest(ports: SyncPorts, run: StoredRun, head: QueryPage): Promise<Extracted> {
  const { runId, firstPage } = run;
  await ports.runs.setStrategy(runId, 'rest', head.totalSize);
  await ports.runs.addPages(runId, ['query'], firstPage);
  await ports.loadText(run, firstPage, head);
  const next = head.nextLocator === undefined ? 'done' : 'load-pages';
  return { strategy: 'rest', next, rowsExpected: head.totalSize, firstPage };
}

/** What a look at the run's Bulk job tells; its `result` is undefined while it is at work. @throws SF_BULK_JOB_FAILED */
async function lookAtBulkJob(api: SalesforcePort, run: StoredRun): Promise<BulkJobInfo> {
  const jobId = run.bulkJobId ?? '';
  // A contact becomes three rows, and pages with contacts of one person wait for each other's end.
  const info = await api.jobInfo(jobId, { halfPages: planOf(run).kind === 'company-person' });
  if (info.state === 'Failed' || info.state === 'Aborted') {
    const words = info.errorMessage?.replaceAll(/\s+/g, ' ').slice(0, 300);
    throw new MooringError(
      'SF_BULK_JOB_FAILED',
      `Bulk job "${jobId}" of job "${run.job}" ended ${info.state} at Salesforce${words ? `: ${words}` : ''}.`,
    );
  }
  return info;
}

/** Waits for the Bulk job and notes its first page. @throws SF_BULK_JOB_RUNNING until it is complete */
export async function awaitBulk(ports: SyncPorts, runId: string): Promise<{ readonly pages: number }> {
  const run = await ports.runs.get(runId);
  const { attempt, scheduledTimestampMs } = activityInfo();
  return withOrg(ports, run, async (api) => {
    let pauseMs = attempt === 1 ? firstLookMs(run.rowsExpected) : 0;
    while (pauseMs <= LONGEST_WAIT_MS) {
      await delay(pauseMs, undefined, { signal: cancellationSignal() });
      const { result, numberRecordsProcessed } = await lookAtBulkJob(api, run);
      if (result) {
        await ports.runs.addBulkPage(run, run.firstPage, result.locator);
        return { pages: result.pages };
      }
      const elapsedMs = Date.now() - scheduledTimestampMs;
      pauseMs = nextLookMs({ elapsedMs, expected: run.rowsExpected, processed: numberRecordsProcessed });
    }
    throw new MooringError('SF_BULK_JOB_RUNNING', `Bulk job "${run.bulkJobId ?? ''}" is still running at Salesforce.`, {
      retryAfterMs: pauseMs,
    });
  });
}

/** Finds out where a page is, which the page before it knows; undefined when there is no such page. @throws SF_PAGE_PENDING when that is not known yet */
async function locate(ports: SyncPorts, run: StoredRun, page: number) {
  const { runId } = run;
  for (const pauseMs of [0, ...LOCATOR_LOOKS_MS]) {
    await delay(pauseMs, undefined, { signal: cancellationSignal() });
    // Asked first: what is behind a page has been noted before that page is loaded.
    const isLast = page > run.firstPage && (await ports.runs.page(runId, page - 1))?.counts !== undefined;
    const stored = await ports.runs.page(runId, page);
    if (stored || isLast) return stored;
    if (run.strategy !== 'bulk' || page === run.firstPage)
      throw new MooringError('RUN_UNKNOWN', `Run "${runId}" has no page ${page}.`);
  }
  throw new MooringError('SF_PAGE_PENDING', `Where page ${page} is, is known once the page before it arrives.`, {
    retryAfterMs: LOCATOR_LATER_MS,
  });
}

/** Loads one page in one transaction; one that has been loaded is only read. */
export async function loadPage(ports: SyncPorts, runId: string, page: number): Promise<LoadedPage> {
  const run = await ports.runs.get(runId);
  const { object, paths } = planOf(run);
  const stored = await locate(ports, run, page);
  if (!stored) return { counts: NO_ROWS, hasNext: false };
  const hasNext = async (): Promise<boolean> => (await ports.runs.page(runId, page + 1)) !== undefined;
  if (stored.counts) return { counts: stored.counts, hasNext: await hasNext() };
  const load = async (api: SalesforcePort): Promise<LoadedPage> => {
    if (run.strategy === 'bulk') {
      const columns = pathsOf(readingOf(run), paths);
      const counts = await ports.loadCsv(run, page, async () => {
        const opened = await api.openResultPage(stored.locator, columns, object);
        // Before its rows arrive: the next page can be read meanwhile, by whichever worker is free.
        if (opened.nextLocator !== undefined) await ports.runs.addBulkPage(run, page + 1, opened.nextLocator);
        return opened;
      });
      return { counts, hasNext: await hasNext() };
    }
    const content = await api.queryMore(stored.locator, object);
    const counts = await ports.loadText(run, page, content);
    return { counts, hasNext: content.nextLocator !== undefined };
  };
  return ports.withLease(run.connectionId, () => withOrg(ports, run, load));
}
