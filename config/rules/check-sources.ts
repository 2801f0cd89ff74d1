import type { MappingSpec } from '../../domain/job-spec.ts';
import type { MappingFunction } from '../../domain/mapping-function.ts';
import { checkCondition } from '../check-condition.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { quote } from '../../domain/did-you-mean.ts';
import { isWritten, jobProblem, sourcePath, type DraftJob } from '../draft.ts';
import type { Path } from '../source-document.ts';
import { allJobs, type Rule } from './rule.ts';

/** What is read: conditions and field paths that SOQL can mean. */
export const checkSources: Rule = (draft) =>
  allJobs(draft).flatMap((job) => [...conditionProblems(job), ...pathProblems(job)]);

function conditionProblems(job: DraftJob): Diagnostic[] {
  const { filter, optionalFilters = [] } = job.spec.source;
  const conditions: [Path, string][] = [
    ...(filter === undefined ? [] : [[sourcePath(job, 'filter'), filter] as [Path, string]]),
    ...optionalFilters.map(({ soql }, index): [Path, string] => [
      [...sourcePath(job, 'optionalFilters'), index, 'soql'],
      soql,
    ]),
  ];
  return conditions.flatMap(([path, condition]) => {
    const message = isWritten(job, path) ? checkCondition(condition) : undefined;
    return message === undefined ? [] : [jobProblem(job, { path, message })];
  });
}

function pathProblems(job: DraftJob): Diagnostic[] {
  return job.spec.mappings.flatMap((mapping) =>
    pathsOf(job, mapping).flatMap(([path, field]) => {
      const message = isWritten(job, path) ? pathProblem(field) : undefined;
      return message === undefined ? [] : [jobProblem(job, { path, message })];
    }),
  );
}

function pathsOf(job: DraftJob, mapping: MappingSpec): [Path, string][] {
  const base: Path = ['map', mapping.target];
  if (mapping.kind === 'field')
    return [
      [isWritten(job, [...base, 'from']) ? [...base, 'from'] : base, mapping.from],
      ...pathsOfFunctions([...base, 'apply'], mapping.apply),
    ];
  if (mapping.kind === 'constant') return [];
  if ('companyResolution' in mapping.by) return [[[...base, 'by', 'companyResolution'], mapping.by.companyResolution]];
  return mapping.by.flatMap(({ column, field, apply }): [Path, string][] => [
    [apply === undefined ? [...base, 'by', column] : [...base, 'by', column, 'from'], field],
    ...pathsOfFunctions([...base, 'by', column, 'apply'], apply),
  ]);
}

const pathsOfFunctions = (base: Path, functions: readonly MappingFunction[] = []): [Path, string][] =>
  functions.flatMap((step, index) =>
    step.name === 'coalesce'
      ? step.values.flatMap((value, place): [Path, string][] =>
          'field' in value ? [[[...base, index, 'coalesce', place], value.field]] : [],
        )
      : [],
  );

/** Salesforce names a relationship differently from the field that holds it; nearly everybody writes the field. */
function pathProblem(field: string): string | undefined {
  const steps = field.split('.');
  const parents = steps.slice(0, -1);
  const last = steps.at(-1) ?? '';
  if (last.endsWith('__r'))
    return `${quote(field)} names a relationship, not a field. Add the field of the parent, as in "${field}.Name".`;
  const custom = parents.find((step) => step.endsWith('__c'));
  if (custom !== undefined)
    return `${quote(field)} goes over a field. Write the relationship: "${field.replace(`${custom}.`, `${custom.slice(0, -1)}r.`)}".`;
  const standard = parents.find((step) => /[a-z]Id$/.test(step));
  if (standard !== undefined)
    return `${quote(field)} goes over the field "${standard}". Write the relationship: "${field.replace(`${standard}.`, `${standard.slice(0, -2)}.`)}".`;
  return undefined;
}
