import type { ConnectionSpec } from '../domain/connection-spec.ts';
import { desiredSchedules, type DesiredSchedule } from '../domain/schedules.ts';
import type { ConnectionState } from '../domain/lifecycle.ts';
import { toFailure } from './to-failure.ts';

export interface SchedulePorts {
  readonly connection: (
    name: string,
  ) => Promise<{ readonly state: ConnectionState; readonly spec: ConnectionSpec; readonly isOrphaned: boolean }>;
  /** Ids of schedules that the connection had under its revision before. */
  readonly formerSchedules: (connection: string) => Promise<readonly string[]>;
  /** Creates or changes schedules until those of the connection are exactly these; returns the ids it touched. */
  readonly reconcile: (connection: string, desired: readonly DesiredSchedule[]) => Promise<readonly string[]>;
  /** Deletes these, and returns those that existed. */
  readonly remove: (ids: readonly string[]) => Promise<readonly string[]>;
  /**
   * Pauses or resumes; resuming touches only what Mooring paused. `andOthers`: also what else a list shows of the connection; a list
   * alone would miss what was made a moment ago. Returns the ids it touched.
   */
  readonly setPaused: (
    connection: string,
    paused: boolean,
    names: { readonly ids: readonly string[]; readonly andOthers: boolean; readonly note: string },
  ) => Promise<readonly string[]>;
}

/** What is no longer in the files is paused like what the files pause: by hand nobody has to, and back in the files it goes on. */
const paused = (schedule: DesiredSchedule): DesiredSchedule => ({
  ...schedule,
  spec: { ...schedule.spec, paused: true },
});

export type ScheduleActivities = ReturnType<typeof createScheduleActivities>;

/** The connection's workflow is the one writer of its schedules: Temporal's schedule update overwrites whatever another writer did meanwhile. */
export const createScheduleActivities = ({
  connection: find,
  formerSchedules,
  reconcile,
  remove,
  setPaused,
}: SchedulePorts) => ({
  /** Makes the schedules of a connection what its configuration says. Safe to repeat: an equal schedule is left alone. */
  async reconcileSchedules({ connection }: { readonly connection: string }): Promise<readonly string[]> {
    try {
      const { spec, isOrphaned } = await find(connection);
      const schedules = desiredSchedules(spec);
      // By name too: a list would miss what was made a moment ago.
      const gone = (await formerSchedules(connection)).filter((id) => !schedules.some((each) => each.id === id));
      const removed = gone.length === 0 ? [] : await remove(gone);
      const desired = isOrphaned ? schedules.map(paused) : schedules;
      return [...new Set([...removed, ...(await reconcile(connection, desired))])];
    } catch (error) {
      throw toFailure(error);
    }
  },

  /** Deletes every schedule of a connection. Safe to repeat. */
  async deleteSchedules({ connection }: { readonly connection: string }): Promise<readonly string[]> {
    try {
      const { spec } = await find(connection);
      // By name first: a list would miss what was made a moment ago.
      const removed = await remove(desiredSchedules(spec).map(({ id }) => id));
      return [...new Set([...removed, ...(await reconcile(connection, []))])];
    } catch (error) {
      throw toFailure(error);
    }
  },

  /** Pauses or resumes one schedule (by job or chain name) or all of a connection. Safe to repeat. */
  async pauseSchedules({
    connection,
    paused,
    name,
    note,
  }: {
    connection: string;
    paused: boolean;
    name?: string;
    note: string;
  }): Promise<readonly string[]> {
    try {
      const { spec } = await find(connection);
      const chosen = desiredSchedules(spec).filter((schedule) => name === undefined || schedule.name === name);
      return await setPaused(connection, paused, {
        ids: chosen.map(({ id }) => id),
        andOthers: name === undefined,
        note,
      });
    } catch (error) {
      throw toFailure(error);
    }
  },
});
