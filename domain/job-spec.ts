import type { MappingFunction } from './mapping-function.ts';
import type { OnDependency } from './on-dependency.ts';

/** The seven kinds of job: six from the catalog, and what users add. Each has a workflow type of its own. */
export const JOB_KINDS = [
  'picklist',
  'user',
  'company',
  'company-person',
  'relationship-type',
  'relationship',
  'custom',
] as const;

export type JobKind = (typeof JOB_KINDS)[number];

/** PostgreSQL types a mapping may end in; `numeric` also as `numeric(p,s)`, `text[]` for multi-select picklists. */
export type ColumnType = string;

interface MappingBase {
  /** Target column; for Company Person a column of the person is written `person.<column>`. */
  readonly target: string;
  /** When true and the org lacks a source field, the mapping is dropped and shown; otherwise that is an error. */
  readonly optional: boolean;
}

/** Source field to target column. */
export interface FieldMapping extends MappingBase {
  readonly kind: 'field';
  /** Field, or dotted path over parents (`Owner.Name`), as `describe` spells it. */
  readonly from: string;
  /** Applied to the value one after the other; what they give is what `type` and `required` are about. */
  readonly apply?: readonly MappingFunction[];
  /** Absent: the existing column's type, else what the field's own type maps to. */
  readonly type?: ColumnType;
  /** A row without a value is rejected. */
  readonly required: boolean;
  /** What becomes of a value that the picklist does not offer; absent: it is kept. */
  readonly onUnknown?: 'null' | 'reject';
}

/** The same value in every row. */
export interface ConstantMapping extends MappingBase {
  readonly kind: 'constant';
  readonly value: string | number | boolean | null;
  readonly type?: ColumnType;
}

/** A column of the looked-up table and the field that must equal it, after functions where there are any. */
export interface LookupPair {
  readonly column: string;
  readonly field: string;
  readonly apply?: readonly MappingFunction[];
}

/** A derived mapping: the `id` of the row of another model table whose columns equal these fields. */
export interface LookupMapping extends MappingBase {
  readonly kind: 'lookup';
  /** Model table; may be the job's own (a self lookup). */
  readonly table: string;
  /** One to six pairs, all of which must be equal; `companyResolution` takes the connection's pairs, in order, for one Account reference field. */
  readonly by: readonly LookupPair[] | { readonly companyResolution: string };
  /** Nothing found: leave null for good, keep as a pending reference, or reject the row. */
  readonly onMissing: 'null' | 'pending' | 'reject';
  readonly onMultiple: 'error' | 'oldest';
}

export type MappingSpec = FieldMapping | ConstantMapping | LookupMapping;

export interface ScheduleSpec {
  /** Five-field cron expression, or `every` with a duration. Exactly one of the two is set. */
  readonly cron?: string;
  /** Duration such as `15m`, `1h`, `1d`. */
  readonly every?: string;
  /** IANA time zone of `cron`; UTC when absent. */
  readonly timezone?: string;
  /** Random delay at most this long, as a duration; spreads load. */
  readonly jitter?: string;
  /** How late a missed start may still be made up for, as a duration. */
  readonly catchUpWindow?: string;
  /** Set: whether it is paused, enforced also against a pause made by hand. Absent: pauses stay as they are. */
  readonly paused?: boolean;
}

/** A condition that holds only where the org has the field, such as `IsPersonAccount = false`. */
interface OptionalFilter {
  /** Field of the source object; without it the condition is dropped and shown. */
  readonly field: string;
  /** SOQL condition, joined to the filter by AND. */
  readonly soql: string;
}

/** What a job reads. */
export interface SourceSpec {
  /** API name of the Salesforce object; absent for Picklist Sync, which reads `describe`. */
  readonly object?: string;
  /** When true and the org lacks the object, the job is skipped as unavailable; otherwise that is an error. */
  readonly optional?: boolean;
  /** SOQL condition, without WHERE. */
  readonly filter?: string;
  readonly optionalFilters?: readonly OptionalFilter[];
  /** Picklist fields as `Object.Field`; set for Picklist Sync only. */
  readonly picklists?: readonly string[];
  /** As `picklists`; one that the org lacks is left out silently. */
  readonly optionalPicklists?: readonly string[];
}

/** One job of one connection, after defaults and the catalog are merged in. */
export interface JobSpec {
  readonly name: string;
  readonly kind: JobKind;
  /** `Company Sync`; shown to people as `<title>_<connection>`. */
  readonly title: string;
  readonly enabled: boolean;
  /** For Picklist Sync `object` is absent: it reads `describe`, not rows. */
  readonly source: SourceSpec;
  /** `existing`: the table is the team's own and must be there; absent: it is made when it is not. */
  readonly target: { readonly table: string; readonly existing?: true };
  readonly mappings: readonly MappingSpec[];
  /** Target columns that decide whether a row is new; the first is the Salesforce id column where the job has one. */
  readonly upsertKey: readonly string[];
  /** Jobs of the same connection that run first in a sync that contains both. */
  readonly after: readonly string[];
  /** How those must have ended; absent: as the chain says, else `partial`. */
  readonly onDependency?: OnDependency;
  readonly onDelete: 'ignore' | 'deactivate' | 'delete';
  readonly onLeaveFilter: 'keep' | 'deactivate' | 'delete';
  /** `auto`: REST for small results, Bulk 2.0 for large ones. */
  readonly extract: 'auto' | 'rest' | 'bulk';
  readonly schedule?: ScheduleSpec;
}
