import { loadConnection, pauseSchedules } from './connection-activities.ts';
import type { Entity } from './connection-entity.ts';
import { show } from './show-connection.ts';

/** Reads the connection as PostgreSQL knows it, and shows it. */
export async function refresh(entity: Entity): Promise<void> {
  const { connection } = entity.input;
  const before = entity.known.state;
  entity.isStale = false;
  entity.known = await loadConnection({ connection });
  // Also after a lost namespace, and for what a refresh or a refusal left behind without a word to us.
  entity.isSalesforceUntold ||= entity.known.isSalesforceUntold;
  entity.isMailWaiting ||= entity.known.isMailWaiting;
  show(entity);
  // Runs that would only fail are not started; what waits goes on by itself once somebody has authorized.
  if (entity.known.state === 'reauthorization_required' && before !== 'reauthorization_required') {
    await pauseSchedules({ connection, paused: true, note: 'Salesforce no longer accepts the grant' });
  }
}
