import type { ConnectionSpec } from './connection-spec.ts';
import type { ScheduleSpec } from './job-spec.ts';
import { chainScheduleId, jobScheduleId } from './names.ts';
import type { Trigger } from './run.ts';
import { isSame } from './same-value.ts';
import { shapeOf, type ScheduleShape } from './schedule-shape.ts';

/** A schedule as the configuration wants it. */
export interface DesiredSchedule {
  readonly id: string;
  /** Name of the job or chain. */
  readonly name: string;
  readonly spec: ScheduleSpec;
  readonly jobs: readonly string[];
  readonly trigger: Trigger;
}

/** A schedule as Temporal has it. */
export interface DeployedSchedule {
  readonly id: string;
  readonly jobs: readonly string[];
  readonly shape: ScheduleShape;
  readonly isPaused: boolean;
  /** Why it is paused, or what was last done to it. */
  readonly note?: string;
  /** Otherwise it is as wanted in meaning, and not in writing: sealed under an older key, or by an older version of Mooring. */
  readonly isCurrent: boolean;
}

/** Whether Temporal starts what the configuration wants, when it wants it. */
export const isAsDesired = ({ jobs, shape }: DeployedSchedule, desired: DesiredSchedule): boolean =>
  isSame(jobs, desired.jobs) && isSame(shape, shapeOf(desired.spec));

/** Begins the note of a pause of ours: `mooring resume` and a new authorization touch only these, never a human's pause. */
export const OUR_PAUSE = 'mooring: ';

/** Note of a pause that the files ask for; not one of those that `mooring resume` undoes. */
export const CONFIGURED_PAUSE = 'paused in the configuration';

/** What `apply` must make of a pause, or undefined when it stays as it is: the files decide only where they speak of it. */
export function wantedPause(
  { isPaused, note }: DeployedSchedule,
  { spec: { paused } }: DesiredSchedule,
): boolean | undefined {
  // A pause of Mooring's own is taken over: it would be undone by the next authorization.
  if (paused === true) return isPaused && note?.startsWith(OUR_PAUSE) !== true ? undefined : true;
  if (paused === false) return isPaused ? false : undefined;
  return isPaused && note === CONFIGURED_PAUSE ? false : undefined;
}

/** Returns every schedule of a connection. A job inside a chain has none of its own (checked by the configuration), a chain of disabled jobs none at all. */
export function desiredSchedules({ name: connection, jobs, chains }: ConnectionSpec): DesiredSchedule[] {
  const own = jobs.flatMap(({ name, enabled, schedule }): DesiredSchedule[] =>
    enabled && schedule
      ? [{ id: jobScheduleId(connection, name), name, spec: schedule, jobs: [name], trigger: 'schedule' }]
      : [],
  );
  const ofChains = chains.map((chain): DesiredSchedule => ({
    id: chainScheduleId(connection, chain.name),
    name: chain.name,
    spec: chain.schedule,
    jobs: chain.jobs.filter((name) => jobs.some((job) => job.name === name && job.enabled)),
    trigger: 'chain',
  }));
  return [...own, ...ofChains.filter((chain) => chain.jobs.length > 0)];
}
