import type { LookupMapping } from '../../domain/job-spec.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { didYouMean, listOf, quote } from '../../domain/did-you-mean.ts';
import { jobProblem, type DraftConnection, type DraftJob } from '../draft.ts';
import type { Rule } from './rule.ts';

/** As many as a match can have in practice; each is a join condition of every page. */
const MOST_PAIRS = 6;
/** Filled by Picklist Sync, whose columns are fixed. */
const PICKLIST_TABLES = ['dropdown_list', 'dropdown_item'];

/** Derived mappings: tables that some job fills, and pairs that can match. */
export const checkLookups: Rule = ({ connections }, { isWhole }) =>
  connections.flatMap((connection) => [
    ...connection.jobs.flatMap((job) => switchedOff(connection, job)),
    ...connection.jobs.flatMap((job) =>
      job.spec.mappings.flatMap((mapping) =>
        mapping.kind === 'lookup'
          ? [...pairProblems(job, mapping), ...(isWhole ? tableProblems(connection, job, mapping) : [])]
          : [],
      ),
    ),
  ]);

function pairProblems(job: DraftJob, { target, by }: LookupMapping): Diagnostic[] {
  if ('companyResolution' in by || by.length <= MOST_PAIRS) return [];
  const message = `The lookup of ${quote(target)} compares ${by.length} columns. At most ${MOST_PAIRS} are possible.`;
  return [jobProblem(job, { path: ['map', target, 'by'], part: 'key', message })];
}

function tableProblems(
  { spec, jobs }: DraftConnection,
  job: DraftJob,
  { target, table, by }: LookupMapping,
): Diagnostic[] {
  const path = ['map', target, 'lookup'];
  if (PICKLIST_TABLES.includes(table)) return [];
  const owner = jobs.find((other) => tablesOf(other).includes(table));
  if (owner === undefined) {
    const tables = jobs.flatMap(tablesOf);
    const message = `The lookup of ${quote(target)} asks table ${quote(table)}, which no job of connection ${quote(spec.name)} fills.${didYouMean(table, tables)} Filled: ${listOf(tables, 'and')}.`;
    return [jobProblem(job, { path, message })];
  }
  if ('companyResolution' in by) return [];
  const columns = columnsOf(owner, table);
  return by.flatMap(({ column }) =>
    columns.includes(column)
      ? []
      : [
          jobProblem(job, {
            path: ['map', target, 'by', column],
            severity: 'warning',
            message: `${quote(owner.spec.name)} fills no column ${quote(column)} of ${quote(table)}, so this finds only rows whose column something else fills.${didYouMean(column, columns)}`,
          }),
        ],
  );
}

/** One warning at the job that is switched off, however many lookups miss it. */
function switchedOff({ jobs }: DraftConnection, job: DraftJob): Diagnostic[] {
  if (job.spec.enabled) return [];
  const tables = tablesOf(job);
  const lookups = jobs.flatMap(({ spec }) =>
    spec.enabled
      ? spec.mappings.flatMap((mapping) =>
          mapping.kind === 'lookup' && tables.includes(mapping.table) ? [`${spec.name}.${mapping.target}`] : [],
        )
      : [],
  );
  if (lookups.length === 0) return [];
  const message = `${quote(job.spec.name)} is switched off, but these references ask its table and will not be filled: ${listOf(lookups, 'and')}.`;
  return [jobProblem(job, { path: ['enabled'], message, severity: 'warning' })];
}

const PERSON = 'person';

const tablesOf = ({ spec }: DraftJob): string[] =>
  [spec.target.table, ...(spec.kind === 'company-person' ? [PERSON] : [])].filter((table) => table !== '');

/** Columns of the table that the job fills, without the prefix that tells the person's apart. */
function columnsOf({ spec }: DraftJob, table: string): string[] {
  const isPerson = spec.kind === 'company-person' && table === PERSON;
  const prefix = `${PERSON}.`;
  const targets = spec.mappings.map(({ target }) => target).filter((target) => target.startsWith(prefix) === isPerson);
  return ['id', ...targets.map((target) => (isPerson ? target.slice(prefix.length) : target))];
}
