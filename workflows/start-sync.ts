import { ParentClosePolicy, startChild, uuid4 } from '@temporalio/workflow';
import { syncWorkflowId } from '../domain/names.ts';
import type { Trigger } from '../domain/run.ts';
import type { Entity } from './connection-entity.ts';
import type { FinishedSync } from './messages.ts';
import { show } from './show-connection.ts';
import type { syncRun, SyncInput } from './sync-run.ts';

const TRIGGER_WORDS = {
  authorization: 'first authorization',
  schedule: 'by schedule',
  manual: 'by hand',
  chain: 'by chain',
} as const satisfies Record<Trigger, string>;

const without = (syncs: readonly string[], syncId: string): string[] => syncs.filter((running) => running !== syncId);

/** Abandoned on purpose: a sync outlives the history of the connection, and reports by a signal. */
export async function startSync(entity: Entity, choice: Omit<SyncInput, 'connection'>): Promise<{ syncId: string }> {
  const { connection } = entity.input;
  const syncId = syncWorkflowId(connection, uuid4().slice(0, 8));
  // Noted before it starts: its end may be reported in the same breath as its beginning.
  entity.runningSyncs = [...entity.runningSyncs, syncId];
  try {
    await startChild<typeof syncRun>('syncRun', {
      workflowId: syncId,
      args: [{ connection, ...choice }],
      staticSummary: `${connection}: ${choice.jobs ? choice.jobs.join(', ') : 'all jobs'} (${TRIGGER_WORDS[choice.trigger]})`,
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
  } catch (error) {
    entity.runningSyncs = without(entity.runningSyncs, syncId);
    throw error;
  }
  show(entity);
  return { syncId };
}

/** While the database is away ends pile up, and they are carried from history to history. */
const MOST_UNTOLD = 50;

export function noteSync(entity: Entity, { syncId, jobs }: FinishedSync): void {
  entity.runningSyncs = without(entity.runningSyncs, syncId);
  for (const summary of jobs) entity.lastRuns[summary.job] = summary;
  if (entity.known.isNotifying && entity.untoldSyncs.length < MOST_UNTOLD) entity.untoldSyncs.push({ syncId, jobs });
  entity.isStale = true; // a run may have found the grant gone
}
