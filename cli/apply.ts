import { createConnections, type SavedConnection } from '../adapters/postgres/connections.ts';
import { createJobs } from '../adapters/postgres/jobs.ts';
import { migrateModel } from '../adapters/postgres/migrate.ts';
import { findSharedGrants } from '../adapters/postgres/shared-grants.ts';
import { isError } from '../config/diagnostic.ts';
import { loadConfig } from '../config/load-config.ts';
import { printDiagnostics } from '../config/print-diagnostics.ts';
import type { ConnectionSpec } from '../domain/connection-spec.ts';
import { needsConsent, type ConnectionState } from '../domain/lifecycle.ts';
import { sharedGrantWarning } from '../domain/shared-grant.ts';
import { accountName } from './account-name.ts';
import { EXIT, type AddCommand, type CliContext } from './context.ts';
import { withSystem, type System } from './system.ts';
import { status } from './tables.ts';

/**
 * Stores one connection and its jobs and brings its workflow up to date. Safe to repeat: an equal specification makes no revision,
 * a running workflow is told and not started again.
 */
export async function applyConnection(
  { pool, mooring }: Pick<System, 'pool' | 'mooring'>,
  spec: ConnectionSpec,
): Promise<SavedConnection & { readonly state: ConnectionState }> {
  await migrateModel(pool, spec.schema);
  const saved = await createConnections(pool).save(spec, accountName());
  await createJobs(pool).save(saved.connectionId, spec);
  await mooring.startConnection(spec.name);
  const { state } = await mooring.configure(spec.name);
  return { ...saved, state };
}

/** Checks everything first and changes nothing when there is an error. */
async function apply(paths: readonly string[], context: CliContext): Promise<number> {
  const { connections, diagnostics } = await loadConfig(paths);
  if (diagnostics.length > 0) context.warn(printDiagnostics(diagnostics));
  if (diagnostics.some(isError)) return EXIT.failed;
  return withSystem(context, async (system) => {
    for (const spec of connections) {
      const { connectionId, changed, revision, state } = await applyConnection(system, spec);
      context.print(`${spec.name}: revision ${revision}${changed ? '' : ', unchanged'}, ${status(state)}`);
      if (needsConsent(state)) context.print(`  Authorize it: mooring authorize ${spec.name}`);
      const sharers = (await findSharedGrants(system.pool, connectionId)).get(spec.name);
      if (sharers !== undefined) context.warn(`  Warning: ${sharedGrantWarning(sharers)}`);
    }
    return EXIT.clean;
  });
}

export const addApply: AddCommand = (program, context) => {
  program
    .command('apply')
    .description('Bring connections, jobs and schedules into force as the files say. Safe to repeat.')
    .argument('<path...>', 'files or folders of *.yaml')
    .addHelpText('after', '\nExamples:\n  $ mooring apply mooring/')
    .action(async (paths: string[]) => context.exit(await apply(paths, context)));
};
