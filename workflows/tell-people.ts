import { condition, isCancellation } from '@temporalio/workflow';
import { recordEnds, sendMails } from './connection-activities.ts';
import type { Entity } from './connection-entity.ts';
import { sentenceOf } from './run-end.ts';
import { complain } from './show-connection.ts';

/** What goes wrong is shown, and keeps nothing else. */
async function shown(entity: Entity, work: () => Promise<string | undefined>): Promise<void> {
  try {
    const problem = await work();
    if (problem !== undefined) complain(entity, problem);
  } catch (error) {
    if (isCancellation(error)) throw error;
    complain(entity, sentenceOf(error));
  }
}

/** Notes in PostgreSQL how syncs ended, for those who asked to be told: whatever the mail server does, no end is forgotten. */
export async function noteEnds(entity: Entity): Promise<void> {
  const { connection } = entity.input;
  for (;;) {
    await condition(() => entity.untoldSyncs.length > 0);
    entity.syncsBeingTold = entity.untoldSyncs.splice(0);
    await shown(entity, async () => {
      await recordEnds({ connection, syncs: entity.syncsBeingTold });
      entity.isMailWaiting = true;
      return undefined;
    });
    entity.syncsBeingTold = [];
  }
}

/** Sends what waits, for as long as the mail server takes and beside everything else. PostgreSQL knows what waits. */
export async function tellPeople(entity: Entity): Promise<void> {
  const { connection } = entity.input;
  for (;;) {
    await condition(() => entity.isMailWaiting);
    entity.isMailWaiting = false;
    await shown(entity, async () => (await sendMails({ connection })).problem);
  }
}
