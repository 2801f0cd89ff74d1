import { proxyActivities } from '@temporalio/workflow';
import type { SyncActivities } from '../activities/sync.ts';

/** Which failures are worth another try stands in one table (domain/errors.ts); here is only how fast. */
const retry = { initialInterval: '1 second', maximumInterval: '2 minutes' } as const;

/** Describes, DDL, one query: all of it small. */
export const { beginRun } = proxyActivities<SyncActivities>({ startToCloseTimeout: '5 minutes', retry });

export const { extract, loadPicklists } = proxyActivities<SyncActivities>({
  startToCloseTimeout: '10 minutes', // a REST query may run 2 minutes at Salesforce before its first byte
  heartbeatTimeout: '1 minute',
  retry,
});

export const { awaitBulk } = proxyActivities<SyncActivities>({ startToCloseTimeout: '5 minutes', retry });

export const { loadPage } = proxyActivities<SyncActivities>({
  startToCloseTimeout: '1 hour', // a page of 250,000 wide rows on a busy database
  heartbeatTimeout: '1 minute',
  retry,
});

/** Ends a run whatever happens: its retries have no end. */
export const { finishRun } = proxyActivities<SyncActivities>({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '1 minute',
  retry,
});
