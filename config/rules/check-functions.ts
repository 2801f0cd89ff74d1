import type { MappingFunction } from '../../domain/mapping-function.ts';
import { problemOfFunctions } from '../../domain/mapping-functions.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { jobProblem, type DraftJob } from '../draft.ts';
import type { Path } from '../source-document.ts';
import { allJobs, type Rule } from './rule.ts';

/** Functions that keep different values of a key apart. */
const OF_KEYS: ReadonlySet<string> = new Set(['trim', 'lower', 'upper', 'cast']);

/** Functions of mappings: steps that can follow each other whatever the org says, and keys that stay keys. */
export const checkFunctions: Rule = (draft) => allJobs(draft).flatMap(functionProblems);

function functionProblems(job: DraftJob): Diagnostic[] {
  return job.spec.mappings.flatMap((mapping) => {
    const base: Path = ['map', mapping.target];
    if (mapping.kind === 'constant') return [];
    if (mapping.kind === 'field') {
      const problems = orderProblems(job, [...base, 'apply'], mapping.apply);
      return problems.length > 0 ? problems : keyProblems(job, mapping.target, mapping.apply);
    }
    return 'companyResolution' in mapping.by
      ? []
      : mapping.by.flatMap(({ column, apply }) => orderProblems(job, [...base, 'by', column, 'apply'], apply));
  });
}

function orderProblems(job: DraftJob, path: Path, apply: readonly MappingFunction[] = []): Diagnostic[] {
  const problem = problemOfFunctions(apply);
  return problem === undefined ? [] : [jobProblem(job, { path: [...path, problem.index], message: problem.message })];
}

function keyProblems(job: DraftJob, target: string, apply: readonly MappingFunction[] = []): Diagnostic[] {
  const index = apply.findIndex(({ name }) => !OF_KEYS.has(name));
  if (index < 0 || !job.spec.upsertKey.includes(target)) return [];
  const message = `"${apply[index]?.name ?? ''}" makes one key of different values, so rows would overwrite each other. An upsert key takes "trim", "lower", "upper" and "cast" only.`;
  return [jobProblem(job, { path: ['map', target, 'apply', index], message })];
}
