import { ready } from '../domain/dependency-order.ts';
import { MooringError } from '../domain/errors.ts';
import type { ConnectionSpec } from '../domain/connection-spec.ts';
import type { JobKind } from '../domain/job-spec.ts';
import type { ConnectionState } from '../domain/lifecycle.ts';
import type { OnDependency } from '../domain/on-dependency.ts';
import { toFailure } from './to-failure.ts';

export interface PlannedJob {
  readonly name: string;
  readonly kind: JobKind;
  readonly title: string;
  readonly source: string;
  readonly target: string;
  readonly after: readonly string[];
  /** Absent: `partial`. */
  readonly onDependency?: OnDependency;
}

export interface SyncPlan {
  readonly jobs: readonly PlannedJob[];
  /** Whether the server has Mooring's search attributes. */
  readonly searchable: boolean;
  /** The bound org: what its jobs wait for is dealt out fairly between orgs, where the server can. */
  readonly org?: string;
}

/** Why nothing may run now. */
export interface RefusedSync {
  readonly jobs: readonly string[];
  readonly refusal: string;
}

export interface PlanPorts {
  readonly connection: (name: string) => Promise<{
    readonly state: ConnectionState;
    readonly spec: ConnectionSpec;
    readonly orgId: string | null;
  }>;
  readonly isJobRunning: (connection: string, job: string) => Promise<boolean>;
  readonly searchable: boolean;
}

/** How often a sync looks whether a job that somebody else runs has ended. */
const LOOK_AGAIN_MS = 3_000;

export type PlanActivities = ReturnType<typeof createPlanActivities>;

export const createPlanActivities = ({ connection: find, isJobRunning, searchable }: PlanPorts) => ({
  /** Returns what a sync runs, in an order that respects `after`, or why it may not run. Reads only; safe to repeat. */
  async planSync({
    connection,
    jobs,
    chain: chainName,
  }: {
    readonly connection: string;
    readonly jobs?: readonly string[];
    readonly chain?: string;
  }): Promise<SyncPlan | RefusedSync> {
    try {
      const { state, spec, orgId } = await find(connection);
      const chosen = spec.jobs.filter(({ name, enabled }) => (jobs === undefined ? enabled : jobs.includes(name)));
      const unknown = jobs?.filter((name) => !spec.jobs.some((job) => job.name === name)) ?? [];
      if (unknown.length > 0) {
        throw new MooringError(
          'JOB_UNKNOWN',
          `Connection "${connection}" has no job ${unknown.map((name) => `"${name}"`).join(', ')}.`,
        );
      }
      if (state !== 'active') {
        return {
          jobs: chosen.map(({ name }) => name),
          refusal: `Connection "${connection}" is ${state.replaceAll('_', ' ')}; no job of it may run.`,
        };
      }
      const chain = spec.chains.find(({ name }) => name === chainName);
      const planned = chosen.map(({ name, kind, title, source, target, after, onDependency }) => ({
        ...{ name, kind, title, after },
        ...definedOnly(onDependency ?? chain?.onDependency),
        source: source.object ?? 'describe',
        target: `${spec.schema}.${target.table}`,
      }));
      return { jobs: inOrder(planned), searchable, ...(orgId === null ? {} : { org: orgId }) };
    } catch (error) {
      throw toFailure(error);
    }
  },

  /** Returns once nobody runs the job; until then Temporal calls again. Reads only. */
  async awaitJobEnd({ connection, job }: { readonly connection: string; readonly job: string }): Promise<void> {
    if (!(await isJobRunning(connection, job))) return;
    throw toFailure(
      new MooringError('JOB_RUNNING', `Job "${job}" of "${connection}" is still running.`, {
        retryAfterMs: LOOK_AGAIN_MS,
      }),
    );
  },
});

const definedOnly = (onDependency: OnDependency | undefined): Pick<PlannedJob, 'onDependency'> =>
  onDependency === undefined ? {} : { onDependency };

/** Dependencies first; otherwise as written. */
function inOrder(jobs: readonly PlannedJob[]): PlannedJob[] {
  const placed = new Set<string>();
  const ordered: PlannedJob[] = [];
  for (let next = ready(jobs, placed, placed); next.length > 0; next = ready(jobs, placed, placed)) {
    for (const name of next) {
      placed.add(name);
      ordered.push(...jobs.filter((job) => job.name === name));
    }
  }
  return ordered;
}
