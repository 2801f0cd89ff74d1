import type { ConnectionSpec } from './connection-spec.ts';
import type { ScheduleSpec } from './job-spec.ts';
import { chainScheduleId, jobScheduleId } from './names.ts';
import type { Trigger } from './run.ts';

/** A schedule as the configuration wants it. */
export interface DesiredSchedule {
  readonly id: string;
  /** Name of the job or chain. */
  readonly name: string;
  readonly spec: ScheduleSpec;
  readonly jobs: readonly string[];
  readonly trigger: Trigger;
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
