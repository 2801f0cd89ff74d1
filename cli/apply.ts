import { createDeployments, whileApplying } from '../adapters/postgres/deployments.ts';
import { isError } from '../config/diagnostic.ts';
import { diskFiles } from '../config/find-files.ts';
import { loadConfig, type LoadedConfig } from '../config/load-config.ts';
import { printDiagnostics } from '../config/print-diagnostics.ts';
import { applyPlan, type ApplyOptions } from './apply-plan.ts';
import { EXIT, type AddCommand, type CliContext } from './context.ts';
import { findPlace, type Place } from './git.ts';
import { makePlan } from './make-plan.ts';
import { withSystem, type System } from './system.ts';

/** How long to wait for another apply. A usual one takes seconds. */
export const APPLY_PATIENCE_MS = 60_000;

/** Checks everything first and changes nothing when there is an error. */
async function apply(
  paths: readonly string[],
  { env, ...options }: ApplyOptions & { readonly env?: string },
  context: CliContext,
): Promise<number> {
  const loaded = await loadConfig(paths, diskFiles, { environment: env });
  if (loaded.diagnostics.length > 0) context.warn(printDiagnostics(loaded.diagnostics));
  if (loaded.diagnostics.some(isError)) return EXIT.failed;
  const place = await findPlace(paths, context.cwd);
  return withSystem(context, (system) => applyLoaded(system, loaded, { ...options, place, context }));
}

interface ApplyLoadedOptions extends ApplyOptions {
  readonly place: Place;
  readonly context: CliContext;
}

/** Brings files that passed the check into force, while nobody else applies. Returns the exit status. */
export const applyLoaded = (
  system: System,
  loaded: LoadedConfig,
  { place: { territory, declaredIn, provenance }, ...options }: ApplyLoadedOptions,
): Promise<number> =>
  whileApplying(system.pool, APPLY_PATIENCE_MS, async () => {
    const made = await makePlan(system, { ...loaded, territory });
    const outcome = await applyPlan(system, made, { ...options, provenance });
    if (outcome === EXIT.failed) return outcome;
    const places = loaded.connections.map(({ name }) => [name, declaredIn(loaded.files.get(name) ?? [])] as const);
    await createDeployments(system.pool).locate(new Map(places));
    return outcome;
  });

export const addApply: AddCommand = (program, context) => {
  program
    .command('apply')
    .description(
      'Bring connections, jobs and schedules into force as the files say: shows the plan and asks. Safe to repeat.',
    )
    .argument('<path...>', 'files or folders of *.yaml')
    .option('--env <environment>', 'with the documents for this environment laid over the others')
    .option('--yes', 'do not ask')
    .option('--allow-rewrite', 'change column types even where PostgreSQL rewrites the whole table for it')
    .addHelpText(
      'after',
      '\nExamples:\n  $ mooring apply mooring/\n  $ mooring apply mooring/ --yes   # in a deployment, after its plan was reviewed',
    )
    .action(async (paths: string[], options: ApplyOptions) => context.exit(await apply(paths, options, context)));
};
