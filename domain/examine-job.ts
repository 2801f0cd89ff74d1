import { isRefusedByBulk } from './bulk-unsupported.ts';
import { columnTypeOf, UNMAPPABLE_TYPES } from './column-types.ts';
import { findField, type DescribedField, type DescribedObject } from './describe.ts';
import { didYouMean, quote } from './did-you-mean.ts';
import type { Finding } from './examination.ts';
import type { ColumnType, FieldMapping, JobSpec, MappingSpec } from './job-spec.ts';
import { fieldsOf } from './mapping-fields.ts';
import type { MappingFunction } from './mapping-function.ts';
import { problemOfFunctions, typeAfterAll } from './mapping-functions.ts';
import { resolvePath } from './resolve-path.ts';
import { typeChange, typeFit } from './type-fit.ts';

export interface ExamineInput {
  readonly connection: string;
  readonly job: JobSpec;
  /** The source object first, then every parent that a dotted path passes through. */
  readonly describes: readonly DescribedObject[];
  /** Columns that exist: `table.column` → type. */
  readonly columns: ReadonlyMap<string, ColumnType>;
  /** Fields that the org has and the authorized user may not see, as `Object.Field` in lower case. */
  readonly hidden: ReadonlySet<string>;
  /** Picklists that Picklist Sync keeps, as `Object.Field` or `Object.*`, in lower case. */
  readonly picklists: ReadonlySet<string>;
  /** What to add where something is missing and the describes may not be today's, as a sentence. */
  readonly caveat?: string;
}

const PERSON_PREFIX = 'person.';

/** Returns what is wrong with a job's mappings, source and key in its org. Pure; whether queries are accepted is asked elsewhere. */
export function examineJob(input: ExamineInput): Finding[] {
  const { job, describes } = input;
  const [object] = describes;
  if (object === undefined) return [];
  return [
    ...sourceFindings(job, object),
    ...job.mappings.flatMap((mapping) => fieldsOf(mapping).flatMap((field) => pathFindings(input, mapping, field))),
    ...job.mappings.flatMap((mapping) => functionFindings(input, mapping)),
    ...formulaFindings(input, object),
  ];
}

function sourceFindings({ name, extract }: JobSpec, object: DescribedObject): Finding[] {
  const at = { severity: 'error', job: name } as const;
  if (!object.queryable)
    return [
      { ...at, path: ['source', 'object'], message: `Salesforce does not let ${quote(object.name)} be queried.` },
    ];
  if (extract !== 'bulk' || !isRefusedByBulk(object.name)) return [];
  const message = `Bulk API 2.0 does not support ${quote(object.name)}. Write "extract: rest", or leave "extract" out.`;
  return [{ ...at, path: ['extract'], message }];
}

function pathFindings(input: ExamineInput, mapping: MappingSpec, path: string): Finding[] {
  const { job, describes } = input;
  const [object] = describes;
  if (object === undefined) return [];
  const at = { job: job.name, path: ['map', mapping.target] };
  const resolved = resolvePath(path, object, describes);
  if (typeof resolved === 'string') {
    // An optional one is left out, and the compiled job says so.
    const message = `${resolved}.${hint(input, path, object)}${input.caveat === undefined ? '' : ` ${input.caveat}`}`;
    return mapping.optional ? [] : [{ ...at, severity: 'error', message }];
  }
  const { field } = resolved;
  if (UNMAPPABLE_TYPES.has(field.type)) {
    const message = `${quote(path)} is of type ${field.type}, which has no column. Map its component fields.`;
    return [{ ...at, severity: 'error', message }];
  }
  // Of the fields that functions read, only the functions ask.
  return mapping.kind === 'field' && path === mapping.from
    ? [
        ...unknownFindings(job, mapping, field),
        ...typeFindings(input, mapping, field),
        ...picklistFindings(input, mapping, { object, path, field }),
      ]
    : [];
}

/** Functions that the types of the org's fields do not go with. */
function functionFindings({ job, describes }: ExamineInput, mapping: MappingSpec): Finding[] {
  const [object] = describes;
  const typeOf = (path: string): string | undefined => {
    const resolved = object && resolvePath(path, object, describes);
    return typeof resolved === 'object' ? resolved.field.type : undefined;
  };
  const find = (field: string, apply: readonly MappingFunction[] | undefined, path: readonly string[]): Finding[] => {
    const type = typeOf(field);
    const problem = type === undefined || apply === undefined ? undefined : problemOfFunctions(apply, type, typeOf);
    if (problem === undefined) return [];
    return [
      { severity: 'error', job: job.name, path: [...path, 'apply', String(problem.index)], message: problem.message },
    ];
  };
  if (mapping.kind === 'field') return find(mapping.from, mapping.apply, ['map', mapping.target]);
  if (mapping.kind === 'constant' || 'companyResolution' in mapping.by) return [];
  return mapping.by.flatMap(({ column, field, apply }) => find(field, apply, ['map', mapping.target, 'by', column]));
}

/** What could be done about a path that leads nowhere. Only a field of the object itself is known to be hidden. */
function hint({ hidden, job }: ExamineInput, path: string, object: DescribedObject): string {
  if (path.includes('.')) {
    const relationships = object.fields.flatMap(({ relationshipName }) => relationshipName ?? []);
    return didYouMean(path.split('.')[0] ?? '', relationships);
  }
  if (hidden.has(`${object.name}.${path}`.toLowerCase())) {
    return ` The org has it, but the user who authorized has no field-level access: grant Read Access in a permission set, or let somebody else authorize.`;
  }
  const isOwn = job.source.object?.toLowerCase() === object.name.toLowerCase();
  return isOwn
    ? didYouMean(
        path,
        object.fields.map(({ name }) => name),
      )
    : '';
}

