import { condition, isCancellation } from '@temporalio/workflow';
import { cancelRuns, pauseSchedules, revokeAtSalesforce, revokeConnection } from './connection-activities.ts';
import type { Entity } from './connection-entity.ts';
import { refresh } from './refresh.ts';
import { sentenceOf } from './run-end.ts';
import { complain } from './show-connection.ts';

/** Stops everything here. PostgreSQL comes first: from then on nothing commits any more, whatever else fails. */
export async function revoke(entity: Entity, { reason }: { readonly reason?: string }): Promise<void> {
  const { connection } = entity.input;
  await revokeConnection({ connection, ...(reason === undefined ? {} : { reason }) });
  entity.isSalesforceUntold = true;
  await refresh(entity);
  await pauseSchedules({ connection, paused: true, note: 'revoked' });
  await cancelRuns({ connection, syncs: entity.runningSyncs });
}

/** Tells Salesforce about grants that are out of use here, for as long as it takes and beside everything else. */
export async function tellSalesforce(entity: Entity): Promise<void> {
  const { connection } = entity.input;
  for (;;) {
    await condition(() => entity.isSalesforceUntold);
    entity.isSalesforceUntold = false;
    entity.isTellingSalesforce = true;
    try {
      await revokeAtSalesforce({ connection });
    } catch (error) {
      if (isCancellation(error)) throw error;
      complain(entity, sentenceOf(error));
    }
    entity.isTellingSalesforce = false;
  }
}
