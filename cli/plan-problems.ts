import type { Diagnostic } from '../config/diagnostic.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import type { ConnectionSpec } from '../domain/connection-spec.ts';
import type { Finding, JobExamination } from '../domain/examination.ts';
import { covers, type DeclaredIn, type Territory } from '../domain/provenance.ts';

/** The files, as a plan reads them. */
export interface PlannedFiles {
  readonly connections: readonly ConnectionSpec[];
  /** Places a problem in the files; for a rollback there are none. */
  readonly locate: LoadedConfig['locate'];
  /** What the command was given to read; absent when nothing may count as removed. */
  readonly territory?: Territory;
}

/** A finding at its place in the files; notices are none, they are told with the plan. */
export const diagnosticOf = (
  { severity, job, path, message }: Finding,
  { name }: ConnectionSpec,
  { locate }: PlannedFiles,
): Diagnostic[] => (severity === 'notice' ? [] : [locate({ connection: name, job, path }, message, severity)]);

export const noticesOfFindings = (findings: readonly Finding[]): string[] =>
  findings.flatMap(({ severity, message }) => (severity === 'notice' ? [message] : []));

/** What optional mappings left out. */
export function leftOut(jobs: readonly JobExamination[]): string[] {
  const targets = jobs.flatMap(({ job, compiled }) =>
    (compiled?.dropped ?? []).map(({ target }) => `${job}.${target}`),
  );
  return targets.length === 0 ? [] : [`Left out, since the org has no such fields: ${targets.join(', ')}.`];
}

/** A connection as it was applied. */
interface Applied {
  readonly name: string;
  readonly spec: ConnectionSpec;
  readonly declaredIn?: DeclaredIn | null;
}

/** Those that the files would still declare, and do not. */
export const removedFrom = <T extends Applied>(
  { connections, territory }: PlannedFiles,
  applied: readonly T[],
): readonly T[] =>
  applied.filter(
    ({ name, declaredIn }) =>
      territory !== undefined &&
      declaredIn != null &&
      !connections.some((each) => each.name === name) &&
      covers(territory, declaredIn),
  );

/** A job that is gone from the files that were named, while the file that declared it was not among them, was probably forgotten. */
export function strayJobs({ connections, territory, locate }: PlannedFiles, applied: readonly Applied[]): Diagnostic[] {
  if (territory === undefined) return [];
  return connections.flatMap((desired) => {
    const before = applied.find(({ name }) => name === desired.name);
    const gone = before?.spec.jobs.filter(({ name }) => !desired.jobs.some((job) => job.name === name)) ?? [];
    if (gone.length === 0 || before?.declaredIn == null || covers(territory, before.declaredIn)) return [];
    const names = gone.map(({ name }) => `"${name}"`).join(', ');
    const message = `Connection "${desired.name}" was applied with ${names}, from files that are not all among these: ${before.declaredIn.files.join(', ')}. Name their folder too, so that nothing is taken for removed by mistake.`;
    return [locate({ connection: desired.name, path: ['connection'] }, message)];
  });
}
