import { findField, type DescribedObject } from '../domain/describe.ts';
import { quote } from '../domain/did-you-mean.ts';
import { MooringError } from '../domain/errors.ts';
import type { Finding } from '../domain/examination.ts';
import { uncertainKey, uncertainKeyWords } from '../domain/examine-job.ts';
import { fieldsOf } from '../domain/mapping-fields.ts';
import type { JobSpec } from '../domain/job-spec.ts';
import type { SalesforcePort } from './sync-ports.ts';

const isOurs = (error: unknown): error is MooringError => error instanceof MooringError;

/**
 * Of the fields that describe does not show, those that exist all the same, as `object.field` in lower case.
 * `FieldDefinition` lists fields whatever the user may see, but not every user may read it: then nothing is known to be hidden.
 */
export async function hiddenFields(
  api: SalesforcePort,
  job: JobSpec,
  object: DescribedObject,
): Promise<ReadonlySet<string>> {
  const missing = job.mappings
    .flatMap(fieldsOf)
    .filter((path) => /^\w+$/.test(path) && findField(object, path) === undefined);
  if (missing.length === 0) return new Set();
  const names = missing.map((field) => `'${field}'`).join(', ');
  const soql = `SELECT QualifiedApiName FROM FieldDefinition WHERE EntityDefinition.QualifiedApiName = '${object.name}' AND QualifiedApiName IN (${names})`;
  try {
    const { text } = await api.query(soql, { all: false, object: 'FieldDefinition' });
    const { records } = JSON.parse(text) as { records: readonly { readonly QualifiedApiName: string }[] };
    return new Set(records.map(({ QualifiedApiName }) => `${object.name}.${QualifiedApiName}`.toLowerCase()));
  } catch (error) {
    if (isOurs(error)) return new Set();
    throw error;
  }
}

const conditionsOf = ({ source }: JobSpec, object: DescribedObject): { path: (string | number)[]; soql: string }[] => [
  ...(source.filter === undefined ? [] : [{ path: ['source', 'filter'], soql: source.filter }]),
  ...(source.optionalFilters ?? []).flatMap(({ field, soql }, index) =>
    findField(object, field) ? [{ path: ['source', 'optionalFilters', index, 'soql'], soql }] : [],
  ),
];

const REFUSALS: ReadonlySet<string> = new Set(['SF_QUERY_REFUSED', 'SF_FIELD_UNKNOWN', 'SF_OBJECT_UNKNOWN']);

/** Asks the org whether it takes each condition, with a query that returns no row. */
export async function filterFindings(api: SalesforcePort, job: JobSpec, object: DescribedObject): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { path, soql } of conditionsOf(job, object)) {
    try {
      await api.query(`SELECT Id FROM ${object.name} WHERE (${soql}) LIMIT 0`, { all: false, object: object.name });
    } catch (error) {
      if (!isOurs(error) || !REFUSALS.has(error.code)) throw error;
      const message = `The org refuses the condition ${quote(soql)}. ${error.message}`;
      findings.push({ severity: 'error', job: job.name, path, message });
    }
  }
  return findings;
}

const whereOf = (job: JobSpec, object: DescribedObject, more: readonly string[] = []): string => {
  const conditions = [...conditionsOf(job, object).map(({ soql }) => `(${soql})`), ...more];
  return conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
};

/** Two rows with one key would overwrite each other, so a key that the org does not keep unique is counted. */
export async function keyFindings(api: SalesforcePort, job: JobSpec, object: DescribedObject): Promise<Finding[]> {
  const fields = uncertainKey(job, object);
  if (fields.length === 0) return [];
  const names = fields.map(({ name }) => name);
  const at = { job: job.name, path: ['upsertKey'] };
  const what = uncertainKeyWords(job, object, fields);
  if (fields.every(({ groupable }) => groupable === true)) {
    const list = names.join(', ');
    const soql = `SELECT ${list}, COUNT(Id) FROM ${object.name}${whereOf(
      job,
      object,
      names.map((name) => `${name} != null`),
    )} GROUP BY ${list} HAVING COUNT(Id) > 1 LIMIT 1`;
    try {
      const { totalSize } = await api.query(soql, { all: false, object: object.name });
      if (totalSize > 0) {
        const message = `${what}: several rows share a value, and only the newest of them would be kept. Choose another key, usually the column of Id.`;
        return [{ ...at, severity: 'error', message }];
      }
    } catch (error) {
      if (!isOurs(error)) throw error; // a large object may take too long to group
    }
  }
  const message = `${what}. No two rows share a value as far as can be seen; should they one day, only the newest would be kept.`;
  return [{ ...at, severity: 'warning', message }];
}

/** How many rows the job reads; undefined when Salesforce takes too long to count. */
export async function countRows(
  api: SalesforcePort,
  job: JobSpec,
  object: DescribedObject,
): Promise<number | undefined> {
  try {
    const soql = `SELECT COUNT() FROM ${object.name}${whereOf(job, object)}`;
    return (await api.query(soql, { all: false, object: object.name })).totalSize;
  } catch (error) {
    if (isOurs(error)) return undefined;
    throw error;
  }
}
