import { catalogJobs, type CatalogJobName } from '../config/catalog.ts';
import type { ConnectionSpec } from '../domain/connection-spec.ts';
import type { CompiledJob } from '../domain/compiled-job.ts';
import type { FieldMapping, JobSpec, LookupMapping, MappingSpec } from '../domain/job-spec.ts';

export const field = (target: string, from: string, rest: Partial<FieldMapping> = {}): FieldMapping => ({
  ...{ kind: 'field', target, from, optional: false, required: false },
  ...rest,
});

export const lookup = (
  target: string,
  table: string,
  by: Readonly<Record<string, string>>,
  rest: Partial<LookupMapping> = {},
): LookupMapping => ({
  ...{ kind: 'lookup', target, table, optional: false, onMissing: 'pending', onMultiple: 'error' },
  by: Object.entries(by).map(([column, from]) => ({ column, field: from })),
  ...rest,
});

/** A custom job into a table named after the object, in lower case. */
export const customJob = (object: string, mappings: readonly MappingSpec[], rest: Partial<JobSpec> = {}): JobSpec => ({
  name: `${object.toLowerCase()}-sync`,
  kind: 'custom',
  title: `${object} Sync`,
  enabled: true,
  source: { object },
  target: { table: object.toLowerCase() },
  mappings,
  upsertKey: [mappings[0]?.target ?? 'sfid'],
  after: [],
  onDelete: 'deactivate',
  onLeaveFilter: 'keep',
  extract: 'auto',
  ...rest,
});

/** A job of the catalog, as it is or changed. */
export function catalogJob(name: CatalogJobName, rest: Partial<JobSpec> = {}): JobSpec {
  const job = catalogJobs().find((candidate) => candidate.name === name);
  if (job === undefined) throw new Error(`There is no job "${name}" in the catalog.`);
  return { ...job, ...rest };
}

export const connectionSpec = (
  name: string,
  jobs: readonly JobSpec[],
  rest: Partial<ConnectionSpec> = {},
): ConnectionSpec => ({
  name,
  salesforce: { loginUrl: 'https://login.salesforce.com', clientId: { env: 'CLIENT_ID' }, apiVersion: '62.0' },
  schema: 'model',
  companyResolution: [{ account: 'Id', company: 'sfdc_account_id' }],
  notify: { success: [], failure: [] },
  jobs,
  chains: [],
  ...rest,
});

/** The query by which a compiled job reads what it loads. */
export const rowsSoql = (plan: CompiledJob | undefined): string =>
  plan?.readings.find(({ kind }) => kind === 'rows')?.soql ?? '';
