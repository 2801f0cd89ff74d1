import { columnTypeOf, UNMAPPABLE_TYPES } from './column-types.ts';
import type { CompiledConstant, CompiledField, CompiledJob, CompiledLookup, CompiledSource } from './compiled-job.ts';
import { findField, type DescribedField, type DescribedObject } from './describe.ts';
import { MooringError } from './errors.ts';
import type { ColumnType, FieldMapping, JobSpec, LookupMapping } from './job-spec.ts';
import type { ResolutionPair } from './connection-spec.ts';
import type { Alternative, MappingFunction } from './mapping-function.ts';
import { typeAfterAll } from './mapping-functions.ts';
import { resolvePath, type ResolvedPath } from './resolve-path.ts';
import { readingsOf, sweepsOf, type Reading } from './reading.ts';
import type { RunMode } from './run.ts';
import { LONGEST_SOQL } from './soql.ts';
import type { Instant } from './window.ts';

export interface CompileInput {
  readonly job: JobSpec;
  readonly schema: string;
  readonly companyResolution: readonly ResolutionPair[];
  /** The source object and every parent object that a dotted path passes through. */
  readonly describes: readonly DescribedObject[];
  /** Columns that exist: `table.column` → type. */
  readonly columns: ReadonlyMap<string, ColumnType>;
  /** Upsert key columns of every table that a job of the connection fills. */
  readonly upsertKeys: ReadonlyMap<string, readonly string[]>;
  readonly mode: RunMode;
  /** Of the window, where the mode has one; a watermark has no end. */
  readonly from?: Instant;
  readonly to?: Instant;
  /** Nothing has been loaded before, so that nothing of it can have been deleted. */
  readonly isFirstLoad?: boolean;
  /** From where on something may have left that a full run does not see. */
  readonly watermark?: Instant;
  /** Source ids of rejects that are to be read again. */
  readonly rejects?: readonly string[];
}

/** Newest first: the first that the object has carries the watermark. */
const STAMP_FIELDS = ['SystemModstamp', 'LastModifiedDate', 'CreatedDate'] as const;

/** The field that tells when a row changed last, where the object has one. */
export const stampFieldOf = (object: DescribedObject): string | undefined =>
  STAMP_FIELDS.find((name) => findField(object, name) !== undefined);

/** Fields that a first load does not need. */
const OF_DELETIONS: ReadonlySet<string> = new Set(['IsDeleted', 'MasterRecordId']);

/** Whether a job reads fields of each row that it did not read before: a field that is new to the org, or was hidden. */
export const readsMore = ({ paths }: CompiledJob, before: readonly string[]): boolean =>
  paths.some((path) => !before.includes(path) && !OF_DELETIONS.has(path));

const PERSON_PREFIX = 'person.';

/**
 * Compiles a job against the live org and model, or says everything that is in the way.
 *
 * @throws SF_FIELD_UNKNOWN when a mapping that is not optional names a field the org lacks or that cannot be read
 * @throws SF_QUERY_REFUSED when its statement is longer than Salesforce takes
 */
