import { EXIT, type AddCommand, type CliContext } from './context.ts';
import { withSystem } from './system.ts';

async function setPaused(
  connection: string,
  name: string | undefined,
  paused: boolean,
  context: CliContext,
): Promise<number> {
  return withSystem(context, async ({ mooring }) => {
    const touched = paused
      ? await mooring.pauseSchedules(connection, name)
      : await mooring.resumeSchedules(connection, name);
    for (const id of touched) context.print(`${paused ? 'paused' : 'resumed'} ${id}`);
    if (touched.length === 0)
      context.print(
        paused
          ? 'Nothing to pause: no such schedule, or paused already.'
          : 'Nothing to resume: no such schedule, or not paused by mooring.',
      );
    return EXIT.clean;
  });
}

/** `pause` and `resume`. A pause that somebody made in the Web UI is theirs: resume leaves it alone. */
export const addPause: AddCommand = (program, context) => {
  for (const [verb, paused] of [
    ['pause', true],
    ['resume', false],
  ] as const) {
    program
      .command(verb)
      .description(
        paused
          ? 'Pause the schedules of a connection; what runs goes on.'
          : 'Resume schedules that were paused with mooring.',
      )
      .argument('<name>', 'the connection')
      .argument('[schedule]', 'name of a job or chain; all when absent')
      .addHelpText('after', `\nExamples:\n  $ mooring ${verb} acme\n  $ mooring ${verb} acme nightly`)
      .action(async (name: string, schedule: string | undefined) =>
        context.exit(await setPaused(name, schedule, paused, context)),
      );
  }
};
