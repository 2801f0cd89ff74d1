import type { ConnectionSpec } from './connection-spec.ts';

/** What `plan` shows and `apply` carries out: one value, so that what was shown is what is done. Plain data. */
export interface Plan {
  /** In the order of the files' names; what is up to date is in it too, without changes. */
  readonly connections: readonly ConnectionPlan[];
}

export interface ConnectionPlan {
  readonly connection: string;
  /** What the connection shall be; absent when it is no longer in the files. */
  readonly spec?: ConnectionSpec;
  readonly changes: readonly Change[];
  readonly rereads: readonly Reread[];
  /** What stays as it is and should be known, as sentences. */
  readonly notices: readonly string[];
}

/** The signs of a plan: `+`, `~`, `-`. */
export type ChangeAction = 'create' | 'update' | 'delete';

export interface Change {
  readonly action: ChangeAction;
  readonly what:
    | 'connection'
    | 'setting'
    | 'job'
    | 'mapping'
    | 'schedule'
    | 'chain'
    | 'schema'
    | 'table'
    | 'column'
    | 'key'
    | 'grant'
    | 'workflow';
  /** The job that it belongs to; absent for what belongs to the connection. */
  readonly job?: string;
  /** `company-sync`, `map.arr`'s `arr`, `model.company.arr`, `nightly`. */
  readonly name: string;
  /** In words, as they are and as they shall be. */
  readonly before?: string;
  readonly after?: string;
  /** SQL that `apply` carries out. */
  readonly ddl?: string;
  /** Set when PostgreSQL writes the whole table anew for it, which holds readers off. */
  readonly rewrites?: true;
  /** Why, when the files are not the reason: `changed by hand`. */
  readonly note?: string;
}

/** A job whose next run reads every row again, because of a change. */
export interface Reread {
  readonly job: string;
  /** What makes it necessary, to be read on after "because". */
  readonly why: string;
  /** Estimated by the org; absent when nobody could ask it. */
  readonly rows?: number;
  readonly apiCalls?: number;
}

export const hasChanges = ({ connections }: Plan): boolean => connections.some(({ changes }) => changes.length > 0);

/** How many changes of each kind a plan has. */
export function countChanges({ connections }: Plan): Readonly<Record<ChangeAction, number>> {
  const all = connections.flatMap(({ changes }) => changes);
  const count = (action: ChangeAction): number => all.filter((change) => change.action === action).length;
  return { create: count('create'), update: count('update'), delete: count('delete') };
}
