import type { ConnectionSpec } from './connection-spec.ts';
import type { ConnectionState } from './lifecycle.ts';
import type { Change } from './plan.ts';
import { isSame } from './same-value.ts';
import { scheduleWords } from './schedule-shape.ts';
import {
  desiredSchedules,
  isAsDesired,
  wantedPause,
  type DeployedSchedule,
  type DesiredSchedule,
} from './schedules.ts';

interface ScheduleFacts {
  readonly desired: ConnectionSpec;
  readonly deployed?: { readonly spec: ConnectionSpec; readonly state: ConnectionState };
  readonly schedules?: readonly DeployedSchedule[];
}

interface SchedulePlan {
  readonly changes: readonly Change[];
  readonly notices: readonly string[];
}

/**
 * Returns what has to change about the schedules of a connection.
 *
 * Those of an active connection are compared with Temporal's, so that what somebody deleted or edited by hand shows as well; a pause by
 * hand is no difference but a notice, since it stays. Other connections have none until they are authorized: the files are compared.
 */
export function planSchedules({ desired, deployed, schedules }: ScheduleFacts): SchedulePlan {
  const wanted = desiredSchedules(desired);
  const before = deployed === undefined ? [] : desiredSchedules(deployed.spec);
  const pairs = [...wanted, ...before.filter((old) => !wanted.some(({ id }) => id === old.id))].map(({ id }) => ({
    now: wanted.find((each) => each.id === id),
    old: before.find((each) => each.id === id),
    there: schedules?.find((each) => each.id === id),
  }));
  if (schedules === undefined || deployed?.state !== 'active') {
    const note = 'once the connection is authorized';
    return { changes: pairs.flatMap(({ now, old }) => difference(now, old, note)), notices: [] };
  }
  return {
    changes: pairs.flatMap((pair) => drift(pair)),
    notices: pairs.flatMap(({ now, there }) => pauseByHand(now, there)),
  };
}

const words = ({ spec, jobs, trigger }: DesiredSchedule): string =>
  `${scheduleWords(spec)}${trigger === 'chain' ? `: ${jobs.join(', ')}` : ''}`;

const isSameSchedule = (first: DesiredSchedule, second: DesiredSchedule): boolean =>
  isSame([first.spec, first.jobs], [second.spec, second.jobs]);

function change(
  action: Change['action'],
  schedules: { readonly now?: DesiredSchedule | undefined; readonly old?: DesiredSchedule | undefined },
  note?: string,
): Change {
  const { now, old } = schedules;
  return {
    action,
    what: 'schedule',
    name: (now ?? old)?.name ?? '',
    ...(old === undefined ? {} : { before: words(old) }),
    ...(now === undefined ? {} : { after: words(now) }),
    ...(note === undefined ? {} : { note }),
  };
}

function difference(now: DesiredSchedule | undefined, old: DesiredSchedule | undefined, note: string): Change[] {
  if (now === undefined) return old === undefined ? [] : [change('delete', { old })];
  if (old === undefined) return [change('create', { now }, note)];
  return isSameSchedule(now, old) ? [] : [change('update', { now, old }, note)];
}

interface Pair {
  readonly now: DesiredSchedule | undefined;
  readonly old: DesiredSchedule | undefined;
  readonly there: DeployedSchedule | undefined;
}

function drift({ now, old, there }: Pair): Change[] {
  if (now === undefined) return there === undefined ? [] : [change('delete', { old })];
  const isInFiles = old !== undefined && isSameSchedule(old, now);
  if (there === undefined) return [change('create', { now }, isInFiles ? 'deleted by hand' : undefined)];
  const pause = wantedPause(there, now);
  const isRight = isAsDesired(there, now);
  if (isRight && pause === undefined && there.isCurrent) return [];
  const byHand = !isRight
    ? 'edited by hand'
    : pause === undefined
      ? 'to be written anew'
      : pause
        ? 'resumed by hand'
        : 'paused by hand';
  return [change('update', isInFiles ? { now } : { now, old }, isInFiles ? byHand : undefined)];
}

function pauseByHand(now: DesiredSchedule | undefined, there: DeployedSchedule | undefined): string[] {
  if (now === undefined || there?.isPaused !== true || now.spec.paused === true) return [];
  if (wantedPause(there, now) !== undefined) return [];
  const why = there.note === undefined ? '' : ` (${JSON.stringify(there.note)})`;
  return [
    `Schedule "${now.name}" is paused${why} and stays so. Resume it by hand, or write "paused: false" into its schedule.`,
  ];
}