const WITH_VALUES: ReadonlySet<string> = new Set(['picklist', 'multipicklist', 'combobox']);

/** Only a picklist says which values there are. */
function unknownFindings({ name }: JobSpec, { target, onUnknown }: FieldMapping, field: DescribedField): Finding[] {
  if (onUnknown === undefined || WITH_VALUES.has(field.type)) return [];
  const message = `"onUnknown" is about picklists, and ${quote(field.name)} is of type ${field.type}. Remove it.`;
  return [{ severity: 'error', job: name, path: ['map', target, 'onUnknown'], message }];
}

function typeFindings({ job, columns }: ExamineInput, mapping: MappingSpec, field: DescribedField): Finding[] {
  const { target } = mapping;
  const declared = mapping.kind === 'field' ? mapping.type : undefined;
  const column = target.startsWith(PERSON_PREFIX) ? target : `${job.target.table}.${target}`;
  const existing = columns.get(column);
  const at = { job: job.name, path: ['map', target] };
  if (existing !== undefined && declared !== undefined && typeChange(existing, declared) === 'refused') {
    const message = `The column "${column}" is ${existing}, and cannot become ${declared} without losing values. Leave "type" out, or map the field to another column.`;
    return [{ ...at, severity: 'error', message }];
  }
  const type = declared ?? existing;
  const functions = mapping.kind === 'field' ? mapping.apply : undefined;
  const given = typeAfterAll(field.type, functions);
  const fit = type === undefined ? 'fits' : typeFit(given, type);
  if (fit === 'fits') return [];
  const subject =
    functions === undefined
      ? `${quote(field.name)} is of type`
      : `What the functions make of ${quote(field.name)} is of type`;
  const what = `${subject} ${functions === undefined ? field.type : columnTypeOf(given)}, and the column "${column}" is ${type ?? ''}`;
  if (fit === 'none')
    return [{ ...at, severity: 'error', message: `${what}: no value fits. Choose another column, or another type.` }];
  // Nothing is lost silently, so a column of the model may be narrower than the field.
  return declared === undefined
    ? []
    : [{ ...at, severity: 'warning', message: `${what}: rows whose value does not fit are rejected.` }];
}

function picklistFindings(
  { job, picklists }: ExamineInput,
  mapping: MappingSpec,
  { object, path, field }: { readonly object: DescribedObject; readonly path: string; readonly field: DescribedField },
): Finding[] {
  const { target } = mapping;
  if (mapping.kind === 'field' && mapping.apply !== undefined) return [];
  if (job.kind !== 'custom' || path.includes('.') || !['picklist', 'multipicklist'].includes(field.type)) return [];
  const isKept = [`${object.name}.${field.name}`, `${object.name}.*`].some((name) => picklists.has(name.toLowerCase()));
  if (isKept) return [];
  const message = `${target} keeps the API values of a picklist. To have its labels and order too, add "${object.name}.${field.name}" to the picklists of picklist-sync.`;
  return [{ severity: 'notice', job: job.name, path: ['map', target], message }];
}

/** One warning a job: a formula's change leaves `SystemModstamp` alone, so that incremental runs never see it. */
function formulaFindings({ connection, job }: ExamineInput, object: DescribedObject): Finding[] {
  const formulas = job.mappings.filter((mapping) =>
    fieldsOf(mapping).some((path) => findField(object, path)?.calculated === true),
  );
  const [first] = formulas;
  if (first === undefined || findField(object, 'SystemModstamp') === undefined) return [];
  const names = formulas.map(({ target }) => target).join(', ');
  const message = `The org calculates ${names}. When such a value changes, the row's SystemModstamp does not, and incremental runs miss it. Read everything from time to time: mooring run ${connection} ${job.name} --full`;
  return [{ severity: 'warning', job: job.name, path: ['map', first.target], message }];
}

/** An object that a job may do without makes it unavailable; any other is an error. */
export function unknownObjectFinding({ name, source }: JobSpec, message: string): Finding {
  const at = { job: name, path: ['source', 'object'] };
  return source.optional === true
    ? { ...at, severity: 'notice', message: `${name} will be unavailable: ${message}` }
    : { ...at, severity: 'error', message };
}

/** What is said of a key that the org does not keep unique, as the start of a message. */
export const uncertainKeyWords = (job: JobSpec, object: DescribedObject, fields: readonly DescribedField[]): string =>
  `The upsert key ${job.upsertKey.map((column) => `"${column}"`).join(', ')} comes from ${fields.map(({ name }) => name).join(', ')}, which ${object.name} does not keep unique`;

/** Fields of the upsert key that may not be unique in the org; empty when one of them certainly is. */
export function uncertainKey(job: JobSpec, object: DescribedObject): DescribedField[] {
  const fields = job.upsertKey.flatMap((column) => {
    const mapping = job.mappings.find(({ target }) => target === column);
    return mapping?.kind === 'field' ? (findField(object, mapping.from) ?? []) : [];
  });
  const isCertain = fields.some(({ name, unique }) => name === 'Id' || unique === true);
  return isCertain ? [] : fields;
}
