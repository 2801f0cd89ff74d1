import { CancellationScope, ContinueAsNew, continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { RunSummary } from '../domain/run.ts';
import { awaitBulk, beginRun, extract, finishRun, loadPage } from './job-activities.ts';
import type { JobInput, Progress } from './job-input.ts';
import { loadPages } from './load-pages.ts';
import { runEndOf } from './run-end.ts';
import { showState, showStep, showSummary } from './show.ts';
import { whileAuthorized } from './while-authorized.ts';

/** Six events a page: 500 pages stay far below the 4,096 events at which Temporal wants a new history. */
const PAGES_BETWEEN_HISTORIES = 500;

const beginInput = ({ connection, job, syncId, mode }: JobInput) => ({
  connection,
  job,
  workflowRunId: workflowInfo().firstExecutionRunId,
  ...(syncId === undefined ? {} : { syncId }),
  ...(mode === undefined ? {} : { mode }),
});

/** Ends the run, also when it was cancelled, and returns its summary; foreseen ends are results. */
export async function endRun(input: JobInput, runId: string, work: () => Promise<unknown>): Promise<RunSummary> {
  let end: Parameters<typeof finishRun>[0]['end'] = { status: 'success' };
  try {
    await work();
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error;
    end = runEndOf(error);
  }
  const summary = await CancellationScope.nonCancellable(() => finishRun({ runId, end }));
  showSummary(summary);
  showState(summary.status, input);
  return summary;
}

/** Begins a run; what ends it before it has begun is a summary too. */
export const beginAuthorized = (input: JobInput) =>
  whileAuthorized(input.connection, () => beginRun(beginInput(input))).catch((error: unknown) =>
    failedToBegin(input, error),
  );

/** Begins a run, or goes on with the one that was carried over. */
async function begin(input: JobInput): Promise<Progress | RunSummary> {
  showState('running', input);
  showStep('Compiling the job');
  const begun = await beginAuthorized(input);
  if ('summary' in begun) {
    showSummary(begun.summary);
    showState(begun.summary.status, input);
    return begun.summary;
  }
  return { ...begun, nextPage: 0 };
}

/** A job that cannot begin has no run to end; its summary says why. */
function failedToBegin(input: JobInput, error: unknown): { readonly summary: RunSummary } {
  const { status, errorCode, errorMessage } = runEndOf(error);
  if (status === 'cancelled') throw error;
  return {
    summary: {
      job: input.job,
      status: 'failed',
      ...{
        read: 0,
        inserted: 0,
        updated: 0,
        unchanged: 0,
        deleted: 0,
        rejected: 0,
        pending: 0,
        apiCalls: 0,
        seconds: 0,
      },
      reason: errorMessage,
      errorCode,
    },
  };
}

/** Finds out how many pages there are; REST pages are walked instead, and leave `pages` unset. */
async function read({ connection }: JobInput, progress: Progress): Promise<Progress | undefined> {
  if (progress.nextPage > 0 || progress.pages !== undefined) return progress;
  showStep(`Reading ${progress.object}`);
  const { runId } = progress;
  const { next } = await whileAuthorized(connection, () =>
    extract.executeWithOptions({ summary: progress.object }, [{ runId }]),
  );
  if (next === 'done') return undefined;
  if (next === 'load-pages') return { ...progress, nextPage: 1 };
  showStep(`Waiting for Salesforce to prepare ${progress.object}`);
  return { ...progress, ...(await whileAuthorized(connection, () => awaitBulk({ runId }))) };
}

/** One REST page leads to the next; returns where to go on, or undefined at the end. */
async function walk(
  { connection }: JobInput,
  { runId, nextPage }: Progress,
  last: number,
): Promise<number | undefined> {
  for (let page = nextPage; page < last; page += 1) {
    const { hasNext } = await whileAuthorized(connection, () =>
      loadPage.executeWithOptions({ summary: `page ${page + 1}` }, [{ runId, page }]),
    );
    showStep(`Loading: ${page + 1} pages`);
    if (!hasNext) return undefined;
  }
  return last;
}

/**
 * Runs one job over rows: begin, extract, load page by page, finish. Continues as new every 500 pages.
 *
 * @param carried - set only when continuing as new
 */
export async function runJob(input: JobInput, carried?: Progress): Promise<RunSummary> {
  const begun = carried ?? (await begin(input));
  if (!('nextPage' in begun)) return begun;
  return endRun(input, begun.runId, async () => {
    const progress = await read(input, begun);
    if (progress === undefined) return;
    const { connection } = input;
    const { runId, nextPage: from, pages } = progress;
    const last = from + PAGES_BETWEEN_HISTORIES;
    if (pages !== undefined) await loadPages({ connection, runId, from, to: Math.min(last, pages), total: pages });
    const nextPage = pages === undefined ? await walk(input, progress, last) : last < pages ? last : undefined;
    if (nextPage !== undefined) await continueAsNew<typeof runJob>(input, { ...progress, nextPage });
  });
}
