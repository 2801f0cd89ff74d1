import type { ChainSpec, ConnectionSpec, SalesforceSpec, SecretRef } from '../domain/connection-spec.ts';
import type { CheckedDocument } from './check-schema.ts';
import { catalogJobs, isCatalogJob } from './catalog.ts';
import { jobProblem, type Draft, type DraftConnection, type DraftJob } from './draft.ts';
import type { Diagnostic } from './diagnostic.ts';
import { loginUrlOf } from './login-url.ts';
import {
  normalizeCustomJob,
  normalizeOverride,
  onDependencyOf,
  scheduleOf,
  type NormalizedJob,
} from './normalize-job.ts';
import type { WrittenConnection } from './schema/connection.ts';
import type { WrittenSecret } from './schema/secret.ts';
import type { MappingProblem } from './merge-mapping.ts';
import type { Path, SourceDocument } from './source-document.ts';

export interface Normalized {
  readonly draft: Draft;
  readonly diagnostics: readonly Diagnostic[];
}

const DEFAULT_API_VERSION = '62.0';
const DEFAULT_SCHEMA = 'model';

/**
 * Merges all documents with the catalog and with each other: every connection with its jobs, all defaults filled in.
 *
 * Pure. What is required and was faulty is left empty; it has been reported, so the draft serves the rules only.
 */
export function normalize(documents: readonly CheckedDocument[]): Normalized {
  const diagnostics: Diagnostic[] = [];
  const drafted = (
    job: Omit<DraftJob, 'spec'>,
    faulty: readonly Path[],
    { spec, problems }: NormalizedJob,
  ): DraftJob => {
    const draft = { ...job, spec };
    const isNew = ({ path }: MappingProblem) => !faulty.some((other) => isWithin(other, [...job.base, ...path]));
    diagnostics.push(...problems.filter(isNew).map((problem) => jobProblem(draft, problem)));
    return draft;
  };
  const customJobs = documents.flatMap(({ kind, document, faulty, written }) => {
    if (kind !== 'job') return [];
    const { connection } = written;
    return [
      drafted(
        { fromCatalog: false, document, base: [], ...(connection === undefined ? {} : { connection }) },
        faulty,
        normalizeCustomJob(written),
      ),
    ];
  });
  const seen = new Set<string>();
  const connections = documents.flatMap(({ kind, document, faulty, written }) => {
    if (kind !== 'connection') return [];
    const name = written.connection ?? '';
    const own = catalogJobs().map((catalog) => {
      const override = isCatalogJob(catalog.name) ? written.jobs?.[catalog.name] : undefined;
      return drafted(
        { fromCatalog: true, connection: name, document, base: ['jobs', catalog.name] },
        faulty,
        normalizeOverride(catalog, override ?? {}),
      );
    });
    // Of two connections of one name, the first keeps the jobs; the second is reported.
    const custom = seen.has(name) ? [] : customJobs.filter(({ connection }) => connection === name);
    seen.add(name);
    return [draftConnection(document, written, [...own, ...custom.sort(byName)])];
  });
  const strays = customJobs.filter(({ connection }) => connection === undefined || !seen.has(connection));
  return { draft: { connections, strays }, diagnostics };
}

const isWithin = (inner: Path, outer: Path): boolean =>
  outer.every((step, index) => String(step) === String(inner[index]));

const byName = (first: DraftJob, second: DraftJob): number => (first.spec.name < second.spec.name ? -1 : 1);

function draftConnection(
  document: SourceDocument,
  written: WrittenConnection,
  jobs: readonly DraftJob[],
): DraftConnection {
  const spec: ConnectionSpec = {
    name: written.connection ?? '',
    salesforce: salesforceOf(written.salesforce ?? {}),
    schema: written.schema ?? DEFAULT_SCHEMA,
    companyResolution: written.companyResolution?.match?.map(({ account = '', company = '' }) => ({
      account,
      company,
    })) ?? [{ account: 'Id', company: 'sfdc_account_id' }],
    ...widgetOf(written.widget),
    ...grantsOf(written.grants),
    notify: { success: written.notify?.success ?? [], failure: written.notify?.failure ?? [] },
    jobs: jobs.map((job) => job.spec),
    chains: Object.entries(written.chains ?? {}).map(([name, chain]): ChainSpec => ({
      name,
      schedule: {},
      ...scheduleOf(chain.schedule),
      jobs: chain.jobs ?? [],
      ...onDependencyOf(chain),
    })),
  };
  return { spec, document, jobs };
}

function salesforceOf({
  org = 'production',
  clientId,
  clientSecret,
  apiVersion,
  apiBudget,
}: NonNullable<WrittenConnection['salesforce']>): SalesforceSpec {
  return {
    loginUrl: typeof org === 'string' ? loginUrlOf(org) : referenceOf(org),
    clientId: referenceOf(clientId),
    ...(clientSecret === undefined ? {} : { clientSecret: referenceOf(clientSecret) }),
    apiVersion: apiVersion ?? DEFAULT_API_VERSION,
    ...(apiBudget === undefined ? {} : { apiBudget }),
  };
}

const grantsOf = (written: WrittenConnection['grants'] = []): Pick<ConnectionSpec, 'grants'> =>
  written.length === 0 ? {} : { grants: written };

const widgetOf = ({ enabled, clientSecret }: WrittenConnection['widget'] = {}): Pick<ConnectionSpec, 'widget'> => {
  if (enabled !== true) return {};
  return { widget: clientSecret === undefined ? {} : { clientSecret: referenceOf(clientSecret) } };
};

const referenceOf = ({ env, file }: WrittenSecret = {}): SecretRef =>
  file === undefined ? { env: env ?? '' } : { file };
