import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { JobSpec } from '../domain/job-spec.ts';
import { mergeMapping } from './merge-mapping.ts';
import type { CatalogJob } from './schema/catalog-job.ts';

/** The six out-of-the-box jobs, in the order in which people read them. */
export const CATALOG_JOBS = [
  'picklist-sync',
  'user-sync',
  'company-sync',
  'company-person-sync',
  'relationship-type-sync',
  'relationship-sync',
] as const;

export type CatalogJobName = (typeof CATALOG_JOBS)[number];

export const isCatalogJob = (name: string): name is CatalogJobName =>
  (CATALOG_JOBS as readonly string[]).includes(name);

let read: readonly JobSpec[] | undefined;

/** Returns the jobs of the catalog as they are without any change by a connection. Read once: the files are part of the package. */
export function catalogJobs(): readonly JobSpec[] {
  read ??= CATALOG_JOBS.map((name) => toJobSpec(readCatalogFile(name)));
  return read;
}

export const readCatalogFile = (name: CatalogJobName): CatalogJob =>
  parse(readFileSync(new URL(`./catalog/${name}.yaml`, import.meta.url), 'utf8')) as CatalogJob;

function toJobSpec({
  job = '',
  kind,
  title = '',
  source,
  target,
  map = {},
  upsertKey = [],
  after = [],
  onDelete,
}: CatalogJob): JobSpec {
  return {
    name: job,
    kind: kind ?? 'custom',
    title,
    enabled: true,
    source: source as JobSpec['source'],
    target: { table: target?.table ?? '' },
    mappings: Object.entries(map).flatMap(([column, written]) => {
      const merged = written === null ? undefined : mergeMapping({ target: column, written, base: undefined });
      return merged !== undefined && 'spec' in merged ? [merged.spec] : [];
    }),
    upsertKey,
    after,
    onDelete: onDelete ?? 'deactivate',
    onLeaveFilter: 'keep',
    extract: 'auto',
  };
}

/** What the customer model brings into its schema of all that the catalog writes, as a plan names it: tables, keys and columns. */
export const modelNames = (schema: string): ReadonlySet<string> =>
  new Set(
    catalogJobs().flatMap(({ target: { table }, upsertKey, mappings }) => [
      `${schema}.${table}`,
      `${schema}.${table} (${upsertKey.join(', ')})`,
      ...mappings.flatMap(({ kind, target }) => {
        const column = `${schema}.${target.startsWith('person.') ? target : `${table}.${target}`}`;
        return kind === 'lookup' ? [column, `${column}_source`] : [column];
      }),
    ]),
  );
