import { Option } from 'commander';
import { isError } from '../config/diagnostic.ts';
import { diskFiles } from '../config/find-files.ts';
import { loadConfig } from '../config/load-config.ts';
import { printDiagnostics } from '../config/print-diagnostics.ts';
import { hasChanges } from '../domain/plan.ts';
import { EXIT, type AddCommand, type CliContext } from './context.ts';
import { findPlace } from './git.ts';
import { isBlocked, makePlan, type MadePlan } from './make-plan.ts';
import { printPlan } from './print-plan.ts';
import { withSystem } from './system.ts';

interface PlanOptions {
  readonly json?: true;
  readonly format: 'text' | 'github';
  readonly all?: true;
  readonly env?: string;
}

/** Shows what `apply` would do, and does nothing. */
async function plan(
  paths: readonly string[],
  { json, format, all, env }: PlanOptions,
  context: CliContext,
): Promise<number> {
  const loaded = await loadConfig(paths, diskFiles, { environment: env });
  if (loaded.diagnostics.some(isError)) {
    show({ plan: { connections: [] }, diagnostics: loaded.diagnostics }, { json, format }, context);
    return EXIT.failed;
  }
  const { territory } = await findPlace(paths, context.cwd);
  const made = await withSystem(context, (system) =>
    makePlan(system, { ...loaded, territory, ...(all ? { all } : {}) }),
  );
  const whole = { ...made, diagnostics: [...loaded.diagnostics, ...made.diagnostics] };
  show(whole, { json, format }, context);
  if (isBlocked(whole)) return EXIT.failed;
  return hasChanges(made.plan) ? EXIT.changes : EXIT.clean;
}

function show(
  { plan: made, diagnostics }: MadePlan,
  { json, format }: { readonly json: true | undefined; readonly format: 'text' | 'github' },
  { print, warn }: CliContext,
): void {
  if (json) {
    print(JSON.stringify({ changes: hasChanges(made), plan: made, diagnostics }, undefined, 2));
    return;
  }
  if (diagnostics.length > 0) (format === 'github' ? print : warn)(printDiagnostics(diagnostics, format));
  if (made.connections.length > 0) print(printPlan(made));
}

export const addPlan: AddCommand = (program, context) => {
  program
    .command('plan')
    .description('Show what apply would change, checked against the orgs and the database. Changes nothing.')
    .argument('<path...>', 'files or folders of *.yaml')
    .option('--env <environment>', 'with the documents for this environment laid over the others')
    .option('--json', 'print the plan and its problems as JSON')
    .addOption(new Option('--format <format>', 'how to print problems').choices(['text', 'github']).default('text'))
    .option('--all', 'ask the orgs of all connections; else, beyond twenty, only of those that change')
    .addHelpText(
      'after',
      `
Workers ask the orgs, so this needs no key and no token.
Ends with status 0 when there is nothing to do, 2 when there are changes, 1 when something is wrong.

Examples:
  $ mooring plan mooring/
  $ mooring plan mooring/ --format github   # annotations in a pull request`,
    )
    .action(async (paths: string[], options: PlanOptions) => context.exit(await plan(paths, options, context)));
};
