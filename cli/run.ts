import { EXIT, type AddCommand, type CliContext } from './context.ts';
import { followSync } from './follow-sync.ts';
import { withSystem } from './system.ts';
import { summaryTable } from './tables.ts';

interface RunOptions {
  readonly full?: true;
  readonly follow: boolean;
  readonly json?: true;
}

async function run(
  name: string,
  jobs: readonly string[],
  { full, follow, json }: RunOptions,
  context: CliContext,
): Promise<number> {
  return withSystem(context, async (system) => {
    const { syncId } = await system.mooring.runJobs(name, {
      ...(jobs.length > 0 ? { jobs } : {}),
      ...(full ? { mode: 'full' } : {}),
    });
    if (!follow) {
      context.print(json ? JSON.stringify({ syncId }) : `Started ${syncId}.`);
      return EXIT.clean;
    }
    const result = json ? await system.mooring.syncResult(syncId) : await followSync(system, syncId, context);
    context.print(json ? JSON.stringify(result, undefined, 2) : summaryTable(result.jobs));
    return result.jobs.some(({ status }) => status === 'failed' || status === 'cancelled') ? EXIT.failed : EXIT.clean;
  });
}

export const addRun: AddCommand = (program, context) => {
  program
    .command('run')
    .description('Run jobs of a connection now, in the order of their dependencies, and show what they do.')
    .argument('<name>', 'the connection')
    .argument('[job...]', 'jobs; all that are enabled when none is named')
    .option('--full', 'read everything once more, not only what has changed')
    .option('--no-follow', 'start and end')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ mooring run acme\n  $ mooring run acme company-sync company-person-sync\n  $ mooring run acme company-sync --full',
    )
    .action(async (name: string, jobs: string[], options: RunOptions) =>
      context.exit(await run(name, jobs, options, context)),
    );
};
