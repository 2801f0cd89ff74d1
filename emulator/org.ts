import type { CallCount } from './call-count.ts';
import type { AppOptions } from './contract.ts';
import type { ObjectDefinition } from './data/definition.ts';

/** What one user may not see or change; an org shows everything to whom nothing is said of. */
export interface UserAccess {
  /** `Object.Field`, or `Object` alone for all of it, in lower case. */
  readonly hidden: readonly string[];
  /** Fields that may be read and not written, in the same form. */
  readonly readOnly: readonly string[];
  /** Whether the user sees only records of their own. */
  readonly ownRowsOnly: boolean;
}

/** One org of a running emulator. Objects change when a control route changes the org's metadata; all else is fixed. */
export interface Org {
  /** 18 characters. */
  readonly id: string;
  readonly name: string;
  /** PostgreSQL schema of its tables. */
  readonly schema: string;
  /** Two characters inside the ids of its records. */
  readonly instance: string;
  readonly sessionTimeoutMs: number;
  readonly isSandbox: boolean;
  readonly passwordFlowBlocked: boolean;
  /** Set while the org is locked: nobody gets a token. */
  isLocked: boolean;
  readonly apps: readonly AppOptions[];
  /** By lower-case API name. */
  readonly objects: Map<string, ObjectDefinition>;
  /** When describe of an object last changed, epoch milliseconds, by lower-case API name. */
  readonly changedAt: Map<string, number>;
  /** By user id; who is not in it sees and changes everything. */
  readonly access: Map<string, UserAccess>;
  /** Set where a user looks who sees only records of their own. */
  readonly ownRowsOf?: string;
  readonly usage: ApiUsage;
}

/** API calls of one org: the count behind `Sforce-Limit-Info`, and the switches of the limits. */
interface ApiUsage {
  readonly calls: CallCount;
  limit: number;
  /** Requests that may run at once; beyond it they are refused. */
  concurrentLimit: number;
  running: number;
}

export const findObject = (org: Org, name: string): ObjectDefinition | undefined => org.objects.get(name.toLowerCase());

/** The orgs of one emulator, by 18-character id. */
export type Orgs = ReadonlyMap<string, Org>;

export function orgByName(orgs: Orgs, name: string): Org | undefined {
  for (const org of orgs.values()) {
    if (org.name === name) return org;
  }
  return undefined;
}
