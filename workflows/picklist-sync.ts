import type { RunSummary } from '../domain/run.ts';
import { loadPicklists } from './job-activities.ts';
import type { JobInput } from './job-input.ts';
import { beginAuthorized, endRun } from './run-job.ts';
import { showState, showStep, showSummary } from './show.ts';
import { whileAllowed } from './while-allowed.ts';

/** Runs one job: picklists of describe → dropdown_list and dropdown_item. One page, so nothing to walk. */
export async function picklistSync(input: JobInput): Promise<RunSummary> {
  showState('running', input);
  showStep('Reading picklists');
  const begun = await beginAuthorized(input);
  if ('summary' in begun) {
    showSummary(begun.summary);
    showState(begun.summary.status, input);
    return begun.summary;
  }
  const { connection } = input;
  return endRun(input, begun.runId, () =>
    whileAllowed(connection, () => loadPicklists({ connection, runId: begun.runId })),
  );
}
