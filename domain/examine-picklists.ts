import type { ConnectionSpec } from './connection-spec.ts';
import type { DescribedObject } from './describe.ts';
import { didYouMean } from './did-you-mean.ts';
import type { Finding } from './examination.ts';
import type { JobSpec } from './job-spec.ts';
import { dropdownListsOf, parsePicklistPath } from './picklists.ts';

/** Objects whose describes Picklist Sync reads, optional ones included. */
export const picklistObjects = ({ source: { picklists = [], optionalPicklists = [] } }: JobSpec): string[] => [
  ...new Set([...picklists, ...optionalPicklists].map((path) => parsePicklistPath(path).object)),
];

/**
 * Returns which of a job's picklists an object lacks.
 *
 * @param describe - absent when the org has no such object
 */
export function picklistFindings(job: JobSpec, object: string, describe: DescribedObject | undefined): Finding[] {
  const { picklists = [] } = job.source;
  const wanted = picklists.map(parsePicklistPath).filter((path) => path.object === object);
  const missing =
    describe === undefined
      ? wanted.map(({ field }) => `${object}.${field}`)
      : dropdownListsOf(describe, wanted).missing;
  const candidates = describe?.fields.filter(({ type }) => /picklist/.test(type)).map(({ name }) => name) ?? [];
  return missing.map((path) => {
    const index = picklists.findIndex((each) => each.toLowerCase() === path.toLowerCase());
    const message = `The org has no picklist "${path}" that the authorized user may see.${didYouMean(parsePicklistPath(path).field, candidates)} Remove it, or name it under optionalPicklists.`;
    return { severity: 'error', job: job.name, path: ['source', 'picklists', Math.max(0, index)], message };
  });
}

/** Picklists that Picklist Sync keeps, as `Object.Field` or `Object.*`, in lower case. */
export function keptPicklists({ jobs }: ConnectionSpec): ReadonlySet<string> {
  const { picklists = [], optionalPicklists = [] } =
    jobs.find(({ kind, enabled }) => kind === 'picklist' && enabled)?.source ?? {};
  return new Set([...picklists, ...optionalPicklists].map((path) => path.toLowerCase()));
}
