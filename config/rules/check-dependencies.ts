import { findCycle } from '../../domain/dependency-order.ts';
import type { ChainSpec } from '../../domain/connection-spec.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { didYouMean, listOf, quote } from '../../domain/did-you-mean.ts';
import { connectionProblem, isWritten, jobProblem, type DraftConnection } from '../draft.ts';
import type { Rule } from './rule.ts';

/** What runs after what: names that exist, no cycles, chains in an order that is possible. */
export const checkDependencies: Rule = ({ connections }, { isWhole }) =>
  connections.flatMap((connection) => [
    ...(isWhole ? unknownJobs(connection) : []),
    ...cycles(connection),
    ...idleConditions(connection),
    ...connection.spec.chains.flatMap((chain) => chainProblems(connection, chain)),
  ]);

const namesOf = ({ jobs }: DraftConnection): string[] =>
  jobs.map(({ spec }) => spec.name).filter((name) => name !== '');

function unknownJobs(connection: DraftConnection): Diagnostic[] {
  const { spec, jobs } = connection;
  const known = namesOf(connection);
  const explain = (name: string): string => {
    if (spec.chains.some((chain) => chain.name === name)) return 'It is a chain, and only jobs can be named here.';
    return `${didYouMean(name, known).trimStart()} Its jobs: ${listOf(known, 'and')}.`.trimStart();
  };
  const inAfter = jobs.flatMap((job) =>
    job.spec.after.flatMap((name, index) => {
      if (known.includes(name)) return [];
      const message = `Job ${quote(job.spec.name)} runs after ${quote(name)}, which is not a job of connection ${quote(spec.name)}. ${explain(name)}`;
      return [jobProblem(job, { path: ['after', index], message })];
    }),
  );
  const inChains = spec.chains.flatMap((chain) =>
    chain.jobs.flatMap((name, index) => {
      if (known.includes(name)) return [];
      const message = `Chain ${quote(chain.name)} names ${quote(name)}, which is not a job of connection ${quote(spec.name)}. ${explain(name)}`;
      return [connectionProblem(connection, { path: ['chains', chain.name, 'jobs', index], message })];
    }),
  );
  return [...inAfter, ...inChains];
}

/** One problem for each cycle, at the first of its jobs whose `after` is written. */
function cycles({ jobs }: DraftConnection): Diagnostic[] {
  const problems: Diagnostic[] = [];
  let nodes = jobs.map(({ spec }) => ({ name: spec.name, after: spec.after }));
  for (let cycle = findCycle(nodes); cycle !== undefined; cycle = findCycle(nodes)) {
    const inCycle = new Set(cycle);
    const members = jobs.filter(({ spec }) => inCycle.has(spec.name));
    const culprit = members.find((job) => isWritten(job, ['after'])) ?? members[0];
    const message = `These jobs wait for each other in a cycle: ${cycle.map((name) => `"${name}"`).join(' after ')}. Remove one "after".`;
    if (culprit) problems.push(jobProblem(culprit, { path: ['after'], part: 'key', message }));
    nodes = nodes.filter(({ name }) => !inCycle.has(name));
  }
  return problems;
}

/** A condition on jobs that there are none of was meant for another job, or `after` was forgotten. */
const idleConditions = ({ jobs }: DraftConnection): Diagnostic[] =>
  jobs.flatMap((job) => {
    if (job.spec.onDependency === undefined || job.spec.after.length > 0) return [];
    const message = `Job ${quote(job.spec.name)} comes after no other job, so "onDependency" decides nothing. Write "after", or remove it.`;
    return [jobProblem(job, { path: ['onDependency'], part: 'key', message, severity: 'warning' })];
  });

function chainProblems(connection: DraftConnection, chain: ChainSpec): Diagnostic[] {
  const byName = new Map(connection.jobs.map((job) => [job.spec.name, job]));
  return chain.jobs.flatMap((name, index): Diagnostic[] => {
    const job = byName.get(name);
    if (job === undefined) return [];
    const problems: Diagnostic[] = [];
    const path = ['chains', chain.name, 'jobs', index];
    const before = chain.jobs.slice(index + 1).find((later) => dependsOn(byName, name, later));
    if (before !== undefined) {
      const message = `Chain ${quote(chain.name)} lists ${quote(name)} before ${quote(before)}, but ${quote(name)} runs after it. Write ${quote(before)} first, or change "after".`;
      problems.push(connectionProblem(connection, { path, message }));
    }
    if (job.spec.schedule !== undefined) {
      const message = `Job ${quote(name)} has a schedule of its own, but chain ${quote(chain.name)} runs it too. Remove the schedule, or take the job out of the chain.`;
      problems.push(jobProblem(job, { path: ['schedule'], part: 'key', message }));
    }
    if (!job.spec.enabled) {
      const message = `Job ${quote(name)} is switched off, so chain ${quote(chain.name)} leaves it out.`;
      problems.push(connectionProblem(connection, { path, message, severity: 'warning' }));
    }
    return problems;
  });
}

type Jobs = ReadonlyMap<string, { readonly spec: { readonly after: readonly string[] } }>;

/** Whether `name` runs after `other`, directly or over other jobs. */
function dependsOn(jobs: Jobs, name: string, other: string): boolean {
  const seen = new Set<string>();
  const queue = [name];
  for (let current = queue.pop(); current !== undefined; current = queue.pop()) {
    for (const before of jobs.get(current)?.spec.after ?? []) {
      if (before === other && other !== name) return true;
      if (!seen.has(before)) queue.push(before);
      seen.add(before);
    }
  }
  return false;
}
