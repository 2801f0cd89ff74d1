import type { ConstantMapping, FieldMapping, LookupMapping, LookupPair, MappingSpec } from '../domain/job-spec.ts';
import { didYouMean, listOf } from '../domain/did-you-mean.ts';
import { toFunctions } from './to-functions.ts';
import type { WrittenMapping, WrittenMappingObject } from './schema/mapping.ts';
import type { Path } from './source-document.ts';

export interface MergeInput {
  readonly target: string;
  readonly written: Exclude<WrittenMapping, null>;
  /** The catalog's mapping of the same column, which the written one changes key by key. */
  readonly base: MappingSpec | undefined;
}

export interface MappingProblem {
  /** Below the mapping. */
  readonly path: Path;
  readonly message: string;
}

/** Which keys go with which kind of mapping. */
const KEYS: Readonly<Record<MappingSpec['kind'], readonly string[]>> = {
  field: ['from', 'apply', 'type', 'required', 'onUnknown', 'optional'],
  constant: ['value', 'type'],
  lookup: ['lookup', 'by', 'onMissing', 'onMultiple', 'optional'],
};
const KIND_KEYS = { from: 'field', value: 'constant', lookup: 'lookup' } as const;

/** Returns the mapping that the catalog and the file make together, or why they make none. */
export function mergeMapping(input: MergeInput): { readonly spec: MappingSpec } | { readonly problem: MappingProblem } {
  const { target, base } = input;
  const written = typeof input.written === 'string' ? { from: input.written } : input.written;
  const named = (['from', 'value', 'lookup'] as const).filter((key) => Object.hasOwn(written, key));
  if (named.length > 1) {
    return {
      problem: {
        path: [named[1] ?? ''],
        message: `The mapping of "${target}" has ${listOf(named, 'and')}. Keep one of them: a value has one source.`,
      },
    };
  }
  const kind = named[0] === undefined ? base?.kind : KIND_KEYS[named[0]];
  if (kind === undefined) {
    const message = `The mapping of "${target}" does not say where its value comes from. Add "from" (a field), "value" (a constant) or "lookup" (another table).`;
    return { problem: { path: [], message } };
  }
  const foreign = Object.keys(written).find((key) => !KEYS[kind].includes(key));
  if (foreign !== undefined) {
    const message = `"${foreign}" does not go with a mapping by "${keyOf(kind)}".${didYouMean(foreign, KEYS[kind])} It takes ${listOf(KEYS[kind], 'and')}.`;
    return { problem: { path: [foreign], message } };
  }
  if (base !== undefined && (base.kind === 'lookup') !== (kind === 'lookup'))
    return { problem: changedReference(target, base) };
  if (kind === 'lookup') return mergeLookup(target, written, base?.kind === 'lookup' ? base : undefined);
  return { spec: kind === 'constant' ? constantOf(target, written, base) : fieldOf(target, written, base) };
}

const keyOf = (kind: MappingSpec['kind']): string => ({ field: 'from', constant: 'value', lookup: 'lookup' })[kind];

function changedReference(target: string, base: MappingSpec): MappingProblem {
  const message =
    base.kind === 'lookup'
      ? `"${target}" holds a reference to "${base.table}", so a plain field cannot be mapped onto it. Change its "by", or map the field to a column of your own.`
      : `"${target}" is a plain column of the model, so it cannot hold a reference. Map the lookup to a column of your own, as in "${target}_id".`;
  return { path: [], message };
}

const typeOf = (written: WrittenMappingObject, base: MappingSpec | undefined) => {
  const type = written.type ?? (base !== undefined && base.kind !== 'lookup' ? base.type : undefined);
  return type === undefined ? {} : { type };
};

