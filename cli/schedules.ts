import { createDeployments } from '../adapters/postgres/deployments.ts';
import { createDataConverter } from '../adapters/temporal/data-converter.ts';
import { createSchedules, type UpcomingStarts } from '../adapters/temporal/schedules.ts';
import { MooringError } from '../domain/errors.ts';
import { TASK_QUEUE } from '../domain/names.ts';
import { scheduleWords } from '../domain/schedule-shape.ts';
import { desiredSchedules } from '../domain/schedules.ts';
import { EXIT, type AddCommand, type CliContext } from './context.ts';
import { withSystem } from './system.ts';
import { drawTable } from './tables.ts';

const SHOWN_STARTS = 3;

interface ListedSchedule {
  readonly connection: string;
  /** Name of the job or chain. */
  readonly schedule: string;
  readonly when: string;
  readonly state: 'runs' | 'paused' | 'missing';
  readonly note?: string;
  /** Instants; empty while nothing starts by itself. */
  readonly next: readonly string[];
}

async function list(name: string | undefined, json: boolean, context: CliContext): Promise<number> {
  const listed = await withSystem(context, async ({ pool, client, searchable, settings }) => {
    const deployments = (await createDeployments(pool).list()).filter(
      (each) => name === undefined || each.name === name,
    );
    if (name !== undefined && deployments.length === 0)
      throw new MooringError('CONNECTION_UNKNOWN', `Connection "${name}" is not deployed. Run: mooring apply DIR`);
    const { codecKeyId } = createDataConverter(settings.codecKey);
    const schedules = createSchedules({ client, taskQueue: TASK_QUEUE, searchable, codecKeyId });
    const wanted = deployments.flatMap(({ name: connection, spec }) =>
      desiredSchedules(spec).map(({ id, name: schedule, spec: { paused: _paused, ...when } }) => ({
        ...{ connection, id, schedule, when: scheduleWords(when) },
      })),
    );
    const upcoming = await schedules.upcoming(wanted.map(({ id }) => id));
    return wanted.map(({ id, ...schedule }): ListedSchedule => ({ ...schedule, ...stateOf(upcoming.get(id)) }));
  });
  if (json) context.print(JSON.stringify(listed, undefined, 2));
  else context.print(listed.length === 0 ? 'Nothing is scheduled.' : tableOf(listed));
  return EXIT.clean;
}

function stateOf(is: UpcomingStarts | undefined): Pick<ListedSchedule, 'state' | 'note' | 'next'> {
  if (is === undefined) return { state: 'missing', next: [] };
  const note = is.note === undefined ? {} : { note: is.note };
  if (is.isPaused) return { state: 'paused', ...note, next: [] };
  return { state: 'runs', next: is.next.slice(0, SHOWN_STARTS).map((at) => at.toISOString()) };
}

const WORDS: Readonly<Record<ListedSchedule['state'], string>> = {
  runs: '',
  paused: 'paused',
  missing: 'not in Temporal: it comes with the authorization, or with the next apply',
};

const tableOf = (listed: readonly ListedSchedule[]): string =>
  drawTable(
    ['connection', 'schedule', 'when', 'next starts'],
    listed.map(({ connection, schedule, when, state, note, next }) => [
      ...[connection, schedule, when],
      state === 'runs' ? next.join('\n') : [WORDS[state], ...(note === undefined ? [] : [note])].join(': '),
    ]),
  );

/** What `plan` compares, as it is: a pause by hand and a schedule that somebody deleted show here. */
export const addSchedules: AddCommand = (program, context) => {
  program
    .command('schedules')
    .description('List schedules as Temporal has them: when they start next, and what is paused and why.')
    .argument('[name]', 'the connection; all when absent')
    .option('--json', 'print as JSON')
    .addHelpText('after', '\nExamples:\n  $ mooring schedules\n  $ mooring schedules acme --json')
    .action(async (name: string | undefined, { json }: { json?: true }) =>
      context.exit(await list(name, json === true, context)),
    );
};
