import { createConnections } from '../adapters/postgres/connections.ts';
import { createRevocations } from '../adapters/postgres/revocations.ts';
import { createKeyring } from '../adapters/secrets/keyring.ts';
import { MooringError } from '../domain/errors.ts';
import { EXIT, type AddCommand, type CliContext } from './context.ts';
import { accountName } from './account-name.ts';
import { resolveSettings, type Settings } from './settings.ts';
import { openPool, withTemporal } from './system.ts';

/** What stands in the way of the rest, and does not keep the revoke from holding. */
const MAY_BE_AWAY = new Set(['TEMPORAL_UNREACHABLE', 'CONNECTION_UNKNOWN', 'NO_WORKER']);

/**
 * Stops a connection. What must hold at once is done here, in PostgreSQL: no page commits any more and the grant is gone from the vault, also when
 * no worker runs or Temporal is away. The workflow does the rest: it pauses schedules, cancels runs and tells Salesforce for as long as that takes.
 */
async function revoke(name: string, reason: string | undefined, context: CliContext): Promise<number> {
  const settings = await resolveSettings(context);
  const pool = await openPool(settings);
  try {
    const { connectionId, state } = await createConnections(pool).findOrThrow(name);
    if (state === 'awaiting_authorization') {
      context.print(`Connection "${name}" is not authorized; there is nothing to revoke.`);
      return EXIT.clean;
    }
    const revocations = createRevocations({ pool, keyring: createKeyring(settings.key) });
    const { changed } = await revocations.revoke(connectionId, accountName(), reason);
    context.print(
      changed
        ? `Connection "${name}" is revoked: nothing of it can run or commit any more.`
        : `Connection "${name}" was revoked before.`,
    );
    context.print(`Jobs, mappings, watermarks, binding and rows stay. To use it again: mooring authorize ${name}`);
  } finally {
    await pool.end();
  }
  return (await tellWorkflow(name, reason, settings, context)) ? EXIT.clean : EXIT.failed;
}

/** Returns whether the workflow has heard of it, and says what to do when it has not. */
async function tellWorkflow(
  name: string,
  reason: string | undefined,
  settings: Settings,
  context: CliContext,
): Promise<boolean> {
  try {
    await withTemporal(settings, async ({ mooring }) => {
      await mooring.signalRevoke(name, reason);
      await mooring.status(name); // a signal is kept for a worker; only an answer shows that there is one
    });
    return true;
  } catch (error) {
    if (!(error instanceof MooringError) || !MAY_BE_AWAY.has(error.code)) throw error;
    context.warn(
      `What is left to do waits: pausing schedules, cancelling runs, telling Salesforce. ${error.message} [${error.code}]`,
    );
    return false;
  }
}

export const addRevoke: AddCommand = (program, context) => {
  program
    .command('revoke')
    .description('Stop a connection: no job of it can run any more, and its grant is revoked at Salesforce. Rows stay.')
    .argument('<name>', 'the connection')
    .option('--reason <text>', 'kept in the audit')
    .addHelpText('after', '\nExamples:\n  $ mooring revoke acme --reason "the integration user left"')
    .action(async (name: string, { reason }: { reason?: string }) => context.exit(await revoke(name, reason, context)));
};
