import { didYouMean } from '../domain/did-you-mean.ts';
import type { Finding } from '../domain/examination.ts';
import type { JobSpec } from '../domain/job-spec.ts';
import { dropdownListsOf, parsePicklistPath } from '../domain/picklists.ts';
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
  const { picklists = [], optionalPicklists = [] } = job.source;
  const objects = new Set([...picklists, ...optionalPicklists].map((path) => parsePicklistPath(path).object));
  for (const object of objects) {
    const wanted = picklists.map(parsePicklistPath).filter((path) => path.object === object);
    let missing: string[];
    let candidates: string[] = [];
    try {
      const { describes } = await describeAll(ports, api, connectionId, [object]);
      const [describe] = describes;
      missing = describe === undefined ? [] : dropdownListsOf(describe, wanted).missing;
      candidates = describe?.fields.filter(({ type }) => /picklist/.test(type)).map(({ name }) => name) ?? [];
    } catch (error) {
      if (!lacksObject(error)) throw error;
      missing = wanted.map(({ field }) => `${object}.${field}`);
    }
    for (const path of missing) {
      const index = picklists.findIndex((each) => each.toLowerCase() === path.toLowerCase());
      const message = `The org has no picklist "${path}" that the authorized user may see.${didYouMean(parsePicklistPath(path).field, candidates)} Remove it, or name it under optionalPicklists.`;
      findings.push({ severity: 'error', job: job.name, path: ['source', 'picklists', Math.max(0, index)], message });
    }
  }
  return findings;
}
