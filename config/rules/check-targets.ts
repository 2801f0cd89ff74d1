import type { MappingSpec } from '../../domain/job-spec.ts';
import { baseType, VALUE_PATTERNS } from '../../domain/column-types.ts';
import { catalogJobs } from '../catalog.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { didYouMean, listOf, quote } from '../../domain/did-you-mean.ts';
import { isWritten, jobProblem, type DraftJob } from '../draft.ts';
import { allJobs, type Rule } from './rule.ts';

/** Columns that every model table has and that the sync fills. */
export const STANDARD_COLUMNS = [
  'id',
  'connection_id',
  'source_modstamp',
  'deleted_at',
  'created_at',
  'updated_at',
] as const;
/** Columns that PostgreSQL gives every table. */
const SYSTEM_COLUMNS = ['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid'];
/** Identity, which Company Person decides itself. */
const IDENTITY_COLUMNS = ['person_id', 'person.identity_key'];
const SOURCE_SUFFIX = '_source';
const LONGEST_COLUMN = 63;

/** What is written: columns that may be mapped, types that exist, keys that are never null. */
export const checkTargets: Rule = (draft) =>
  allJobs(draft).flatMap((job) => [
    ...job.spec.mappings.flatMap((mapping) => targetProblems(job, mapping)),
    ...typeProblems(job),
    ...constantProblems(job),
    ...keyProblems(job),
  ]);

function targetProblems(job: DraftJob, mapping: MappingSpec): Diagnostic[] {
  const { target } = mapping;
  const report = (message: string): Diagnostic[] => [jobProblem(job, { path: ['map', target], part: 'key', message })];
  if (!isWritten(job, ['map', target])) return [];
  const isPerson = target.startsWith('person.');
  const column = isPerson ? target.slice('person.'.length) : target;
  if (isPerson && job.spec.kind !== 'company-person') {
    return report(
      `${quote(target)} is a column of the person, which only company-person-sync writes. Write the name of a column alone, as in "${column}".`,
    );
  }
  if ((STANDARD_COLUMNS as readonly string[]).includes(column)) {
    return report(
      `The column ${quote(target)} is filled by the sync itself. Choose another name, as in "${column === 'id' ? 'external' : 'salesforce'}_${column}".`,
    );
  }
  if (SYSTEM_COLUMNS.includes(column))
    return report(`The column ${quote(target)} belongs to PostgreSQL. Choose another name.`);
  if (job.spec.kind === 'company-person' && IDENTITY_COLUMNS.includes(target)) {
    return report(`${quote(target)} is decided by who the contact is, and cannot be mapped. Remove the line.`);
  }
  if (isPerson && mapping.kind !== 'field') {
    return report(
      `${quote(target)} is a column of the person, which takes fields of the contact only. Map a field, or use a column without "person.".`,
    );
  }
  const holder = referenceBehind(job, target);
  if (holder !== undefined)
    return report(
      `The column ${quote(target)} keeps the source key of the reference "${holder}". Choose another name.`,
    );
  if (mapping.kind === 'lookup' && target.length + SOURCE_SUFFIX.length > LONGEST_COLUMN) {
    return report(
      `${quote(target)} is too long for a reference: at most ${LONGEST_COLUMN - SOURCE_SUFFIX.length} letters, since "${SOURCE_SUFFIX}" is added for its source key.`,
    );
  }
  return [];
}

/** Whether a text reads as a value of the type; `text[]` and texts take everything. */
function isOfType(text: string, type: string): boolean {
  const base = baseType(type);
  const pattern = VALUE_PATTERNS[base];
  if (pattern === undefined) return true;
  if (!new RegExp(pattern).test(text)) return false;
  if (base === 'date' || base === 'timestamptz') return !Number.isNaN(Date.parse(text.slice(0, 10)));
  const number = Number(text);
  const most = base === 'integer' ? 2 ** 31 : base === 'bigint' ? 2 ** 63 : Infinity;
  return base === 'boolean' || base === 'time' || (number >= -most && number < most);
}

