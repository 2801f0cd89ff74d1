import { CancellationScope, condition } from '@temporalio/workflow';
import { loadPage } from './job-activities.ts';
import { showStep } from './show.ts';
import { whileAllowed } from './while-allowed.ts';

/** Pages of one job that load at the same time; more does not help PostgreSQL on two cores and crowds other jobs out. */
const LANES = 2;

export interface PageRange {
  readonly connection: string;
  readonly runId: string;
  readonly from: number;
  /** At most up to, not including, this one. */
  readonly to: number;
  /** Number of the reading's first page, and how many pages it is expected to have. */
  readonly firstPage: number;
  readonly expected: number;
}

/**
 * Loads pages from `from` on, to the end of the reading or up to `to`; returns whether that was the end. Pages that are expected load side by side; each says
 * whether there is one behind it, so that there may be more or fewer than expected. The first failure cancels the page that loads beside it.
 */
export async function loadPages({ connection, runId, from, to, firstPage, expected }: PageRange): Promise<boolean> {
  let next = from;
  let loaded = from;
  /** Pages up to, not including, this one are there, or expected. */
  let known = Math.max(firstPage + expected, from + 1);
  let end = Infinity;
  const isOver = (): boolean => next >= Math.min(end, to);
  const lane = async (): Promise<void> => {
    while (!isOver()) {
      if (next >= known) {
        // Both lanes may wait here, and one alone may be meant: each looks again.
        await condition(() => isOver() || next < known);
        continue;
      }
      const page = next;
      next += 1;
      const total = Math.min(known, end) - firstPage;
      const { hasNext } = await whileAllowed(connection, () =>
        loadPage.executeWithOptions({ summary: `page ${page - firstPage + 1} of ${total}` }, [{ runId, page }]),
      );
      if (hasNext) known = Math.max(known, page + 2);
      else end = Math.min(end, page + 1);
      loaded += 1;
      showStep(`Loading: ${loaded - firstPage} of ${Math.min(known, end) - firstPage} pages`);
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
  return end <= to;
}
