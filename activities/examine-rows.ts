import { compiledOrFinding } from '../domain/compile-finding.ts';
import type { CompileInput } from '../domain/compile-job.ts';
import type { DescribedObject } from '../domain/describe.ts';
import { estimateCalls, type Finding, type JobExamination } from '../domain/examination.ts';
import { examineJob, unknownObjectFinding } from '../domain/examine-job.ts';
import type { JobSpec } from '../domain/job-spec.ts';
import { describeAll, describeParents, lacksObject } from './describe-objects.ts';
import { unknownObjectText } from './describe-wanted.ts';
import type { ExamineContext } from './examine-context.ts';
import { countRows, filterFindings, hiddenFields, keyFindings } from './examine-queries.ts';

export interface Examined {
  readonly findings: readonly Finding[];
  readonly examination?: JobExamination;
}

/** Checks a job that reads rows against the describes, the filter against the org, and compiles what passes. */
export async function examineRows(context: ExamineContext, job: JobSpec): Promise<Examined> {
  const { ports, api, connectionId, spec, columns, picklists } = context;
  const name = job.source.object ?? '';
  let describes: DescribedObject[];
  try {
    describes = (await describeAll(ports, api, connectionId, [name])).describes;
  } catch (error) {
    if (!lacksObject(error)) throw error;
    return { findings: [await unknownObject(context, job, name)] };
  }
  const [object] = describes;
  if (object === undefined) return { findings: [] };
  describes.push(...(await describeParents(ports, api, { connectionId, job }, object)));
  const findings = examineJob({
    connection: spec.name,
    job,
    describes,
    columns,
    hidden: await hiddenFields(api, job, object),
    picklists,
  });
  if (findings.some(({ severity }) => severity === 'error')) return { findings };
  const refused = await filterFindings(api, job, object);
  if (refused.length > 0) return { findings: [...findings, ...refused] };
  findings.push(...(await keyFindings(api, job, object)));
  const compiled = compiledOrFinding({
    job,
    schema: spec.schema,
    companyResolution: spec.companyResolution,
    describes,
    columns,
    upsertKeys: new Map(spec.jobs.map(({ target, upsertKey }) => [target.table, upsertKey])),
    ...modeOf(context, job),
  });
  if ('severity' in compiled) return { findings: [...findings, compiled] };
  const rows = context.count.includes(job.name) ? await countRows(api, job, object) : undefined;
  const size = rows === undefined ? {} : { size: { rows, apiCalls: estimateCalls(rows, job.extract) } };
  return { findings, examination: { job: job.name, compiled, ...size } };
}

const modeOf = ({ since }: ExamineContext, { name }: JobSpec): Pick<CompileInput, 'mode' | 'from' | 'watermark'> => {
  const from = since?.[name];
  return from === undefined ? { mode: 'full' } : { mode: 'incremental', from, watermark: from };
};

async function unknownObject({ ports, connectionId }: ExamineContext, job: JobSpec, object: string): Promise<Finding> {
  return unknownObjectFinding(job, await unknownObjectText(ports, connectionId, object));
}
