import { inReadingOrder, type Diagnostic } from '../config/diagnostic.ts';
import type { ConnectionSpec } from '../domain/connection-spec.ts';
import { examineSnapshot, type SnapshotExamination } from '../domain/examine-snapshot.ts';
import { planConnection, type DeployedConnection } from '../domain/plan-connection.ts';
import type { ConnectionPlan } from '../domain/plan.ts';
import { shapeOf } from '../domain/schedule-shape.ts';
import { desiredSchedules, type DeployedSchedule } from '../domain/schedules.ts';
import type { ConnectionSnapshot, Snapshot } from '../domain/snapshot.ts';
import type { MadePlan } from './make-plan.ts';
import {
  diagnosticOf,
  leftOut,
  noticesOfFindings,
  removedFrom,
  strayJobs,
  type PlannedFiles,
} from './plan-problems.ts';

/** What a plan without a system leaves open, each to be read on after "not judged:". */
export const UNJUDGED = [
  'what was applied after the snapshot was taken: the files are compared with the revisions that were in force then',
  'drift: schedules that somebody paused, edited or deleted by hand, and workflows that do not run',
  'what has changed in the org since, and whether a field that is missing is only hidden from the authorized user',
  'whether the org accepts filters and other conditions',
  'whether rows share a value of an upsert key',
  'how many rows and API calls a job, or reading again, takes',
  'the live database: roles, tables, columns and their types, the SQL that apply would run, and what stands in its way',
] as const;

export interface OfflineInput extends PlannedFiles {
  readonly snapshot: Snapshot;
  /** The command that takes the snapshot anew. */
  readonly remedy: string;
}

/** Compares the files with a snapshot, and returns what `apply` would do as far as that tells. Pure: needs no Temporal, no database and no key. */
export function makeOfflinePlan(input: OfflineInput): MadePlan {
  const { connections, snapshot } = input;
  const planned = connections.map((desired) =>
    planOne(
      input,
      desired,
      snapshot.connections.find(({ name }) => name === desired.name),
    ),
  );
  const removed = removedFrom(input, snapshot.connections).map((each) =>
    planConnection({ deployed: asDeployed(each), database: [] }),
  );
  return {
    plan: { connections: [...planned.map(({ plan }) => plan), ...removed] },
    diagnostics: [...planned.flatMap(({ diagnostics }) => diagnostics), ...strayJobs(input, snapshot.connections)].sort(
      inReadingOrder,
    ),
  };
}

interface PlannedConnection {
  readonly plan: ConnectionPlan;
  readonly diagnostics: readonly Diagnostic[];
}

const asDeployed = ({ spec, state, revision }: ConnectionSnapshot): DeployedConnection => ({
  ...{ spec, state, revision, isOrphaned: false, removedJobs: [] },
});

/** As if Temporal had what was applied. */
const schedulesOf = (spec: ConnectionSpec): DeployedSchedule[] =>
  desiredSchedules(spec).map((schedule) => ({
    ...{ id: schedule.id, jobs: schedule.jobs, shape: shapeOf(schedule.spec), isCurrent: true },
    isPaused: schedule.spec.paused === true,
  }));

function planOne(
  input: OfflineInput,
  desired: ConnectionSpec,
  taken: ConnectionSnapshot | undefined,
): PlannedConnection {
  const { locate, remedy } = input;
  if (taken === undefined) {
    const message = `The snapshot does not know the connection "${desired.name}", so it is planned as a new one and its jobs are checked against no org. If it has been applied: ${remedy}`;
    return {
      plan: planConnection({ desired, database: [] }),
      diagnostics: [locate({ connection: desired.name, path: ['connection'] }, message, 'warning')],
    };
  }
  const { examination, problem, notice } = examine(input, desired, taken);
  const plan = planConnection({
    desired,
    deployed: asDeployed(taken),
    ...(taken.state === 'active' ? { schedules: schedulesOf(taken.spec) } : {}),
    database: [],
    notices: [
      `Compared with revision ${taken.revision}, which was in force when the snapshot was taken.`,
      ...(notice === undefined ? [] : [notice]),
      ...leftOut(examination.jobs),
      ...noticesOfFindings(examination.findings),
    ],
  });
  return {
    plan,
    diagnostics: [
      ...(problem === undefined ? [] : [problem]),
      ...examination.findings.flatMap((finding) => diagnosticOf(finding, desired, input)),
    ],
  };
}

function examine(
  { locate, remedy }: OfflineInput,
  desired: ConnectionSpec,
  { org }: ConnectionSnapshot,
): { readonly examination: SnapshotExamination; readonly problem?: Diagnostic; readonly notice?: string } {
  const nothing: SnapshotExamination = { findings: [], jobs: [] };
  if (org === undefined)
    return {
      examination: nothing,
      notice: `Nobody could ask its org when the snapshot was taken, so its jobs are not checked against it. Once it is authorized: ${remedy}`,
    };
  const { apiVersion } = desired.salesforce;
  if (org.apiVersion === apiVersion) return { examination: examineSnapshot({ spec: desired, org, remedy }) };
  const message = `The objects of the snapshot were described under API version "${org.apiVersion}", and the files say "${apiVersion}". Take it anew: ${remedy}`;
  return {
    examination: nothing,
    problem: locate({ connection: desired.name, path: ['salesforce', 'apiVersion'] }, message),
  };
}
