import { compileJob, readsMore, stampFieldOf } from '../domain/compile-job.ts';
import type { CompiledJob } from '../domain/compiled-job.ts';
import type { DescribedObject } from '../domain/describe.ts';
import { MooringError } from '../domain/errors.ts';
import { problemOfChoice, type ModeChoice } from '../domain/mode-choice.ts';
import { unrun, type RunMode, type RunSummary } from '../domain/run.ts';
import { modeOf, movesWatermark, nextWatermark, windowOf, type Instant } from '../domain/window.ts';
import { describeAll, describeParents, lacksObject } from './describe-objects.ts';
import type { JobContext, SalesforcePort, StoredRun, SyncPorts } from './sync-ports.ts';
import { withOrg } from './with-org.ts';

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

interface Described {
  readonly described: DescribedObject;
  /** The job's own object first. */
  readonly describes: readonly [DescribedObject, ...DescribedObject[]];
  readonly serverNow: Instant;
}

/** The job's object and its parents as the org describes them, or why the job cannot run in this org. */
async function describeFor(
  ports: SyncPorts,
  api: SalesforcePort,
  context: JobContext,
): Promise<Described | { readonly summary: RunSummary }> {
  const { connectionId, job } = context;
  const object = job.source.object ?? '';
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
  const parents = await describeParents(ports, api, context, described);
  return { described, describes: [described, ...parents], serverNow: own.serverNow };
}

interface Planned {
  readonly mode: RunMode;
  readonly window: ReturnType<typeof windowOf>;
  readonly plan: CompiledJob;
}

/** Compiles the job for the mode that was asked for, or for the one that is needed: a field that the last run did not read is read in all rows. */
async function planRun(
  ports: SyncPorts,
  input: BeginInput,
  context: JobContext,
  describes: Described['describes'],
): Promise<Planned> {
  const { connectionId, job, schema, watermark } = context;
  const columns = await ports.readColumns(schema);
  const asked = modeOf(input.mode, watermark, stampFieldOf(describes[0]));
  const isNewRevision = asked === 'incremental' && context.watermarkRevision !== context.revision;
  const rejects = isNewRevision || asked === 'retry' ? await ports.runs.openRejects(connectionId, job.name) : [];
  const compiled = (mode: RunMode): Planned => {
    const window = windowOf(mode, input, watermark);
    const plan = compileJob({
      ...{ job, schema, columns, describes, mode, companyResolution: context.companyResolution, ...window },
      upsertKeys: new Map(Object.entries(context.upsertKeys)),
      ...(watermark === undefined ? { isFirstLoad: true } : { watermark }),
      rejects: mode === 'full' ? [] : rejects,
    });
    return { mode, window, plan };
  };
  const planned = compiled(asked);
  if (asked !== 'incremental') return planned;
  const before = await ports.runs.lastPaths(connectionId, job.name);
  return before !== undefined && readsMore(planned.plan, before) ? compiled('full') : planned;
}

async function beginObjectRun(ports: SyncPorts, input: BeginInput, context: JobContext): Promise<Begun> {
  const { connectionId } = context;
  const problem = problemOfChoice({ mode: input.mode, from: input.from, to: input.to });
  if (problem !== undefined) throw new MooringError('REFUSED', problem);
  return withOrg(ports, { connectionId }, (api) => beginWith(ports, api, input, context));
}

async function beginWith(
  ports: SyncPorts,
  api: SalesforcePort,
  input: BeginInput,
  context: JobContext,
): Promise<Begun> {
  const { connectionId, job } = context;
  const org = await describeFor(ports, api, context);
  if ('summary' in org) return org;
  const { described, describes, serverNow } = org;
  const { mode, window, plan } = await planRun(ports, input, context, describes);
  await ports.ensureTarget(plan);
  const isMoving = plan.stampField !== undefined && movesWatermark(mode);
  const covered =
    isMoving && described.replicateable ? await api.latestDateCovered(described.name, serverNow) : undefined;
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
    ...(isMoving ? { nextWatermark: nextWatermark(serverNow, covered) } : {}),
    apiCalls: api.calls(),
  });
  return begunOf(run, plan.table);
}
