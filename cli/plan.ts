import { Option } from 'commander';
import { isError } from '../config/diagnostic.ts';
import { diskFiles } from '../config/find-files.ts';
import { loadConfig } from '../config/load-config.ts';
import { printDiagnostics } from '../config/print-diagnostics.ts';
import { MooringError } from '../domain/errors.ts';
import { hasChanges } from '../domain/plan.ts';
import { EXIT, type AddCommand, type CliContext } from './context.ts';
import { findPlace } from './git.ts';
import { isBlocked, makePlan, type MadePlan } from './make-plan.ts';
import { makeOfflinePlan, UNJUDGED } from './offline-plan.ts';
import type { PlannedFiles } from './plan-problems.ts';
import { printPlan } from './print-plan.ts';
import { readSnapshot, snapshotPlace } from './snapshot-place.ts';
import { withSystem } from './system.ts';

interface PlanOptions {
  readonly json?: true;
  readonly format: 'text' | 'github';
  readonly all?: true;
  readonly env?: string;
  readonly offline?: true;
  readonly snapshot?: string;
}

/** What a plan without a system was made from. */
interface Offline {
  readonly snapshot: string;
  readonly takenAt: string;
  readonly unjudged: readonly string[];
}

/** Shows what `apply` would do, and does nothing. */
async function plan(paths: readonly string[], options: PlanOptions, context: CliContext): Promise<number> {
  const { all, env } = options;
  if (options.offline && all)
    throw new MooringError('USAGE', '"--all" asks orgs, and "--offline" asks nobody. Leave one of them out.');
  const loaded = await loadConfig(paths, diskFiles, { environment: env });
  if (loaded.diagnostics.some(isError)) {
    show({ plan: { connections: [] }, diagnostics: loaded.diagnostics }, options, context);
    return EXIT.failed;
  }
  const { territory } = await findPlace(paths, context.cwd);
  const files = { ...loaded, territory };
  const made = options.offline
    ? await planOffline(paths, files, { options, context })
    : await withSystem(context, (system) => makePlan(system, { ...files, ...(all ? { all } : {}) }));
  const whole = { ...made, diagnostics: [...loaded.diagnostics, ...made.diagnostics] };
  show(whole, options, context);
  if (isBlocked(whole)) return EXIT.failed;
  return hasChanges(made.plan) ? EXIT.changes : EXIT.clean;
}

async function planOffline(
  paths: readonly string[],
  files: PlannedFiles,
  { options, context }: { readonly options: PlanOptions; readonly context: CliContext },
): Promise<ShownPlan> {
  const place = snapshotPlace(paths, { environment: options.env, file: options.snapshot });
  const snapshot = await readSnapshot(place, context.cwd);
  const made = makeOfflinePlan({ ...files, snapshot, remedy: place.remedy });
  return { ...made, offline: { snapshot: place.file, takenAt: snapshot.takenAt, unjudged: UNJUDGED } };
}

type ShownPlan = MadePlan & { readonly offline?: Offline };

function show(
  { plan: made, diagnostics, offline }: ShownPlan,
  { json, format }: Pick<PlanOptions, 'json' | 'format'>,
  { print, warn }: CliContext,
): void {
  if (json) {
    print(JSON.stringify({ changes: hasChanges(made), plan: made, diagnostics, offline }, undefined, 2));
    return;
  }
  if (diagnostics.length > 0) (format === 'github' ? print : warn)(printDiagnostics(diagnostics, format));
  if (made.connections.length > 0) print(printPlan(made, offline === undefined ? {} : { isOffline: true }));
  if (offline) print(`\n${offlineWords(offline)}`);
}

const offlineWords = ({ snapshot, takenAt, unjudged }: Offline): string =>
  [
    `Offline: from the files and ${snapshot} of ${takenAt} alone. Not judged:`,
    ...unjudged.map((each) => `  · ${each}`),
  ].join('\n');

export const addPlan: AddCommand = (program, context) => {
  program
    .command('plan')
    .description('Show what apply would change, checked against the orgs and the database. Changes nothing.')
    .argument('<path...>', 'files or folders of *.yaml')
    .option('--env <environment>', 'with the documents for this environment laid over the others')
    .option('--json', 'print the plan and its problems as JSON')
    .addOption(new Option('--format <format>', 'how to print problems').choices(['text', 'github']).default('text'))
    .option('--all', 'ask the orgs of all connections; else, beyond twenty, only of those that change')
    .option(
      '--offline',
      'from the files and a committed snapshot alone (mooring snapshot); says what that cannot judge',
    )
    .addOption(
      new Option('--snapshot <file>', 'the snapshot, when it is not snapshot.json in the first of the folders').implies(
        {
          offline: true,
        },
      ),
    )
    .addHelpText(
      'after',
      `
Workers ask the orgs, so this needs no key and no token.
Ends with status 0 when there is nothing to do, 2 when there are changes, 1 when something is wrong.

Examples:
  $ mooring plan mooring/
  $ mooring plan mooring/ --format github   # annotations in a pull request
  $ mooring plan mooring/ --offline         # where neither PostgreSQL nor Temporal can be reached`,
    )
    .action(async (paths: string[], options: PlanOptions) => context.exit(await plan(paths, options, context)));
};
