import type { Finding } from '../domain/examination.ts';
import { picklistFindings, picklistObjects } from '../domain/examine-picklists.ts';
import type { JobSpec } from '../domain/job-spec.ts';
import { describeAll, lacksObject } from './describe-objects.ts';
import type { SalesforcePort, SyncPorts } from './sync-ports.ts';

export interface PicklistContext {
  readonly ports: Pick<SyncPorts, 'describeCache'>;
  readonly api: SalesforcePort;
  readonly connectionId: string;
}

/** Returns which picklists of the job the org lacks. One describe an object. */
export async function examinePicklists(
  { ports, api, connectionId }: PicklistContext,
  job: JobSpec,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const object of picklistObjects(job)) {
    try {
      const { describes } = await describeAll(ports, api, connectionId, [object]);
      const [describe] = describes;
      if (describe !== undefined) findings.push(...picklistFindings(job, object, describe));
    } catch (error) {
      if (!lacksObject(error)) throw error;
      findings.push(...picklistFindings(job, object, undefined));
    }
  }
  return findings;
}