function fieldOf(target: string, written: WrittenMappingObject, base: MappingSpec | undefined): FieldMapping {
  const before = base?.kind === 'field' ? base : undefined;
  return {
    kind: 'field',
    target,
    from: written.from ?? before?.from ?? '',
    ...applyOf(written, before),
    ...typeOf(written, base),
    required: written.required ?? before?.required ?? false,
    ...unknownOf(written, before),
    // A field that the file names is meant: an org without it is a mistake, not a variety.
    optional: written.optional ?? (written.from === undefined && (before?.optional ?? false)),
  };
}

function unknownOf(written: WrittenMappingObject, before: FieldMapping | undefined): Pick<FieldMapping, 'onUnknown'> {
  const onUnknown = Object.hasOwn(written, 'onUnknown') ? (written.onUnknown ?? 'null') : before?.onUnknown;
  return onUnknown === undefined || onUnknown === 'keep' ? {} : { onUnknown };
}

/** Functions go with the field that they were written for. */
function applyOf(written: WrittenMappingObject, before: FieldMapping | undefined): Pick<FieldMapping, 'apply'> {
  if (written.apply !== undefined) return { apply: toFunctions(written.apply) };
  return written.from === undefined && before?.apply !== undefined ? { apply: before.apply } : {};
}

const constantOf = (target: string, written: WrittenMappingObject, base: MappingSpec | undefined): ConstantMapping => ({
  kind: 'constant',
  target,
  value: written.value ?? null,
  ...typeOf(written, base),
  optional: false,
});

function mergeLookup(target: string, written: WrittenMappingObject, before: LookupMapping | undefined) {
  const table = written.lookup ?? before?.table ?? '';
  const misused = written.by === undefined ? undefined : misusedResolution(target, table, written.by);
  if (misused !== undefined) return { problem: misused };
  const by = written.by === undefined ? (table === before?.table ? before.by : undefined) : byOf(written.by);
  if (by === undefined) {
    const message = `The lookup of "${target}" does not say which row of "${table}" is meant. Add "by", as in \`by: { sfdc_account_id: AccountId }\`.`;
    return { problem: { path: [], message } };
  }
  const spec: LookupMapping = {
    kind: 'lookup',
    target,
    table,
    by,
    onMissing: Object.hasOwn(written, 'onMissing') ? (written.onMissing ?? 'null') : (before?.onMissing ?? 'pending'),
    onMultiple: written.onMultiple ?? before?.onMultiple ?? 'error',
    optional: written.optional ?? (written.by === undefined && (before?.optional ?? false)),
  };
  return { spec };
}

type WrittenBy = NonNullable<WrittenMappingObject['by']>;

function misusedResolution(target: string, table: string, by: WrittenBy): MappingProblem | undefined {
  if (!Object.hasOwn(by, 'companyResolution')) return undefined;
  if (typeof by['companyResolution'] === 'object') {
    const message = `"companyResolution" takes the name of an Account reference, and no functions. Write it alone, as in \`companyResolution: AccountId\`.`;
    return { path: ['by', 'companyResolution'], message };
  }
  const beside = Object.keys(by).find((key) => key !== 'companyResolution');
  if (beside !== undefined) {
    const message = `"${beside}" stands beside "companyResolution" in the lookup of "${target}". The resolution of the connection decides alone: remove one of the two.`;
    return { path: ['by', beside], message };
  }
  if (table === 'company') return undefined;
  const message = `"companyResolution" finds companies, but the lookup of "${target}" asks table "${table}". Name a column of that table instead.`;
  return { path: ['by', 'companyResolution'], message };
}

function byOf(by: WrittenBy): LookupMapping['by'] | undefined {
  const { companyResolution } = by;
  if (typeof companyResolution === 'string') return { companyResolution };
  const pairs = Object.entries(by).map(([column, key]): LookupPair => {
    if (typeof key === 'string') return { column, field: key };
    const apply = key.apply === undefined ? {} : { apply: toFunctions(key.apply) };
    return { column, field: key.from ?? '', ...apply };
  });
  return pairs.length === 0 ? undefined : pairs;
}
