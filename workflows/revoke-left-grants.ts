import { isCancellation, proxyActivities, setCurrentDetails, sleep } from '@temporalio/workflow';
import type { AuthorizationActivities } from '../activities/authorization.ts';
import { sentenceOf } from './run-end.ts';

const { revokeLeftGrants: tell } = proxyActivities<Pick<AuthorizationActivities, 'revokeLeftGrants'>>({
  startToCloseTimeout: '3 minutes',
  retry: { initialInterval: '1 second', maximumInterval: '5 minutes' },
});

/** Looked at again for a week when somebody has to act first, as when the app's secret is not set any more. */
const MOST_TRIES = 7 * 24;

/** Tells Salesforce about the grants that a destroyed connection has left, and returns how many there were. */
export async function revokeLeftGrants(input: { readonly connectionId: string }): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await tell(input);
    } catch (error) {
      if (isCancellation(error) || tries === MOST_TRIES) throw error;
      setCurrentDetails(`Tried again within the hour: ${sentenceOf(error)}`);
    }
    await sleep('1 hour');
  }
}
