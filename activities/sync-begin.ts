import { cancellationSignal } from '@temporalio/activity';
import { compileJob } from '../domain/compile-job.ts';
import { MooringError } from '../domain/errors.ts';
import { problemOfChoice, type ModeChoice } from '../domain/mode-choice.ts';
import { unrun, type RunMode, type RunSummary } from '../domain/run.ts';
import { modeOf, movesWatermark, nextWatermark, windowOf } from '../domain/window.ts';
import { describeAll, describeParents, lacksObject } from './describe-objects.ts';
import type { JobContext, StoredRun, SyncPorts } from './sync-ports.ts';

export interface BeginInput extends ModeChoice {
  readonly connection: string;
  readonly job: string;
  /** First run id of the job workflow: the same workflow gets the same run back. */
  readonly workflowRunId: string;
  readonly syncId?: string;
}

/** A run to go on with, or the summary of one that must not happen. */
export type Begun =
  | {
      readonly runId: string;
      readonly object: string;
      readonly table: string;
      readonly mode: RunMode;
      /** How many queries the run consists of. */
      readonly readings: number;
    }
  | { readonly summary: RunSummary };

const begunOf = ({ runId, plan, mode }: StoredRun, table: string): Begun => ({
  runId,
  object: plan?.object ?? 'describe',
  table,
  mode,
  readings: plan?.readings.length ?? 0,
});

/** Begins a run, or says why there is none. */
export async function beginRun(ports: SyncPorts, input: BeginInput): Promise<Begun> {
  const context = await ports.jobContext(input.connection, input.job);
  const { connectionId, job } = context;
  if (context.connectionState !== 'active') {
    const state = context.connectionState.replaceAll('_', ' ');
    const reason = `Connection "${input.connection}" is ${state}.`;
    return { summary: unrun(job.name, 'skipped', reason, 'CONNECTION_NOT_AUTHORIZED') };
  }
  if (!job.enabled)
    return { summary: unrun(job.name, 'skipped', `Job "${job.name}" is disabled in its configuration.`) };
  const before = await ports.runs.findByWorkflowRun(connectionId, job.name, input.workflowRunId);
  if (before) return begunOf(before, job.target.table);
  if (job.kind !== 'picklist') return beginObjectRun(ports, input, context);
  const run = await ports.runs.begin({
    connectionId,
    job: job.name,
    revision: context.revision,
    workflowRunId: input.workflowRunId,
    ...(input.syncId === undefined ? {} : { syncId: input.syncId }),
    mode: 'full',
    strategy: 'describe',
    apiCalls: 0,
  });
  return begunOf(run, job.target.table);
}

async function beginObjectRun(ports: SyncPorts, input: BeginInput, context: JobContext): Promise<Begun> {
  const { connectionId, job, schema } = context;
  const object = job.source.object ?? '';
  const api = ports.salesforce(connectionId, cancellationSignal());
  let own;
  try {
    own = await describeAll(ports, api, connectionId, [object]);
  } catch (error) {
    if (!lacksObject(error) || job.source.optional !== true) throw error;
    const reason = `The org has no object "${object}" that the authorized user may see.`;
    await ports.setJobStatus(connectionId, job.name, 'unavailable', reason);
    return { summary: unrun(job.name, 'skipped', reason, 'SF_OBJECT_UNKNOWN') };
  }
  await ports.setJobStatus(connectionId, job.name, 'available');
  const [described] = own.describes;
  if (!described) throw new MooringError('SF_OBJECT_UNKNOWN', `The org did not describe "${object}".`);
  const describes = [described, ...(await describeParents(ports, api, context, described))];
  const stampField = ['SystemModstamp', 'LastModifiedDate', 'CreatedDate'].find((name) =>
    described.fields.some((field) => field.name === name),
  );
  const problem = problemOfChoice({ mode: input.mode, from: input.from, to: input.to });
  if (problem !== undefined) throw new MooringError('REFUSED', problem);
  const mode = modeOf(input.mode, context.watermark, stampField);
  const isNewRevision = mode === 'incremental' && context.watermarkRevision !== context.revision;
  const rejects = isNewRevision || mode === 'retry' ? await ports.runs.openRejects(connectionId, job.name) : [];
  const window = windowOf(mode, input, context.watermark);
  const plan = compileJob({
    job,
    schema,
    companyResolution: context.companyResolution,
    describes,
    columns: await ports.readColumns(schema),
    upsertKeys: new Map(Object.entries(context.upsertKeys)),
    mode,
    rejects,
    ...window,
  });
  await ports.ensureTarget(plan);
  const covered =
    described.replicateable && stampField !== undefined && movesWatermark(mode)
      ? await api.latestDateCovered(described.name, own.serverNow)
      : undefined;
  const run = await ports.runs.begin({
    connectionId,
    job: job.name,
    revision: context.revision,
    workflowRunId: input.workflowRunId,
    ...(input.syncId === undefined ? {} : { syncId: input.syncId }),
    mode,
    plan,
    ...(window.from === undefined ? {} : { windowFrom: window.from }),
    ...(window.to === undefined ? {} : { windowTo: window.to }),
    ...(stampField === undefined || !movesWatermark(mode)
      ? {}
      : { nextWatermark: nextWatermark(own.serverNow, covered) }),
    apiCalls: api.calls(),
  });
  return begunOf(run, plan.table);
}
