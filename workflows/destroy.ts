import { ApplicationFailure } from '@temporalio/workflow';
import { deleteSchedules, destroyConnection } from './connection-activities.ts';
import type { Entity } from './connection-entity.ts';
import type { ConnectionStatus } from './messages.ts';
import { statusOf } from './show-connection.ts';

/** Throws the sentence that says why the connection cannot end now. */
export function assertMayEnd({ input, runningSyncs }: Entity): void {
  if (runningSyncs.length === 0) return;
  throw ApplicationFailure.nonRetryable(
    `Connection "${input.connection}" has active runs (${runningSyncs.join(', ')}). Revoke it first, or wait until they have ended.`,
    'REFUSED',
  );
}

/** Ends the connection: no schedule, no grant, no binding, and its name is free. Rows stay, and so does the audit. */
export async function destroy(entity: Entity): Promise<ConnectionStatus> {
  const { connection } = entity.input;
  assertMayEnd(entity); // a sync may have started while this waited
  await deleteSchedules({ connection });
  // Salesforce is told while the app's secrets can still be found; what it does not answer to stays noted.
  await destroyConnection({ connection });
  entity.known = { ...entity.known, state: 'destroyed' };
  return statusOf(entity);
}
