import type { RunSummary } from '../domain/run.ts';
import { beginRun, loadPicklists } from './job-activities.ts';
import type { JobInput } from './job-input.ts';
import { beginInput, endRun, failedToBegin } from './run-job.ts';
import { showState, showStep, showSummary } from './show.ts';

/** Runs one job: picklists of describe → dropdown_list and dropdown_item. One page, so nothing to walk. */
export async function picklistSync(input: JobInput): Promise<RunSummary> {
  showState('running', input);
  showStep('Reading picklists');
  const begun = await beginRun(beginInput(input)).catch((error: unknown) => failedToBegin(input, error));
  if ('summary' in begun) {
    showSummary(begun.summary);
    showState(begun.summary.status, input);
    return begun.summary;
  }
  return endRun(input, begun.runId, () => loadPicklists({ connection: input.connection, runId: begun.runId }));
}
