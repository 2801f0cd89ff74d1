import { proxyActivities } from '@temporalio/workflow';
import type { AuthorizationActivities } from '../activities/authorization.ts';
import type { DryRunActivities } from '../activities/dry-run.ts';
import type { ExamineActivities } from '../activities/examine.ts';
import type { NotificationActivities } from '../activities/notifications.ts';
import type { RunningJobsActivities } from '../activities/running-jobs.ts';
import type { ScheduleActivities } from '../activities/schedules.ts';

export const { recordEnds, sendMails } = proxyActivities<NotificationActivities>({
  startToCloseTimeout: '3 minutes',
  retry: { initialInterval: '1 second', maximumInterval: '5 minutes' }, // of a mail server that is away
});

const retry = { initialInterval: '1 second', maximumInterval: '1 minute' } as const;

export const { loadConnection } = proxyActivities<AuthorizationActivities>({
  // One look into the database, and messages wait for it: Temporal may lose a task to a worker that is just being stopped.
  startToCloseTimeout: '30 seconds',
  retry,
});

export const { exchangeConsent, revokeConnection, revokeAtSalesforce, destroyConnection } =
  proxyActivities<AuthorizationActivities>({
    startToCloseTimeout: '3 minutes', // a slow token endpoint is given up after 15 s, and the database is asked again for a while
    retry,
  });

export const { cancelRuns, findRunning } = proxyActivities<RunningJobsActivities>({
  startToCloseTimeout: '2 minutes',
  retry,
});

export const { reconcileSchedules, pauseSchedules, deleteSchedules } = proxyActivities<ScheduleActivities>({
  startToCloseTimeout: '2 minutes',
  retry,
});

export const { examineConnection } = proxyActivities<ExamineActivities>({
  // Somebody waits for the answer of a plan: what cannot be found out in this time is said not to be known.
  scheduleToCloseTimeout: '50 seconds',
  startToCloseTimeout: '45 seconds',
  retry: { ...retry, maximumAttempts: 2 },
});

export const { dryRunJob } = proxyActivities<DryRunActivities>({
  // Somebody waits for it too, as long as `mooring run --dry-run` does: 50,000 wide rows come in 250 pages.
  scheduleToCloseTimeout: '270 seconds',
  heartbeatTimeout: '30 seconds',
  retry: { ...retry, maximumAttempts: 2 },
});
