import type { JobSpec, MappingSpec, ScheduleSpec, SourceSpec } from '../domain/job-spec.ts';
import { didYouMean, quote } from '../domain/did-you-mean.ts';
import type { OnDependency } from '../domain/on-dependency.ts';
import { mergeMapping, type MappingProblem } from './merge-mapping.ts';
import { toScheduleSpec, type WrittenSchedule } from './schedule-words.ts';
import type { WrittenJobOverride, WrittenPicklistOverride } from './schema/job-override.ts';
import type { WrittenJob } from './schema/job.ts';
import type { WrittenMapping } from './schema/mapping.ts';

export interface NormalizedJob {
  readonly spec: JobSpec;
  /** Paths are below the job. */
  readonly problems: readonly MappingProblem[];
}

export const scheduleOf = (written: WrittenSchedule | null | undefined): { readonly schedule?: ScheduleSpec } =>
  written === undefined || written === null ? {} : { schedule: toScheduleSpec(written) };

/** Absent stays absent: the chain decides then. */
export const onDependencyOf = ({
  onDependency,
}: {
  readonly onDependency?: OnDependency;
}): Pick<JobSpec, 'onDependency'> => (onDependency === undefined ? {} : { onDependency });

type Override = WrittenJobOverride & WrittenPicklistOverride;

/** Returns a job of the catalog with what a connection changes about it. */
export function normalizeOverride(catalog: JobSpec, written: Override): NormalizedJob {
  const { mappings, problems } = mergeMappings(catalog.mappings, written.map ?? {});
  const spec: JobSpec = {
    ...catalog,
    enabled: written.enabled ?? catalog.enabled,
    source: overriddenSource(catalog.source, written),
    mappings,
    after: written.after ?? catalog.after,
    ...onDependencyOf(written),
    onDelete: written.onDelete ?? catalog.onDelete,
    onLeaveFilter: written.onLeaveFilter ?? catalog.onLeaveFilter,
    extract: written.extract ?? catalog.extract,
    ...scheduleOf(written.schedule),
  };
  return { spec, problems };
}

function overriddenSource(catalog: SourceSpec, written: Override): SourceSpec {
  const { filter: _filter, ...withoutFilter } = catalog;
  const kept = written.filter === null ? withoutFilter : catalog;
  return {
    ...kept,
    // An object that the file names is meant: an org without it is a mistake.
    ...(written.object === undefined ? {} : { object: written.object, optional: false }),
    ...(typeof written.filter === 'string' ? { filter: written.filter } : {}),
    ...(written.optionalFilters === undefined ? {} : { optionalFilters: filtersOf(written.optionalFilters) }),
    ...(written.picklists === undefined ? {} : { picklists: written.picklists }),
    ...(written.optionalPicklists === undefined ? {} : { optionalPicklists: written.optionalPicklists }),
  };
}

const filtersOf = (written: NonNullable<Override['optionalFilters']>) =>
  written.map(({ field = '', soql = '' }) => ({ field, soql }));

/** Returns a custom job; what is required and was faulty is empty, and has been reported. */
export function normalizeCustomJob(written: WrittenJob): NormalizedJob {
  const { mappings, problems } = mergeMappings([], written.map ?? {});
  const name = written.job ?? '';
  const spec: JobSpec = {
    name,
    kind: 'custom',
    title: written.title ?? inWords(name),
    enabled: written.enabled ?? true,
    source: {
      object: written.source?.object ?? '',
      ...(written.source?.optional === true ? { optional: true } : {}),
      ...(written.source?.filter === undefined ? {} : { filter: written.source.filter }),
      ...(written.source?.optionalFilters === undefined
        ? {}
        : { optionalFilters: filtersOf(written.source.optionalFilters) }),
    },
    target: { table: written.target?.table ?? '', ...(written.target?.existing === true ? { existing: true } : {}) },
    mappings,
    upsertKey: written.upsertKey ?? [],
    after: written.after ?? [],
    ...onDependencyOf(written),
    onDelete: written.onDelete ?? 'deactivate',
    onLeaveFilter: written.onLeaveFilter ?? 'keep',
    extract: written.extract ?? 'auto',
    ...scheduleOf(written.schedule),
  };
  return { spec, problems };
}

/** `opportunity-sync` → `Opportunity Sync`. */
const inWords = (name: string): string =>
  name.replaceAll(
    /(^|-)([a-z0-9])/g,
    (_, hyphen: string, letter: string) => `${hyphen === '' ? '' : ' '}${letter.toUpperCase()}`,
  );

function mergeMappings(catalog: readonly MappingSpec[], map: Readonly<Record<string, WrittenMapping>>) {
  const merged = new Map(catalog.map((mapping) => [mapping.target, mapping]));
  const problems: MappingProblem[] = [];
  for (const [target, written] of Object.entries(map)) {
    const base = merged.get(target);
    if (written === null) {
      if (!merged.delete(target))
        problems.push({ path: ['map', target], message: nothingToRemove(target, [...merged.keys()]) });
      continue;
    }
    const result = mergeMapping({ target, written, base });
    if ('spec' in result) merged.set(target, result.spec);
    else problems.push({ path: ['map', target, ...result.problem.path], message: result.problem.message });
  }
  return { mappings: [...merged.values()], problems };
}

const nothingToRemove = (target: string, targets: readonly string[]): string =>
  targets.length === 0
    ? `${quote(target)} has no source. Write the name of a field after it; only a mapping of the catalog can be taken away with null.`
    : `${quote(target)} is null, which takes a mapping of the catalog away, but the catalog has no such mapping.${didYouMean(target, targets)} Write the name of a field after it, or remove the line.`;
