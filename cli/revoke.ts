import { createConnections } from '../adapters/postgres/connections.ts';
import { createRevocations } from '../adapters/postgres/revocations.ts';
import { createKeyring } from '../adapters/secrets/keyring.ts';
import { EXIT, type AddCommand, type CliContext } from './context.ts';
import { accountName } from './account-name.ts';
import { withSystem } from './system.ts';

/**
 * Stops a connection. What must hold at once is done here, in PostgreSQL: no page commits any more and the grant is gone from the vault, also when
 * no worker runs. The workflow does the rest: it pauses schedules, cancels runs and tells Salesforce for as long as that takes.
 */
async function revoke(name: string, reason: string | undefined, context: CliContext): Promise<number> {
  return withSystem(context, async ({ pool, settings, mooring }) => {
    const { connectionId, state } = await createConnections(pool).findOrThrow(name);
    if (state === 'awaiting_authorization') {
      context.print(`Connection "${name}" is not authorized; there is nothing to revoke.`);
      return EXIT.clean;
    }
    const { changed } = await createRevocations({ pool, keyring: createKeyring(settings.key) }).revoke(
      connectionId,
      accountName(),
      reason,
    );
    await mooring.signalRevoke(name, reason);
    context.print(
      changed
        ? `Connection "${name}" is revoked: nothing of it can run or commit any more.`
        : `Connection "${name}" was revoked before.`,
    );
    context.print(`Jobs, mappings, watermarks, binding and rows stay. To use it again: mooring authorize ${name}`);
    return EXIT.clean;
  });
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