function referenceBehind({ spec }: DraftJob, target: string): string | undefined {
  if (!target.endsWith(SOURCE_SUFFIX)) return undefined;
  const reference = target.slice(0, -SOURCE_SUFFIX.length);
  return spec.mappings.some(({ kind, target: other }) => kind === 'lookup' && other === reference)
    ? reference
    : undefined;
}

function typeProblems(job: DraftJob): Diagnostic[] {
  const catalog = job.fromCatalog ? catalogJobs().find(({ name }) => name === job.spec.name) : undefined;
  return job.spec.mappings.flatMap((mapping): Diagnostic[] => {
    if (mapping.kind === 'lookup' || mapping.type === undefined || !isWritten(job, ['map', mapping.target, 'type']))
      return [];
    const report = (message: string): Diagnostic[] => [
      jobProblem(job, { path: ['map', mapping.target, 'type'], message }),
    ];
    const [, precision, scale] = /^numeric\((\d+)(?:, ?(\d+))?\)$/.exec(mapping.type) ?? [];
    if (Number(scale) > Number(precision))
      return report(
        `${quote(mapping.type)} has more decimals than digits. Write all digits first, as in "numeric(18,2)".`,
      );
    const before = catalog?.mappings.find(({ target }) => target === mapping.target);
    if (before === undefined || before.kind === 'lookup' || before.type === mapping.type) return [];
    return report(
      `The column "${job.spec.target.table}.${mapping.target}" of the model is ${before.type ?? 'text'}, and its type cannot change. Leave out "type", or map the field to a column of your own.`,
    );
  });
}

/** A constant that its column cannot hold would reject every row. */
function constantProblems(job: DraftJob): Diagnostic[] {
  const catalog = job.fromCatalog ? catalogJobs().find(({ name }) => name === job.spec.name) : undefined;
  return job.spec.mappings.flatMap((mapping): Diagnostic[] => {
    if (mapping.kind !== 'constant' || mapping.value === null) return [];
    const before = catalog?.mappings.find(({ target }) => target === mapping.target);
    const type = mapping.type ?? (before === undefined || before.kind === 'lookup' ? 'text' : before.type);
    const text = String(mapping.value);
    if (type === undefined || isOfType(text, type)) return [];
    const message = `${quote(text)} is no value of type ${type}, so every row would be rejected. Write a value that is, or another "type".`;
    return [jobProblem(job, { path: ['map', mapping.target, 'value'], message })];
  });
}

function keyProblems(job: DraftJob): Diagnostic[] {
  const { spec, fromCatalog } = job;
  // No mappings at all were reported as such.
  if (spec.mappings.length === 0) return [];
  return spec.upsertKey.flatMap((column, index): Diagnostic[] => {
    const mapping = spec.mappings.find(({ target }) => target === column);
    const written = ['map', column];
    if (fromCatalog) {
      if (mapping?.kind === 'field' && mapping.from === 'Id' && mapping.required && !mapping.optional) return [];
      return [
        jobProblem(job, {
          path: written,
          message: `"${column}" holds the Salesforce id, by which rows are found again. Leave its mapping as it is.`,
        }),
      ];
    }
    const report = (message: string): Diagnostic[] => [jobProblem(job, { path: ['upsertKey', index], message })];
    if (mapping === undefined) {
      // Its mapping may stand there and be faulty, which was reported.
      if (isWritten(job, written)) return [];
      const targets = spec.mappings.map(({ target }) => target);
      return report(
        `The upsert key ${quote(column)} is not among the mappings.${didYouMean(column, targets)} Mapped: ${listOf(targets, 'and')}.`,
      );
    }
    if (mapping.kind !== 'field')
      return report(
        `The upsert key ${quote(column)} is a ${mapping.kind}, which cannot tell rows apart. Use a column that is mapped from a field.`,
      );
    if (mapping.optional)
      return report(
        `The upsert key ${quote(column)} is optional, but a row without its key cannot be found again. Remove "optional".`,
      );
    return [];
  });
}
