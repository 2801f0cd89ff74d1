import {
  CancellationScope,
  ChildWorkflowCancellationType,
  executeChild,
  getExternalWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  proxyActivities,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import { defineSearchAttributeKey, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { PlanActivities, PlannedJob, RefusedSync, SyncPlan } from '../activities/plan.ts';
import { ready } from '../domain/dependency-order.ts';
import { connectionWorkflowId, JOB_WORKFLOW_TYPES, jobWorkflowId } from '../domain/names.ts';
import type { ModeChoice } from '../domain/mode-choice.ts';
import { whyHeldBack } from '../domain/on-dependency.ts';
import { unrun, type RunSummary, type Trigger } from '../domain/run.ts';
import { modeOf, type JobInput } from './job-input.ts';
import { runFinished } from './messages.ts';
import { countsText } from './show.ts';

export interface SyncInput extends ModeChoice {
  readonly connection: string;
  /** All enabled jobs when absent. */
  readonly jobs?: readonly string[];
  readonly trigger: Trigger;
  /** The chain whose schedule started it: it may say how dependencies must have ended. */
  readonly chain?: string;
}

export interface SyncResult {
  readonly syncId: string;
  readonly trigger: Trigger;
  readonly jobs: readonly RunSummary[];
}

const { planSync, awaitJobEnd } = proxyActivities<PlanActivities>({
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds' },
});

const jobKey = defineSearchAttributeKey('MooringJob', 'KEYWORD');
const connectionKey = defineSearchAttributeKey('MooringConnection', 'KEYWORD');

/** Runs some jobs of one connection as child workflows, each once everything it comes after has ended. */
export async function syncRun(input: SyncInput): Promise<SyncResult> {
  const syncId = workflowInfo().workflowId;
  const planned = await plan(input, syncId);
  const summaries =
    'refusal' in planned
      ? planned.jobs.map((job) => unrun(job, 'skipped', planned.refusal))
      : await runInOrder(input, planned, syncId);
  const result = { syncId, trigger: input.trigger, jobs: summaries };
  await report(input.connection, result);
  return result;
}

/** A cancelled sync reports too. The connection may be gone; then nobody needs to know. */
const report = (connection: string, result: SyncResult): Promise<void> =>
  CancellationScope.nonCancellable(() =>
    getExternalWorkflowHandle(connectionWorkflowId(connection))
      .signal(runFinished, result)
      .catch(() => undefined),
  );

/** A sync that cannot be planned fails, but not before the connection knows that it is over. */
async function plan(input: SyncInput, syncId: string): Promise<SyncPlan | RefusedSync> {
  const { connection, jobs, trigger, chain } = input;
  try {
    return await planSync({ connection, ...(jobs ? { jobs } : {}), ...(chain === undefined ? {} : { chain }) });
  } catch (error) {
    await report(connection, { syncId, trigger, jobs: [] });
    throw error;
  }
}

async function runInOrder(input: SyncInput, plan: SyncPlan, syncId: string): Promise<RunSummary[]> {
  const started = new Set<string>();
  const summaries = new Map<string, RunSummary>();
  const heldBack = new Set<string>();
  const running = new Set<Promise<void>>();
  const start = (job: PlannedJob): void => {
    started.add(job.name);
    const run = runUnlessHeldBack(input, plan, job, { syncId, summaries, heldBack }).then((summary) => {
      summaries.set(job.name, summary);
      running.delete(run);
      showProgress(plan, summaries, started);
    });
    running.add(run);
  };
  for (;;) {
    for (const name of ready(plan.jobs, started, new Set(summaries.keys()))) {
      const job = plan.jobs.find((candidate) => candidate.name === name);
      if (job) start(job);
    }
    showProgress(plan, summaries, started);
    if (running.size === 0) break;
    await Promise.race(running);
  }
  return plan.jobs.flatMap(({ name }) => summaries.get(name) ?? []);
}

interface SyncState {
  readonly syncId: string;
  readonly summaries: ReadonlyMap<string, RunSummary>;
  /** Jobs that did not start because of a dependency. */
  readonly heldBack: Set<string>;
}

/** A job whose dependencies did not end as it wants does not start, and says why. */
async function runUnlessHeldBack(
  input: SyncInput,
  plan: SyncPlan,
  job: PlannedJob,
  { syncId, summaries, heldBack }: SyncState,
): Promise<RunSummary> {
  const reason = whyHeldBack(job, { summaries, heldBack });
  if (reason !== undefined) {
    heldBack.add(job.name);
    return unrun(job.name, 'skipped', reason);
  }
  try {
    return await runChild(input, plan, job, syncId);
  } catch (error) {
    if (isCancellation(error)) return unrun(job.name, 'cancelled', 'The run was cancelled.');
    return unrun(
      job.name,
      'failed',
      'The job workflow ended without a result (terminated, or it could not run).',
      'RUN_LOST',
    );
  }
}

/** Temporal refuses a second run of a job that is running; a lone scheduled job then is skipped, any other sync waits and runs it afterwards. */
async function runChild(input: SyncInput, plan: SyncPlan, job: PlannedJob, syncId: string): Promise<RunSummary> {
  const { connection } = input;
  const child: JobInput = {
    connection,
    job: job.name,
    syncId,
    searchable: plan.searchable,
    ...modeOf(input),
  };
  const attributes = plan.searchable
    ? {
        typedSearchAttributes: [
          { key: connectionKey, value: connection },
          { key: jobKey, value: job.name },
        ],
      }
    : {};
  for (;;) {
    try {
      return (await executeChild(JOB_WORKFLOW_TYPES[job.kind], {
        workflowId: jobWorkflowId(connection, job.name),
        args: [child],
        staticSummary: `${job.title}: ${job.source} → ${job.target}`,
        // Inherited by the job's activities. Servers without fairness keys pass over it.
        ...(plan.org === undefined ? {} : { priority: { fairnessKey: plan.org } }),
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
        ...attributes,
      })) as RunSummary;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      if (input.trigger === 'schedule' && plan.jobs.length === 1)
        return unrun(job.name, 'skipped', 'The job was still running when its schedule came round.');
      await awaitJobEnd({ connection, job: job.name });
    }
  }
}

function showProgress(plan: SyncPlan, summaries: ReadonlyMap<string, RunSummary>, started: ReadonlySet<string>): void {
  const line = ({ name }: PlannedJob): string => {
    const summary = summaries.get(name);
    if (summary) return `| ${name} | ${summary.status.replaceAll('_', ' ')} | ${countsText(summary)} |`;
    return `| ${name} | ${started.has(name) ? 'running' : 'waiting'} | |`;
  };
  setCurrentDetails(['| job | status | rows |', '| --- | --- | --- |', ...plan.jobs.map(line)].join('\n'));
}
