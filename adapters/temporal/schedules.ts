import { createHash } from 'node:crypto';
import {
  type Client,
  type ScheduleDescription,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type ScheduleOptions,
  type ScheduleSpec as TemporalSpec,
} from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { durationMs } from '../../domain/duration.ts';
import { canonical, isSame } from '../../domain/same-value.ts';
import { DEFAULT_CATCH_UP_MS, shapeOf } from '../../domain/schedule-shape.ts';
import {
  CONFIGURED_PAUSE,
  OUR_PAUSE,
  isAsDesired,
  wantedPause,
  type DeployedSchedule,
  type DesiredSchedule,
} from '../../domain/schedules.ts';
import { shapeOfDescription } from './schedule-description.ts';

/**
 * What reaches a schedule at the same moment counts as one request, the last: somebody who presses "Trigger" then undoes our pause
 * unseen. So a pause is looked at again, this often at most.
 */
const MOST_LOOKS = 5;

/** Above this many one list is read, and only what looks different in it is asked for one by one. */
const MOST_ASKED_ONE_BY_ONE = 40;

function specOf({ spec }: DesiredSchedule): TemporalSpec {
  return {
    ...(spec.cron === undefined ? {} : { cronExpressions: [spec.cron] }),
    ...(spec.every === undefined ? {} : { intervals: [{ every: durationMs(spec.every) }] }),
    ...(spec.timezone === undefined ? {} : { timezone: spec.timezone }),
    ...(spec.jitter === undefined ? {} : { jitter: durationMs(spec.jitter) }),
  };
}

/** Kept in the action's memo: what `describe` returns of a spec is compiled and cannot be compared. */
const hashOf = (written: unknown): string => createHash('sha256').update(canonical(written)).digest('hex').slice(0, 16);

const HASH = 'mooringSchedule';
const connectionKey = defineSearchAttributeKey('MooringConnection', 'KEYWORD');

const stateOf = ({ paused, note }: { readonly paused: boolean; readonly note?: string | undefined }) => ({
  isPaused: paused,
  ...(note === undefined || note === '' ? {} : { note }),
});

/** What a schedule starts syncs with. The chain is named, so that what it says of dependencies is read when a sync begins. */
const inputOf = (connection: string, { name, jobs, trigger }: DesiredSchedule) => ({
  ...{ connection, jobs, trigger },
  ...(trigger === 'chain' ? { chain: name } : {}),
});

export interface ScheduleDeps {
  readonly client: Client;
  readonly taskQueue: string;
  /** Whether the server has Mooring's search attributes. */
  readonly searchable: boolean;
  /** The key that the client encrypts under: a schedule is written anew when there is another, so that none stays under an old one. */
  readonly codecKeyId?: string | undefined;
}

export interface UpcomingStarts {
  readonly isPaused: boolean;
  /** Why it is paused, or what was last done to it. */
  readonly note?: string;
  /** The next ten, jitter included; of a paused schedule too, as if it were not. */
  readonly next: readonly Date[];
}