export function compileJob(input: CompileInput): CompiledJob {
  const { job, schema, describes, columns, mode } = input;
  const object = describes[0];
  if (!object) throw new MooringError('SF_OBJECT_UNKNOWN', `Job "${job.name}" has no source object.`);
  const paths: string[] = ['Id'];
  const problems: string[] = [];
  const dropped: { target: string; reason: string }[] = [];

  const position = (path: string): number => {
    const at = paths.indexOf(path);
    return at >= 0 ? at + 1 : paths.push(path);
  };
  /** Takes a path into the page, or notes why it cannot be taken. */
  const take = (path: string, target: string, optional: boolean): (ResolvedPath & { position: number }) | undefined => {
    const resolved = resolvePath(path, object, describes);
    if (typeof resolved === 'string') {
      if (optional) dropped.push({ target, reason: resolved });
      else problems.push(`mapping "${target}": ${resolved}`);
      return undefined;
    }
    if (UNMAPPABLE_TYPES.has(resolved.field.type)) {
      problems.push(
        `mapping "${target}": ${object.name}.${path} is of type ${resolved.field.type}, which cannot be mapped; map its component fields`,
      );
      return undefined;
    }
    return { ...resolved, position: position(resolved.path) };
  };

  /** The functions with the positions of the fields that they read, or undefined when the org lacks one. */
  const functions = (
    steps: readonly MappingFunction[] | undefined,
    target: string,
    optional: boolean,
  ): Pick<CompiledSource, 'functions'> | undefined => {
    if (steps === undefined) return {};
    const missing: string[] = [];
    const compiled = steps.map((step) => {
      if (step.name !== 'coalesce') return step;
      const values = step.values.flatMap((each): Alternative<Pick<CompiledSource, 'position' | 'sourceType'>>[] => {
        if ('value' in each) return [each];
        const taken = take(each.field, target, optional);
        if (!taken) missing.push(each.field);
        return taken ? [{ field: { position: taken.position, sourceType: taken.field.type } }] : [];
      });
      return { ...step, values };
    });
    return missing.length === 0 ? { functions: compiled } : undefined;
  };

  const stampField = stampFieldOf(object);
  const stamp = stampField === undefined ? undefined : position(stampField);
  const isFirstLoad = mode === 'full' && input.isFirstLoad === true;
  const reads = (name: string): number | undefined =>
    !isFirstLoad && findField(object, name) !== undefined ? position(name) : undefined;
  const isDeleted = reads('IsDeleted');
  const idType = columns.get(`${job.target.table}.id`);
  const existing =
    job.target.existing === true ? { existing: { hasOwnId: idType !== undefined && idType !== 'uuid' } } : {};
  // A merge re-points what refers to the loser's id, and nothing can refer to an id that is not ours.
  const masterRecordId = existing.existing?.hasOwnId === true ? undefined : reads('MasterRecordId');

  const field = (mapping: FieldMapping, column: string, table: string): CompiledField[] => {
    const taken = take(mapping.from, mapping.target, mapping.optional);
    const steps = functions(mapping.apply, mapping.target, mapping.optional);
    if (!taken || !steps) return [];
    // A column that exists decides: what it cannot hold must become a reject, not a page that fails.
    const type =
      columns.get(`${table}.${column}`) ?? mapping.type ?? columnTypeOf(typeAfterAll(taken.field.type, mapping.apply));
    const { path, position: at } = taken;
    const source = { position: at, sourceType: taken.field.type, ...offeredOf(taken.field, mapping), ...steps };
    return [{ column, type, path, ...source, required: mapping.required }];
  };
  /** The type of a column that a lookup compares; a column of the job's own table may be about to be added. */
  const lookedUpType = (table: string, column: string): ColumnType | undefined =>
    columns.get(`${table}.${column}`) ??
    (table === job.target.table ? fields.find((own) => own.column === column)?.type : undefined);
  const lookup = (mapping: LookupMapping): CompiledLookup[] => {
    // Company Sync links every Account it reads to its company, by the connection's resolution pairs, and stores the Account's id there:
    // whoever knows the Account's id then finds the company by it.
    const by =
      'companyResolution' in mapping.by
        ? [{ column: 'sfdc_account_id', field: mapping.by.companyResolution, apply: undefined }]
        : mapping.by;
    const pairs = by.flatMap((pair) => {
      const taken = take(pair.field, mapping.target, mapping.optional);
      const steps = functions(pair.apply, mapping.target, mapping.optional);
      return taken && steps
        ? [
            {
              column: pair.column,
              type: lookedUpType(mapping.table, pair.column),
              position: taken.position,
              path: taken.path,
              sourceType: taken.field.type,
              ...steps,
            },
          ]
        : [];
    });
    if (pairs.length < by.length) return [];
    const { target, table, onMissing, onMultiple } = mapping;
    const key = input.upsertKeys.get(table) ?? [];
    const unique = key.length > 0 && key.every((column) => pairs.some((pair) => pair.column === column));
    const exists = pairs.every(({ type }) => type !== undefined);
    return [
      {
        ...{ column: target, sourceColumn: `${target}_source`, table, unique, exists, onMissing, onMultiple },
        pairs: pairs.map((pair) => ({ ...pair, type: pair.type ?? 'text' })),
      },
    ];
  };

  const fields: CompiledField[] = [];
  const personFields: CompiledField[] = [];
  const constants: CompiledConstant[] = [];
  const lookups: CompiledLookup[] = [];
  for (const mapping of job.mappings) {
    if (mapping.kind === 'constant') {
      const type = columns.get(`${job.target.table}.${mapping.target}`) ?? mapping.type ?? 'text';
      constants.push({ column: mapping.target, type, value: mapping.value === null ? null : String(mapping.value) });
    }
    if (mapping.kind !== 'field') continue;
    if (mapping.target.startsWith(PERSON_PREFIX)) {
      personFields.push(...field(mapping, mapping.target.slice(PERSON_PREFIX.length), 'person'));
    } else fields.push(...field(mapping, mapping.target, job.target.table));
  }
  // After the fields, whose types they ask for.
  for (const mapping of job.mappings) if (mapping.kind === 'lookup') lookups.push(...lookup(mapping));
  const claims =
    job.kind === 'company'
      ? input.companyResolution
          .filter(({ account, company }) => !(account === 'Id' && company === 'sfdc_account_id'))
          .flatMap(({ account, company }) => {
            const taken = take(account, `companyResolution ${company}`, false);
            return taken ? [{ column: company, position: taken.position, path: taken.path }] : [];
          })
      : [];
  if (problems.length > 0) {
    throw new MooringError('SF_FIELD_UNKNOWN', `Job "${job.name}" cannot read ${object.name}: ${problems.join('; ')}.`);
  }
  const filters = [
    job.source.filter,
    ...(job.source.optionalFilters ?? []).flatMap(({ field: name, soql }) => (findField(object, name) ? [soql] : [])),
  ].filter((filter) => filter !== undefined);
  const readings = readingsOf({
    ...{ job, mode, object: object.name, paths, filters, rejects: input.rejects ?? [], isFirstLoad },
    ...{ hasIsDeleted: findField(object, 'IsDeleted') !== undefined, ...windowOf(input, stampField) },
    ...idsWindowOf(input, stampField),
  });
  assertNotTooLong(job, readings);
  return {
    kind: job.kind,
    object: object.name,
    schema,
    table: job.target.table,
    ...existing,
    paths,
    ...(stamp === undefined ? {} : { stamp }),
    ...(isDeleted === undefined ? {} : { isDeleted }),
    ...(masterRecordId === undefined ? {} : { masterRecordId }),
    ...(stampField === undefined ? {} : { stampField }),
    readings,
    sweeps: sweepsOf({ job, mode, filters, isFirstLoad }),
    upsertKey: job.upsertKey,
    fields,
    constants,
    lookups,
    personFields,
    claims,
    extract: job.extract,
    onDelete: job.onDelete,
    onLeaveFilter: job.onLeaveFilter,
    dropped,
  };
}

