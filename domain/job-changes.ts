import type { JobSpec, MappingSpec } from './job-spec.ts';
import { mappingWords } from './mapping-words.ts';
import type { Change, Reread } from './plan.ts';
import { isSame } from './same-value.ts';

/** What is compared elsewhere: mappings one by one, schedules with Temporal, and what never changes. */
const NOT_SETTINGS: ReadonlySet<string> = new Set(['name', 'mappings', 'schedule']);

/** Returns nested values by dotted path; lists and scalars are leaves. */
function leavesOf(value: object, prefix = ''): Map<string, unknown> {
  const leaves = new Map<string, unknown>();
  for (const [key, each] of Object.entries(value) as [string, unknown][]) {
    if (each === undefined) continue;
    const path = `${prefix}${key}`;
    if (typeof each === 'object' && each !== null && !Array.isArray(each)) {
      for (const [below, leaf] of leavesOf(each, `${path}.`)) leaves.set(below, leaf);
    } else leaves.set(path, each);
  }
  return leaves;
}

const words = (value: unknown): string => (typeof value === 'string' ? `"${value}"` : JSON.stringify(value));

/** Compares two objects leaf by leaf. */
export function settingChanges(before: object, after: object, job?: string): Change[] {
  const [old, wanted] = [leavesOf(before), leavesOf(after)];
  return [...new Set([...old.keys(), ...wanted.keys()])].sort().flatMap((name): Change[] => {
    if (isSame(old.get(name), wanted.get(name))) return [];
    return [
      {
        action: old.has(name) ? (wanted.has(name) ? 'update' : 'delete') : 'create',
        what: 'setting',
        ...(job === undefined ? {} : { job }),
        name,
        ...(old.has(name) ? { before: words(old.get(name)) } : {}),
        ...(wanted.has(name) ? { after: words(wanted.get(name)) } : {}),
      },
    ];
  });
}

const settingsOf = (job: JobSpec): object =>
  Object.fromEntries(Object.entries(job).filter(([key]) => !NOT_SETTINGS.has(key)));

const byTarget = (mappings: readonly MappingSpec[]): ReadonlyMap<string, MappingSpec> =>
  new Map(mappings.map((mapping) => [mapping.target, mapping]));

function mappingChanges(before: JobSpec, after: JobSpec): Change[] {
  const [old, wanted] = [byTarget(before.mappings), byTarget(after.mappings)];
  return [...new Set([...wanted.keys(), ...old.keys()])].flatMap((name): Change[] => {
    const [was, is] = [old.get(name), wanted.get(name)];
    if (isSame(was, is)) return [];
    return [
      {
        action: was === undefined ? 'create' : is === undefined ? 'delete' : 'update',
        what: 'mapping',
        job: after.name,
        name,
        ...(was === undefined ? {} : { before: mappingWords(was) }),
        ...(is === undefined ? {} : { after: mappingWords(is) }),
        ...(is === undefined ? { note: 'its column and values stay' } : {}),
      },
    ];
  });
}

/** Returns what changes about a job that stays. */
export const jobChanges = (before: JobSpec, after: JobSpec): Change[] => [
  ...settingChanges(settingsOf(before), settingsOf(after), after.name),
  ...mappingChanges(before, after),
];

/** What decides about the value of a field. */
const FIELD_KEYS = ['from', 'type', 'apply', 'onUnknown'] as const;

/** Whether a row that was loaded under the old mapping may have another value under the new one. */
function readsAnew(was: MappingSpec | undefined, is: MappingSpec): boolean {
  if (was?.kind !== is.kind) return true;
  if (is.kind === 'field') return was.kind === 'field' && !FIELD_KEYS.every((key) => isSame(was[key], is[key]));
  if (is.kind === 'constant') return was.kind === 'constant' && !isSame(was.value, is.value);
  return was.kind === 'lookup' && !(was.table === is.table && isSame(was.by, is.by));
}

/** Settings of a job after whose change its table may lack rows or values. */
const REREAD_SETTINGS = [
  ['source.object', 'another object is read'],
  ['source.filter', 'the filter is another one'],
  ['source.optionalFilters', 'the filter is another one'],
  ['target.table', 'another table is filled'],
  ['upsertKey', 'rows are found by another key'],
] as const;

/**
 * Returns whether the next run has to read everything again, and why: an incremental run reads only what has changed in the org, and rows
 * that have not would keep the values of the old mapping.
 */
export function rereadOf(before: JobSpec, after: JobSpec): Reread | undefined {
  if (after.kind === 'picklist') return undefined; // describe is read whole by every run
  const [old, wanted] = [leavesOf(settingsOf(before)), leavesOf(settingsOf(after))];
  const reasons: string[] = REREAD_SETTINGS.flatMap(([path, reason]) =>
    isSame(old.get(path), wanted.get(path)) ? [] : [reason],
  );
  const previous = byTarget(before.mappings);
  const targets = after.mappings.filter((mapping) => readsAnew(previous.get(mapping.target), mapping));
  if (targets.length > 0) {
    const names = targets.map(({ target }) => target);
    const shown = names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
    reasons.push(`rows that are there have no value of it yet: ${shown}`);
  }
  return reasons.length === 0 ? undefined : { job: after.name, why: [...new Set(reasons)].join('; ') };
}
