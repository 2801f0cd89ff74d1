import type { RowCounts, RunSummary } from '../domain/run.ts';
import { alive, named } from './named.ts';
import { beginRun, type BeginInput, type Begun } from './sync-begin.ts';
import { readPicklists } from './sync-picklists.ts';
import type { RunEnd, SyncPorts } from './sync-ports.ts';
import { awaitBulk, extract, loadPage, type Extracted, type LoadedPage } from './sync-read.ts';
import { sweep } from './sync-sweep.ts';
import { withOrg } from './with-org.ts';

export type SyncActivities = ReturnType<typeof createSyncActivities>;

export interface OfRun {
  readonly runId: string;
}

/** What a job's workflow asks for. Results are ids, counts and states; rows, locators and tokens stay outside of event history. */
export const createSyncActivities = (ports: SyncPorts) => ({
  /**
   * Compiles the job against the org and the model, takes a fence and stores the run.
   * Safe to repeat: the same workflow run gets the same run. Costs a describe (304 when unchanged) and one `/updated` call.
   */
  beginRun: (input: BeginInput): Promise<Begun> => named(() => alive(() => beginRun(ports, input))),

  /**
   * Asks for the rows of one reading, which count from 0: small results come by REST and their first page is loaded here, large ones become a Bulk job.
   * Safe to repeat: a loaded page stays as it is; a repeated creation leaves at most an unused Bulk job behind.
   */
  extract: ({ runId, reading }: OfRun & { readonly reading: number }): Promise<Extracted> =>
    named(() => alive(() => extract(ports, runId, reading))),

  /**
   * Waits for the Bulk job and returns how many result pages to expect. Holds a worker slot for a second or two, then lets Temporal call again.
   * Safe to repeat. One call a look; looks become rarer the longer it takes.
   *
   * @throws SF_BULK_JOB_RUNNING until it is complete, SF_BULK_JOB_FAILED when Salesforce gave up
   */
  awaitBulk: ({ runId }: OfRun): Promise<{ readonly pages: number }> =>
    named(() => alive(() => awaitBulk(ports, runId))),

  /**
   * Loads one page in one transaction. Safe to repeat: a page takes effect once, and its first counts are returned to every caller. A page
   * behind the last has no rows. One API call.
   *
   * @throws SF_PAGE_PENDING while the page before has not said where it is; SF_CURSOR_LOST when the org has forgotten the cursor or the Bulk job: the reading has to start over
   */
  loadPage: ({ runId, page }: OfRun & { readonly page: number }): Promise<LoadedPage> =>
    named(() => alive(() => loadPage(ports, runId, page))),

  /** Forgets where the current reading is, so that `extract` asks anew. Pages that were loaded stay. Safe to repeat; no API call. */
  restartReading: ({ runId }: OfRun): Promise<void> => named(() => ports.runs.restartReading(runId)),

  /** Reads the picklists from describe and writes the drop-down lists. Safe to repeat. One describe an object. */
  loadPicklists: ({ connection, runId }: OfRun & { readonly connection: string }): Promise<RowCounts> =>
    named(async () => {
      const run = await ports.runs.get(runId);
      const context = await ports.jobContext(connection, run.job);
      return withOrg(ports, run, async (api) => {
        const { lists, named: paths } = await readPicklists(ports, api, context);
        await ports.runs.addPages(runId, ['describe'], 0);
        const stored = await ports.runs.page(runId, 0);
        return stored?.counts ?? (await ports.loadPicklists(run, context.schema, lists, paths));
      });
    }),

  /**
   * Ends the run: what left or is gone, merges, references, watermark, counts. Safe to repeat: a run that has ended is only read.
   * A Bulk job that is of no use any more is aborted, on a best-effort basis: results expire by themselves after seven days.
   */
  finishRun: ({ runId, end }: { readonly runId: string; readonly end: RunEnd }): Promise<RunSummary> =>
    named(() =>
      alive(async () => {
        const run = await ports.runs.get(runId);
        if (end.status !== 'success' && run.bulkJobId !== undefined) {
          await ports
            .salesforce(run.connectionId)
            .abortJob(run.bulkJobId)
            .catch(() => undefined);
        }
        return ports.finishRun(run, end.status === 'success' ? await sweep(ports, run) : end);
      }),
    ),
});