/** The values that a picklist offers, where the mapping asks for others to be told from them. */
function offeredOf(
  { picklistValues = [] }: DescribedField,
  { onUnknown }: FieldMapping,
): Pick<CompiledSource, 'offered'> {
  if (onUnknown === undefined) return {};
  const values = picklistValues.filter(({ active }) => active).map(({ value }) => value);
  return { offered: { values, otherwise: onUnknown } };
}

function assertNotTooLong({ name }: JobSpec, readings: readonly Reading[]): void {
  const longest = Math.max(...readings.map(({ soql }) => soql.length));
  if (longest <= LONGEST_SOQL) return;
  throw new MooringError(
    'SF_QUERY_REFUSED',
    `Job "${name}" asks for its rows by ${longest} characters of SOQL, and Salesforce takes ${LONGEST_SOQL}. Map fewer fields, or shorten its filter.`,
  );
}

const idsWindowOf = ({ mode, watermark }: CompileInput, field: string | undefined) =>
  mode === 'full' && watermark !== undefined && field !== undefined ? { idsWindow: { field, from: watermark } } : {};

function windowOf({ mode, from, to, job }: CompileInput, stampField: string | undefined) {
  if (mode !== 'incremental' && mode !== 'backfill') return {};
  if (stampField === undefined && mode === 'incremental') return {};
  if (stampField === undefined) {
    throw new MooringError(
      'REFUSED',
      `Job "${job.name}" cannot be read by time: ${job.source.object ?? ''} has no SystemModstamp, LastModifiedDate or CreatedDate. Run it in mode "reconcile".`,
    );
  }
  if (from === undefined) return {};
  return { window: { field: stampField, from, ...(to === undefined ? {} : { to }) } };
}
