import { CancellationScope, ContinueAsNew, continueAsNew, workflowInfo } from '@temporalio/workflow';
import { MOST_RESTARTS } from '../domain/reading.ts';
import { unrun, type RunSummary } from '../domain/run.ts';
import { awaitBulk, beginRun, extract, finishRun, loadPage, restartReading } from './job-activities.ts';
import { modeOf, type JobInput, type Place, type Progress } from './job-input.ts';
import { loadPages } from './load-pages.ts';
import { isFailureOf, runEndOf } from './run-end.ts';
import { showState, showStep, showSummary } from './show.ts';
import { whileAllowed } from './while-allowed.ts';

/** Six events a page: 500 pages stay far below the 4,096 events at which Temporal wants a new history. */
const PAGES_BETWEEN_HISTORIES = 500;

const beginInput = ({ connection, job, syncId, ...choice }: JobInput) => ({
  connection,
  job,
  workflowRunId: workflowInfo().firstExecutionRunId,
  ...(syncId === undefined ? {} : { syncId }),
  ...modeOf(choice),
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
  whileAllowed(input.connection, () => beginRun(beginInput(input))).catch((error: unknown) =>
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
  return { ...begun, reading: 0, restarts: 0 };
}

/** A job that cannot begin has no run to end; its summary says why. */
function failedToBegin(input: JobInput, error: unknown): { readonly summary: RunSummary } {
  const { status, errorCode, errorMessage } = runEndOf(error);
  if (status === 'cancelled') throw error;
  return { summary: unrun(input.job, 'failed', errorMessage, errorCode) };
}

/** Asks for the rows of the reading and finds out where they are; undefined when the first page was all. */
async function locate({ connection }: JobInput, { runId, object, reading }: Progress): Promise<Place | undefined> {
  showStep(`Reading ${object}`);
  const { next, firstPage } = await whileAllowed(connection, () =>
    extract.executeWithOptions({ summary: object }, [{ runId, reading }]),
  );
  if (next === 'done') return undefined;
  if (next === 'load-pages') return { firstPage, nextPage: firstPage + 1 };
  showStep(`Waiting for Salesforce to prepare ${object}`);
  return { firstPage, nextPage: firstPage, ...(await whileAllowed(connection, () => awaitBulk({ runId }))) };
}

/** One REST page leads to the next; returns where to go on, or undefined at the end. */
async function walk(
  { connection }: JobInput,
  runId: string,
  { firstPage, nextPage }: Place,
): Promise<number | undefined> {
  const last = nextPage + PAGES_BETWEEN_HISTORIES;
  for (let page = nextPage; page < last; page += 1) {
    const summary = `page ${page - firstPage + 1}`;
    const { hasNext } = await whileAllowed(connection, () =>
      loadPage.executeWithOptions({ summary }, [{ runId, page }]),
    );
    showStep(`Loading: ${page - firstPage + 1} pages`);
    if (!hasNext) return undefined;
  }
  return last;
}

/** Bulk pages load side by side; returns where to go on, or undefined at the end. */
async function loadAll(
  { connection }: JobInput,
  runId: string,
  { firstPage, nextPage: from, pages: expected }: Required<Place>,
): Promise<number | undefined> {
  const to = from + PAGES_BETWEEN_HISTORIES;
  const isEnd = await loadPages({ connection, runId, from, to, firstPage, expected });
  return isEnd ? undefined : to;
}

/** Carries out one reading, from where it is. Continues as new every 500 pages. */
async function read(input: JobInput, progress: Progress): Promise<void> {
  const { runId } = progress;
  const place = progress.place ?? (await locate(input, progress));
  if (place === undefined) return;
  const { pages } = place;
  const nextPage =
    pages === undefined ? await walk(input, runId, place) : await loadAll(input, runId, { ...place, pages });
  if (nextPage !== undefined) await continueAsNew<typeof runJob>(input, { ...progress, place: { ...place, nextPage } });
}

/** Starts the reading over when the org has forgotten where it was: no row is lost, those that were loaded are read again. */
async function startOver(input: JobInput, progress: Progress, error: unknown): Promise<Progress> {
  const { place: _, ...rest } = progress;
  if (!isFailureOf(error, 'SF_CURSOR_LOST') || progress.restarts >= MOST_RESTARTS) throw error;
  await restartReading({ runId: progress.runId });
  return { ...rest, restarts: progress.restarts + 1 };
}

/** Carries out all readings of a run, one after the other. */
async function readAll(input: JobInput, begun: Progress): Promise<void> {
  let progress = begun;
  while (progress.reading < progress.readings) {
    try {
      await read(input, progress);
      const { place: _, ...rest } = progress;
      progress = { ...rest, reading: progress.reading + 1 };
    } catch (error) {
      progress = await startOver(input, progress, error);
    }
  }
}

/**
 * Runs one job over rows: begin, extract, load page by page, finish.
 *
 * @param carried - set only when continuing as new
 */
export async function runJob(input: JobInput, carried?: Progress): Promise<RunSummary> {
  const begun = carried ?? (await begin(input));
  if (!('reading' in begun)) return begun;
  return endRun(input, begun.runId, () => readAll(input, begun));
}
