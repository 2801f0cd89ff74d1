import type { JobKind } from './job-spec.ts';

/** Names of connections, jobs and chains: they end up in ids, URLs and schedules, so they are short and plain. */
export const NAME_PATTERN = '^[a-z][a-z0-9-]{0,40}$';

/** Every id that Temporal knows of ours is built here. */
export const connectionWorkflowId = (connection: string): string => `connection/${connection}`;
export const syncWorkflowId = (connection: string, unique: string): string => `sync/${connection}/${unique}`;
/** No run part, on purpose: Temporal itself then refuses a second concurrent run of a job. */
export const jobWorkflowId = (connection: string, job: string): string => `job/${connection}/${job}`;
/** Outlives its connection: one for each that is destroyed before Salesforce knows. */
export const revocationWorkflowId = (connectionId: string): string => `revocation/${connectionId}`;
export const jobScheduleId = (connection: string, job: string): string => `schedule/${connection}/job/${job}`;
export const chainScheduleId = (connection: string, chain: string): string => `schedule/${connection}/chain/${chain}`;

/** Job kind → the workflow type that runs it. */
export const JOB_WORKFLOW_TYPES = {
  picklist: 'picklistSync',
  user: 'userSync',
  company: 'companySync',
  'company-person': 'companyPersonSync',
  'relationship-type': 'relationshipTypeSync',
  relationship: 'relationshipSync',
  custom: 'customSync',
} as const satisfies Record<JobKind, string>;

export const TASK_QUEUE = 'mooring';

/** Keyword search attributes; a server without them is served too. */
export const SEARCH_ATTRIBUTES = ['MooringConnection', 'MooringJob', 'MooringState', 'MooringOrg'] as const;
