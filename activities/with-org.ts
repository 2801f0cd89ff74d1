import { cancellationSignal } from '@temporalio/activity';
import type { SalesforcePort, SyncPorts } from './sync-ports.ts';

/** Whose calls they are; without a run they are only seen by the org. */
export interface Caller {
  readonly connectionId: string;
  readonly runId?: string;
}

/**
 * Hands the org to an activity: only while the connection may spend calls, and with what was spent noted however the work ends.
 *
 * @throws SF_BUDGET_SPENT when the rest of the org's calls is left to others
 */
export async function withOrg<T>(
  ports: Pick<SyncPorts, 'budget' | 'runs' | 'salesforce'>,
  { connectionId, runId }: Caller,
  work: (api: SalesforcePort) => Promise<T>,
): Promise<T> {
  await ports.budget.assertLeft(connectionId);
  const api = ports.salesforce(connectionId, cancellationSignal());
  try {
    return await work(api);
  } finally {
    const usage = api.usage();
    if (usage) await ports.budget.note(connectionId, usage);
    if (runId !== undefined) await ports.runs.countCalls(runId, api.calls());
  }
}
