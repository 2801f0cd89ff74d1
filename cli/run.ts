import { DRY_RUN_ROWS } from '../domain/dry-run.ts';
import { MooringError } from '../domain/errors.ts';
import { problemOfChoice, type ModeChoice } from '../domain/mode-choice.ts';
import { RUN_MODES } from '../domain/run.ts';
import type { SyncChoice } from '../workflows/messages.ts';
import { EXIT, type AddCommand, type CliContext } from './context.ts';
import { dryRun } from './dry-run.ts';
import { followSync } from './follow-sync.ts';
import { withSystem } from './system.ts';
import { summaryTable } from './tables.ts';

interface FollowOptions {
  readonly follow: boolean;
  readonly json?: true;
}

interface RunOptions extends FollowOptions {
  readonly full?: true;
  readonly mode?: string;
  readonly from?: string;
  readonly to?: string;
  readonly dryRun?: true;
  readonly rows?: string;
}

/** Days and times as people write them, as instants; what is none stays, to be refused. */
function instantOf(text: string | undefined): string | undefined {
  const at = Date.parse(text ?? '');
  return Number.isNaN(at) ? text : new Date(at).toISOString();
}

/** @throws USAGE when nobody can run like this */
export function choiceOf({ full, mode, from, to }: Pick<RunOptions, 'full' | 'mode' | 'from' | 'to'>): ModeChoice {
  const asked = full === true ? 'full' : mode;
  if (full === true && mode !== undefined && mode !== 'full')
    throw new MooringError('USAGE', `--full and --mode ${mode} contradict each other. Leave one of them out.`);
  const choice = Object.fromEntries(
    Object.entries({ mode: asked, from: instantOf(from), to: instantOf(to) }).filter(
      ([, value]) => value !== undefined,
    ),
  );
  const problem = problemOfChoice(choice);
  if (problem !== undefined) throw new MooringError('USAGE', problem);
  return choice;
}

/** Starts a sync and shows what it does, to its end unless told otherwise. */
export async function runAndFollow(
  name: string,
  choice: SyncChoice,
  { follow, json }: FollowOptions,
  context: CliContext,
): Promise<number> {
  return withSystem(context, async (system) => {
    const { syncId } = await system.mooring.runJobs(name, choice);
    if (!follow) {
      context.print(json ? JSON.stringify({ syncId }) : `Started ${syncId}.`);
      return EXIT.clean;
    }
    const result = json ? await system.mooring.syncResult(syncId) : await followSync(system, syncId, context);
    context.print(json ? JSON.stringify(result, undefined, 2) : summaryTable(result.jobs));
    return result.jobs.some(({ status }) => status === 'failed' || status === 'cancelled') ? EXIT.failed : EXIT.clean;
  });
}

/** @throws USAGE when options of a dry run and of a run are mixed */
function runOrTry(name: string, jobs: readonly string[], options: RunOptions, context: CliContext): Promise<number> {
  const choice = choiceOf(options);
  if (options.dryRun !== true) {
    if (options.rows !== undefined)
      throw new MooringError('USAGE', '"--rows" is for a dry run. Add --dry-run, or leave it out.');
    return runAndFollow(name, { ...choice, ...(jobs.length > 0 ? { jobs } : {}) }, options, context);
  }
  if (Object.keys(choice).length > 0)
    throw new MooringError(
      'USAGE',
      'A dry run reads the first rows of everything. Leave --mode, --full, --from and --to out.',
    );
  return dryRun(name, jobs, options, context);
}

export const addRun: AddCommand = (program, context) => {
  program
    .command('run')
    .description('Run jobs of a connection now, in the order of their dependencies, and show what they do.')
    .argument('<name>', 'the connection')
    .argument('[job...]', 'jobs; all that are enabled when none is named')
    .option('--full', 'read everything once more, not only what has changed; short for --mode full')
    .option('--mode <mode>', `${RUN_MODES.join(', ')}; incremental when not said`)
    .option('--from <time>', 'begin of a backfill, inclusive')
    .option('--to <time>', 'end of a backfill, exclusive; now when not said')
    .option('--dry-run', 'load the first rows and take them back: counts and rejects, nothing else')
    .option('--rows <number>', `how many rows a dry run reads at most; ${DRY_RUN_ROWS.usual} when not said`)
    .option('--no-follow', 'start and end')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ mooring run acme\n  $ mooring run acme company-sync company-person-sync\n  $ mooring run acme company-sync --full\n  $ mooring run acme company-sync --mode reconcile\n  $ mooring run acme company-sync --mode backfill --from 2026-01-01 --to 2026-02-01\n  $ mooring run acme company-sync --dry-run',
    )
    .action(async (name: string, jobs: string[], options: RunOptions) =>
      context.exit(await runOrTry(name, jobs, options, context)),
    );
};
