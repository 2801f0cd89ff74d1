import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { SyncActivities } from '../activities/sync.ts';

/** Which failures are worth another try stands in one table (domain/errors.ts); here is only how fast. */
const retry = { initialInterval: '1 second', maximumInterval: '2 minutes' } as const;

/**
 * A run is finished once its other activities have ended, not while they may still commit, and one that began is known to have begun.
 * To be said although the SDK calls it the default: 1.24 does not wait when nothing is said.
 */
const cancellationType = ActivityCancellationType.WAIT_CANCELLATION_COMPLETED;

/** Describes, DDL, one query; looks at a Bulk job: all of it small. Without heartbeats the job of a worker that was killed would stand still for minutes. */
export const { beginRun, awaitBulk } = proxyActivities<SyncActivities>({
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '1 minute',
  retry,
  cancellationType,
});

export const { extract, loadPicklists, restartReading } = proxyActivities<SyncActivities>({
  startToCloseTimeout: '10 minutes', // a REST query may run 2 minutes at Salesforce before its first byte
  heartbeatTimeout: '1 minute',
  retry,
  cancellationType,
});

export const { loadPage } = proxyActivities<SyncActivities>({
  startToCloseTimeout: '1 hour', // a page of 250,000 wide rows on a busy database
  heartbeatTimeout: '1 minute',
  retry,
  cancellationType,
});

/** Ends a run whatever happens: its retries have no end. */
export const { finishRun } = proxyActivities<SyncActivities>({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '1 minute',
  retry,
});
