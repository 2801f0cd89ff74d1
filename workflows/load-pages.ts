import { CancellationScope } from '@temporalio/workflow';
import { loadPage } from './job-activities.ts';
import { showStep } from './show.ts';
import { whileAllowed } from './while-allowed.ts';

/** Pages of one job that load at the same time; more does not help PostgreSQL on two cores and crowds other jobs out. */
const LANES = 2;

export interface PageRange {
  readonly connection: string;
  readonly runId: string;
  readonly from: number;
  readonly to: number;
  /** Number of the reading's first page, and how many pages it has. */
  readonly firstPage: number;
  readonly total: number;
}

/** Loads pages `from` up to, not including, `to`. The first failure cancels the page that loads beside it. */
export async function loadPages({ connection, runId, from, to, firstPage, total }: PageRange): Promise<void> {
  let next = from;
  let loaded = from;
  const lane = async (): Promise<void> => {
    while (next < to) {
      const page = next;
      next += 1;
      await whileAllowed(connection, () =>
        loadPage.executeWithOptions({ summary: `page ${page - firstPage + 1} of ${total}` }, [{ runId, page }]),
      );
      loaded += 1;
      showStep(`Loading: ${loaded - firstPage} of ${total} pages`);
    }
  };
  await CancellationScope.cancellable(async () => {
    const scope = CancellationScope.current();
    const lanes = Array.from({ length: LANES }, lane);
    try {
      await Promise.all(lanes);
    } catch (error) {
      scope.cancel();
      await Promise.allSettled(lanes);
      throw error;
    }
  });
}
