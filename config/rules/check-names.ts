import { isCatalogJob } from '../catalog.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { didYouMean, listOf, quote } from '../../domain/did-you-mean.ts';
import { connectionProblem, jobProblem, type Draft, type DraftConnection, type DraftJob } from '../draft.ts';
import type { Rule } from './rule.ts';

/** Names are unique, and a job belongs to a connection that is declared. */
export const checkNames: Rule = (draft, { isWhole }) => [
  ...repeatedConnections(draft),
  ...draft.connections.flatMap(repeatedJobs),
  ...draft.connections.flatMap(chainsNamedAsJobs),
  ...(isWhole ? unknownConnections(draft) : []),
];

function repeatedConnections({ connections }: Draft): Diagnostic[] {
  const first = new Map<string, string>();
  return connections.flatMap((connection) => {
    const { name } = connection.spec;
    const before = first.get(name);
    if (name === '' || before === undefined) {
      first.set(name, placeOf(connection.document.problem({ path: ['connection'] }, '')));
      return [];
    }
    const message = `The connection ${quote(name)} is declared already, at ${before}. Give one of them another name, or merge the two.`;
    return [connectionProblem(connection, { path: ['connection'], message })];
  });
}

const placeOf = ({ file, line }: Diagnostic): string => `${file}:${line}`;

function repeatedJobs({ spec, jobs }: DraftConnection): Diagnostic[] {
  const first = new Map<string, DraftJob>();
  return jobs.flatMap((job) => {
    const { name } = job.spec;
    const before = first.get(name);
    if (name === '') return [];
    if (!job.fromCatalog && isCatalogJob(name)) {
      const message = `${quote(name)} is a job of the catalog, which every connection has. Change it under "jobs:" of connection ${quote(spec.name)}, or give this job another name.`;
      return [jobProblem(job, { path: ['job'], message })];
    }
    if (before === undefined) {
      first.set(name, job);
      return [];
    }
    const place = placeOf(before.document.problem({ path: ['job'] }, ''));
    const message = `Connection ${quote(spec.name)} has a job ${quote(name)} already, at ${place}. Give one of them another name.`;
    return [jobProblem(job, { path: ['job'], message })];
  });
}

function chainsNamedAsJobs(connection: DraftConnection): Diagnostic[] {
  const jobs = new Set(connection.jobs.map(({ spec }) => spec.name));
  return connection.spec.chains
    .filter(({ name }) => jobs.has(name))
    .map(({ name }) =>
      connectionProblem(connection, {
        path: ['chains', name],
        part: 'key',
        message: `The chain ${quote(name)} has the name of a job. Give it another one: both are started by name.`,
      }),
    );
}

function unknownConnections({ connections, strays }: Draft): Diagnostic[] {
  const known = connections.map(({ spec }) => spec.name).filter((name) => name !== '');
  return strays.flatMap((job) => {
    if (job.connection === undefined) return [];
    const declared = known.length === 0 ? 'None of the files declares one.' : `Declared: ${listOf(known, 'and')}.`;
    const message = `Job ${quote(job.spec.name)} uses connection ${quote(job.connection)}, which is not declared.${didYouMean(job.connection, known)} ${declared}`;
    return [jobProblem(job, { path: ['connection'], message })];
  });
}
