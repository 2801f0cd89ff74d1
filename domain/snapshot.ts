import type { ConnectionSpec } from './connection-spec.ts';
import type { DescribedObject } from './describe.ts';
import { picklistObjects } from './examine-picklists.ts';
import type { ConnectionState } from './lifecycle.ts';
import type { DeclaredIn } from './provenance.ts';
import { parentsToDescribe } from './resolve-path.ts';
import type { Instant } from './window.ts';

/** What a plan asks the running system and the orgs for, kept in a file, so that a plan needs neither. Holds no row and no secret. */
export interface Snapshot {
  readonly version: typeof SNAPSHOT_VERSION;
  readonly takenAt: Instant;
  /** Sorted by name. */
  readonly connections: readonly ConnectionSnapshot[];
}

export const SNAPSHOT_VERSION = 1;

export interface ConnectionSnapshot {
  readonly name: string;
  readonly revision: number;
  readonly state: ConnectionState;
  /** What was in force. */
  readonly spec: ConnectionSpec;
  /** Absent when the files lie in no repository. */
  readonly declaredIn?: DeclaredIn;
  /** Absent when nobody could ask the org, since nobody had authorized the connection. */
  readonly org?: DescribedOrg;
}

/** What an org has of the objects that the jobs of a connection read. */
export interface DescribedOrg {
  readonly apiVersion: string;
  /** Sorted by name; without picklist values. */
  readonly objects: readonly DescribedObject[];
  /** Objects that were asked for and that the org does not have, or the authorized user may not see. */
  readonly absent: readonly string[];
}

const isNamed =
  (name: string) =>
  (other: { readonly name: string }): boolean =>
    other.name.toLowerCase() === name.toLowerCase();

export const describedIn = ({ objects }: DescribedOrg, name: string): DescribedObject | undefined =>
  objects.find(isNamed(name));

export const isAbsentFrom = ({ absent }: DescribedOrg, name: string): boolean =>
  absent.some((each) => isNamed(name)({ name: each }));

/**
 * Returns which objects the jobs of a connection read and nobody has asked the org for: their own, those of picklists, and those that dotted
 * paths pass through. To be asked again with the answers, since each shows one hop further. Jobs that are switched off count: switching them on
 * is a change to be planned.
 */
export function objectsToAsk({ jobs }: ConnectionSpec, org: DescribedOrg): string[] {
  const wanted = jobs.flatMap((job) => {
    const name = job.source.object;
    if (job.kind === 'picklist' || name === undefined) return picklistObjects(job);
    const own = describedIn(org, name);
    return own === undefined ? [name] : parentsToDescribe(job, [own, ...org.objects]);
  });
  const isOpen = (name: string): boolean => describedIn(org, name) === undefined && !isAbsentFrom(org, name);
  return [...new Set(wanted)].filter(isOpen);
}
