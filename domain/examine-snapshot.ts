import { compiledOrFinding } from './compile-finding.ts';
import type { ConnectionSpec } from './connection-spec.ts';
import { quote } from './did-you-mean.ts';
import type { Finding, JobExamination } from './examination.ts';
import { examineJob, uncertainKey, uncertainKeyWords, unknownObjectFinding } from './examine-job.ts';
import { keptPicklists, picklistFindings, picklistObjects } from './examine-picklists.ts';
import type { JobSpec } from './job-spec.ts';
import { parentsToDescribe } from './resolve-path.ts';
import { describedIn, isAbsentFrom, type DescribedOrg } from './snapshot.ts';

export interface SnapshotExamination {
  readonly findings: readonly Finding[];
  readonly jobs: readonly JobExamination[];
}

export interface SnapshotSubject {
  readonly spec: ConnectionSpec;
  readonly org: DescribedOrg;
  /** The command that takes the snapshot anew. */
  readonly remedy: string;
}

/** Checks a configuration against the describes of a snapshot as a worker checks it against the org. Pure: what only the org or the database could answer is left open. */
export function examineSnapshot(subject: SnapshotSubject): SnapshotExamination {
  const examined = subject.spec.jobs
    .filter(({ enabled }) => enabled)
    .map((job) => (job.kind === 'picklist' ? examinePicklistJob(subject, job) : examineRowJob(subject, job)));
  return {
    findings: examined.flatMap(({ findings }) => findings),
    jobs: examined.flatMap(({ jobs }) => jobs),
  };
}

const only = (...findings: readonly Finding[]): SnapshotExamination => ({ findings, jobs: [] });

const notTaken = ({ remedy }: SnapshotSubject, object: string): string =>
  `The snapshot lacks the object ${quote(object)}: it was taken before anything of these files read it. Take it anew: ${remedy}`;

const caveatOf = ({ remedy }: SnapshotSubject): string =>
  `That is what the snapshot says; if the org has it by now: ${remedy}`;

function examinePicklistJob(subject: SnapshotSubject, job: JobSpec): SnapshotExamination {
  const { org } = subject;
  return only(
    ...picklistObjects(job).flatMap((name): Finding[] => {
      const object = describedIn(org, name);
      if (object === undefined && !isAbsentFrom(org, name))
        return [{ severity: 'error', job: job.name, path: ['source', 'picklists'], message: notTaken(subject, name) }];
      return picklistFindings(job, name, object).map((finding) => ({
        ...finding,
        message: `${finding.message} ${caveatOf(subject)}`,
      }));
    }),
  );
}

function examineRowJob(subject: SnapshotSubject, job: JobSpec): SnapshotExamination {
  const { spec, org } = subject;
  const name = job.source.object ?? '';
  const object = describedIn(org, name);
  if (object === undefined) {
    const absent = `The org has no object ${quote(name)} that the authorized user may see. ${caveatOf(subject)}`;
    return only(
      isAbsentFrom(org, name)
        ? unknownObjectFinding(job, absent)
        : { severity: 'error', job: job.name, path: ['source', 'object'], message: notTaken(subject, name) },
    );
  }
  const describes = [object, ...org.objects.filter((each) => each !== object)];
  const untaken = job.mappings.flatMap((mapping): Finding[] =>
    parentsToDescribe({ ...job, mappings: [mapping] }, describes)
      .filter((parent) => !isAbsentFrom(org, parent))
      .map((parent) => ({
        severity: 'error',
        job: job.name,
        path: ['map', mapping.target],
        message: notTaken(subject, parent),
      })),
  );
  if (untaken.length > 0) return only(...untaken);
  const findings = examineJob({
    ...{ connection: spec.name, job, describes, columns: new Map(), hidden: new Set(), caveat: caveatOf(subject) },
    picklists: keptPicklists(spec),
  });
  if (findings.some(({ severity }) => severity === 'error')) return only(...findings);
  const fields = uncertainKey(job, object);
  if (fields.length > 0) {
    const message = `${uncertainKeyWords(job, object, fields)}. Whether rows share a value is seen only by a plan that asks the org.`;
    findings.push({ severity: 'warning', job: job.name, path: ['upsertKey'], message });
  }
  const compiled = compiledOrFinding({
    ...{ job, schema: spec.schema, companyResolution: spec.companyResolution, describes, columns: new Map() },
    upsertKeys: new Map(spec.jobs.map(({ target, upsertKey }) => [target.table, upsertKey])),
    mode: 'full',
  });
  if ('severity' in compiled) return only(...findings, compiled);
  return { findings, jobs: [{ job: job.name, compiled }] };
}
