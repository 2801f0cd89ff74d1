import { ApplicationFailure, ParentClosePolicy, startChild } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { revocationWorkflowId } from '../domain/names.ts';
import { deleteSchedules, destroyConnection, findRunning } from './connection-activities.ts';
import type { Entity } from './connection-entity.ts';
import type { ConnectionStatus } from './messages.ts';
import type { revokeLeftGrants } from './revoke-left-grants.ts';
import { statusOf } from './show-connection.ts';

/**
 * Ends the connection: no schedule, no grant, no binding. Rows stay, and so does the audit. Refused while runs are active; asked of
 * Temporal, since schedules start syncs without us, and a sync that was terminated never reported its end.
 */
export async function destroy(entity: Entity): Promise<ConnectionStatus> {
  const { connection } = entity.input;
  const running = await findRunning({ connection, syncs: entity.runningSyncs });
  entity.runningSyncs = entity.runningSyncs.filter((syncId) => running.includes(syncId));
  if (running.length > 0) {
    throw ApplicationFailure.nonRetryable(
      `Connection "${connection}" has active runs (${running.join(', ')}). Revoke it first, or wait until they have ended.`,
      'REFUSED',
    );
  }
  await deleteSchedules({ connection });
  const { connectionId, isSalesforceUntold } = await destroyConnection({ connection });
  if (isSalesforceUntold) await leaveRevocation(connectionId);
  entity.known = { ...entity.known, state: 'destroyed' };
  return statusOf(entity);
}

/** This workflow ends now, and telling Salesforce may take longer. */
async function leaveRevocation(connectionId: string): Promise<void> {
  try {
    await startChild<typeof revokeLeftGrants>('revokeLeftGrants', {
      workflowId: revocationWorkflowId(connectionId),
      args: [{ connectionId }],
      staticSummary: 'Tells Salesforce about grants of a destroyed connection',
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