/** Reads and writes the schedules of connections. To be used by one writer a connection: Temporal's update is unconditional. */
export function createSchedules({ client, taskQueue, searchable, codecKeyId }: ScheduleDeps) {
  const versionOf = (desired: DesiredSchedule): string => {
    // What is written changes with versions of Mooring too.
    return hashOf([codecKeyId ?? null, desired, inputOf('', desired)]);
  };

  const optionsOf = (connection: string, desired: DesiredSchedule): ScheduleOptions => ({
    scheduleId: desired.id,
    spec: specOf(desired),
    action: {
      type: 'startWorkflow',
      workflowType: 'syncRun',
      args: [inputOf(connection, desired)],
      taskQueue,
      workflowId: `sync/${connection}/${desired.name}`,
      memo: { [HASH]: versionOf(desired) },
      staticSummary: `${connection}: ${desired.jobs.join(', ')} (${desired.trigger === 'chain' ? `chain ${desired.name}` : 'by schedule'})`,
      ...(searchable ? { typedSearchAttributes: [{ key: connectionKey, value: connection }] } : {}),
    },
    policies: {
      overlap: ScheduleOverlapPolicy.SKIP,
      catchupWindow:
        desired.spec.catchUpWindow === undefined ? DEFAULT_CATCH_UP_MS : durationMs(desired.spec.catchUpWindow),
    },
    ...(desired.spec.paused === true ? { state: { paused: true, note: CONFIGURED_PAUSE } } : {}),
    ...(searchable ? { typedSearchAttributes: [{ key: connectionKey, value: connection }] } : {}),
  });

  function deployedOf(
    desired: DesiredSchedule,
    { spec, policies, action, state }: ScheduleDescription,
  ): DeployedSchedule {
    const [input] = action.args as { readonly jobs?: readonly string[] }[];
    const { catchUpMs = DEFAULT_CATCH_UP_MS, ...shape } = shapeOfDescription(spec, policies);
    return {
      id: desired.id,
      jobs: input?.jobs ?? [],
      shape: { ...shape, catchUpMs },
      isCurrent: action.memo?.[HASH] === versionOf(desired),
      ...stateOf(state),
    };
  }

  const describe = async (id: string) => {
    try {
      return await client.schedule.getHandle(id).describe();
    } catch (error) {
      if (error instanceof ScheduleNotFoundError) return undefined;
      throw error;
    }
  };

  async function put(connection: string, desired: DesiredSchedule): Promise<boolean> {
    const existing = await describe(desired.id);
    const options = optionsOf(connection, desired);
    if (!existing) {
      await client.schedule.create(options);
      return true;
    }
    const deployed = deployedOf(desired, existing);
    const isOurs = deployed.isCurrent && isAsDesired(deployed, desired);
    const paused = wantedPause(deployed, desired);
    if (isOurs && paused === undefined) return false;
    // Everything not named here keeps its value: leaving `state` out would resume what somebody paused.
    await client.schedule.getHandle(desired.id).update((previous) => ({
      ...previous,
      spec: options.spec,
      action: { ...options.action, workflowId: options.action.workflowId ?? `sync/${connection}/${desired.name}` },
      policies: { ...previous.policies, ...options.policies },
      ...(paused === undefined
        ? {}
        : { state: { ...previous.state, paused, note: paused ? CONFIGURED_PAUSE : 'resumed by the configuration' } }),
    }));
    return true;
  }

  /** Ids of the connection's schedules that exist. Visibility lists lag, so this decides nothing but what to look at. */
  async function idsOf(connection: string): Promise<string[]> {
    const ids: string[] = [];
    for await (const { scheduleId } of client.schedule.list()) {
      if (scheduleId.startsWith(`schedule/${connection}/`)) ids.push(scheduleId);
    }
    return ids;
  }

  /** Deletes schedules and returns the ids of those that existed. Safe to repeat. */
  async function remove(ids: readonly string[]): Promise<string[]> {
    const removed: string[] = [];
    for (const id of ids) {
      try {
        await client.schedule.getHandle(id).delete();
        removed.push(id);
      } catch (error) {
        if (!(error instanceof ScheduleNotFoundError)) throw error; // a list shows deleted ones for a while
      }
    }
    return removed;
  }

  return {
    /**
     * Returns which of the desired schedules Temporal has, as it has them. Reads only; as many calls as there are schedules, but beyond
     * forty, and without a codec, one list and a call for each that looks different in it (a list shows no arguments: an edit of those alone
     * is missed).
     */
    async find(desired: readonly DesiredSchedule[]): Promise<DeployedSchedule[]> {
      const found: DeployedSchedule[] = [];
      const asked = new Map(desired.map((schedule) => [schedule.id, schedule]));
      if (desired.length > MOST_ASKED_ONE_BY_ONE && codecKeyId === undefined) {
        for await (const { scheduleId, spec, state } of client.schedule.list({ pageSize: 500 })) {
          const schedule = asked.get(scheduleId);
          if (schedule === undefined || spec === undefined) continue;
          const { catchUpMs, ...shape } = shapeOf(schedule.spec);
          const deployed = { ...schedule, shape: { ...shape, catchUpMs }, isCurrent: true, ...stateOf(state) };
          if (!isSame(shapeOfDescription(spec), shape) || wantedPause(deployed, schedule) !== undefined) continue;
          found.push(deployed);
          asked.delete(scheduleId);
        }
      }
      for (const schedule of asked.values()) {
        const existing = await describe(schedule.id);
        if (existing) found.push(deployedOf(schedule, existing));
      }
      return found;
    },

    /** Returns when schedules start next, by id, as Temporal has them; those that it lacks are left out. Reads only, one call each. */
    async upcoming(ids: readonly string[]): Promise<ReadonlyMap<string, UpcomingStarts>> {
      const found = new Map<string, UpcomingStarts>();
      for (const id of ids) {
        const existing = await describe(id);
        if (existing) found.set(id, { ...stateOf(existing.state), next: existing.info.nextActionTimes });
      }
      return found;
    },

    /** Makes the schedules of a connection exactly `desired` and returns the ids it touched. Safe to repeat; keeps everybody's pauses. */
    async reconcile(connection: string, desired: readonly DesiredSchedule[]): Promise<string[]> {
      const touched: string[] = [];
      for (const schedule of desired) if (await put(connection, schedule)) touched.push(schedule.id);
      const wanted = new Set(desired.map(({ id }) => id));
      const others = (await idsOf(connection)).filter((existing) => !wanted.has(existing));
      return [...touched, ...(await remove(others))];
    },

    remove,

    /**
     * Pauses, or resumes what we paused, and looks whether it is so. Safe to repeat; a human's pause is neither renamed nor undone.
     *
     * @throws what Temporal answers, and Error for a schedule that does not keep its pause; worth another try
     */
    async setPaused(
      connection: string,
      paused: boolean,
      { ids, andOthers, note }: { ids: readonly string[]; andOthers: boolean; note: string },
    ): Promise<string[]> {
      const touched = new Set<string>();
      let open = [...new Set([...ids, ...(andOthers ? await idsOf(connection) : [])])];
      for (let look = 0; look < MOST_LOOKS && open.length > 0; look += 1) {
        const sent: string[] = [];
        for (const scheduleId of open) {
          const state = (await describe(scheduleId))?.state;
          if (state === undefined || state.paused === paused) continue;
          if (!paused && state.note?.startsWith(OUR_PAUSE) !== true) continue;
          const handle = client.schedule.getHandle(scheduleId);
          await (paused ? handle.pause(OUR_PAUSE + note) : handle.unpause(OUR_PAUSE + note));
          sent.push(scheduleId);
          touched.add(scheduleId);
        }
        open = sent;
      }
      if (open.length > 0)
        throw new Error(
          `Schedule "${open.join('", "')}" does not ${paused ? 'keep its pause' : 'resume'}; trying again.`,
        );
      return [...touched];
    },
  };
}
