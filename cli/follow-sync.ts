import { MultiBar, type SingleBar } from 'cli-progress';
import { setTimeout as delay } from 'node:timers/promises';
import { syncProgress, type JobProgress } from '../adapters/postgres/sync-progress.ts';
import type { SyncResult } from '../workflows/sync-run.ts';
import type { CliContext } from './context.ts';
import type { System } from './system.ts';

const LOOK_MS = 200;
/** Before a job has asked, a bar has to have some end. */
const UNKNOWN_TOTAL = 1;

interface View {
  readonly show: (jobs: readonly JobProgress[]) => void;
  readonly close: () => void;
}

/** One bar a job, redrawn in place. */
function bars(): View {
  const multi = new MultiBar({
    format: '  {job} {bar} {value} {of}  {state}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    hideCursor: true,
    clearOnComplete: false,
    autopadding: true,
  });
  const known = new Map<string, SingleBar>();
  return {
    show(jobs) {
      for (const { job, status, expected, read } of jobs) {
        const isOver = status !== 'running';
        const total = isOver ? Math.max(read, UNKNOWN_TOTAL) : (expected ?? UNKNOWN_TOTAL);
        const of = isOver ? 'rows' : expected === undefined ? 'rows so far' : `of ${expected} rows`;
        const payload = { job: job.padEnd(24), of, state: isOver ? status.replaceAll('_', ' ') : '' };
        const bar = known.get(job) ?? multi.create(total, 0, payload);
        known.set(job, bar);
        bar.setTotal(total);
        bar.update(read, payload);
      }
    },
    close: () => multi.stop(),
  };
}

/** A line when a job begins and when it ends, for logs. */
function lines(print: (line: string) => void): View {
  const said = new Set<string>();
  const once = (key: string, line: string): void => {
    if (said.has(key)) return;
    said.add(key);
    print(line);
  };
  return {
    show(jobs) {
      for (const { job, status, read } of jobs) {
        once(`${job}/begun`, `  ${job} began`);
        if (status !== 'running') once(`${job}/ended`, `  ${job} ${status.replaceAll('_', ' ')}: ${read} rows read`);
      }
    },
    close: () => undefined,
  };
}

/** Shows a sync until it has ended and returns what came of it. */
export async function followSync(
  { pool, mooring }: Pick<System, 'pool' | 'mooring'>,
  syncId: string,
  context: Pick<CliContext, 'print' | 'isTerminal'>,
): Promise<SyncResult> {
  const view = context.isTerminal ? bars() : lines(context.print);
  let result: SyncResult | undefined;
  const ended = mooring.syncResult(syncId).then((value) => {
    result = value;
  });
  try {
    while (result === undefined) {
      await Promise.race([ended, delay(LOOK_MS)]);
      view.show(await syncProgress(pool, syncId));
    }
    return result;
  } finally {
    view.close();
  }
}
