import type { MappingSpec } from '../../domain/job-spec.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { quote } from '../../domain/did-you-mean.ts';
import { isModelTable } from '../../domain/model-tables.ts';
import { isWritten, jobProblem, type Draft, type DraftConnection, type DraftJob } from '../draft.ts';
import { allJobs, type Rule } from './rule.ts';

/** A table has one job in a connection, and one shape for all connections that share its schema. */
export const checkTables: Rule = (draft) => [
  ...modelTables(draft),
  ...draft.connections.flatMap(sharedInConnection),
  ...differingShapes(draft),
];

function modelTables(draft: Draft): Diagnostic[] {
  return allJobs(draft).flatMap((job) => {
    const { table } = job.spec.target;
    if (job.fromCatalog || !isModelTable(table)) return [];
    const message = `The table ${quote(table)} belongs to the customer model, and a job of the catalog fills it. Change that job under "jobs:" of the connection, or choose a table of your own.`;
    return [jobProblem(job, { path: ['target', 'table'], message })];
  });
}

function sharedInConnection({ jobs }: DraftConnection): Diagnostic[] {
  const first = new Map<string, DraftJob>();
  return jobs.flatMap((job) => {
    const { table } = job.spec.target;
    const before = first.get(table);
    if (job.fromCatalog || table === '' || isModelTable(table)) return [];
    if (before === undefined) {
      first.set(table, job);
      return [];
    }
    const message = `The table ${quote(table)} is written by job ${quote(before.spec.name)} already. Two jobs of a connection cannot share a table: each would take the rows of the other for deleted. Choose another table.`;
    return [jobProblem(job, { path: ['target', 'table'], message })];
  });
}

interface Column {
  readonly type: string;
  readonly job: DraftJob;
}

/** What is known of a column without an org: a reference, or a type that is written. */
const shapeOf = (mapping: MappingSpec): string | undefined =>
  mapping.kind === 'lookup' ? 'a reference' : mapping.type;

function differingShapes(draft: Draft): Diagnostic[] {
  const columns = new Map<string, Column>();
  return draft.connections.flatMap(({ spec: { schema }, jobs }) =>
    jobs.flatMap((job) =>
      job.spec.mappings.flatMap((mapping): Diagnostic[] => {
        const type = shapeOf(mapping);
        const person = mapping.target.startsWith('person.') ? '' : `${job.spec.target.table}.`;
        const name = `${person}${mapping.target}`;
        const before = columns.get(`${schema}.${name}`);
        if (type === undefined) return [];
        if (before === undefined) {
          columns.set(`${schema}.${name}`, { type, job });
          return [];
        }
        if (before.type === type || !isWritten(job, ['map', mapping.target])) return [];
        const message = `The column "${name}" is ${quote(type)} here, but ${quote(before.type)} in connection ${quote(before.job.connection ?? '')}, which shares the schema ${quote(schema)}. Use the same type, another column or another schema.`;
        return [jobProblem(job, { path: ['map', mapping.target], message })];
      }),
    ),
  );
}
