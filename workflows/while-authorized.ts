import { ActivityFailure, ApplicationFailure, getExternalWorkflowHandle, proxyActivities } from '@temporalio/workflow';
import type { RunningJobsActivities } from '../activities/running-jobs.ts';
import { connectionWorkflowId } from '../domain/names.ts';
import { grantLost } from './messages.ts';
import { showStep } from './show.ts';

const { awaitAuthorization } = proxyActivities<RunningJobsActivities>({
  startToCloseTimeout: '1 minute',
  // Results of a Bulk job live seven days; a day is left to load them.
  scheduleToCloseTimeout: '6 days',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
});

const isGrantLost = (error: unknown): boolean =>
  error instanceof ActivityFailure && error.cause instanceof ApplicationFailure && error.cause.type === 'SF_GRANT_LOST';

/**
 * Does work for a job. Where Salesforce no longer accepts the connection's grant, tells the connection, waits durably for somebody to
 * re-authorize it, for up to six days, and does the work again: every activity is safe to repeat. Waiting holds no worker and adds no events.
 */
export async function whileAuthorized<T>(connection: string, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isGrantLost(error)) throw error;
    }
    showStep('Waiting: somebody has to re-authorize the connection');
    await getExternalWorkflowHandle(connectionWorkflowId(connection))
      .signal(grantLost)
      .catch(() => undefined); // a connection that is gone has nobody to tell
    await awaitAuthorization({ connection });
  }
}
