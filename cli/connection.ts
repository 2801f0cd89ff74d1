import { createConnections } from '../adapters/postgres/connections.ts';
import { adopt } from '../adapters/postgres/orphans.ts';
import { accountName } from './account-name.ts';
import { ask } from './ask.ts';
import { EXIT, type AddCommand, type CliContext } from './context.ts';
import { resolveDatabaseUrl } from './settings.ts';
import { openPool, withSystem } from './system.ts';

async function destroy(name: string, confirmed: string | undefined, context: CliContext): Promise<number> {
  return withSystem(context, async ({ pool, mooring }) => {
    await createConnections(pool).findOrThrow(name);
    const question = `This ends connection "${name}" for good. Its rows stay. Type its name to go on: `;
    if ((confirmed ?? (await ask(question))) !== name) {
      context.warn(
        `That is not "${name}"; nothing was changed. In scripts: mooring connection destroy ${name} --confirm ${name}`,
      );
      return EXIT.failed;
    }
    await mooring.destroy(name);
    context.print(`Connection "${name}" is destroyed: no schedule, no grant, no binding. Its rows and its audit stay.`);
    context.print(`To delete the rows: mooring prune ${name}. To go on with them: mooring connection adopt ${name}`);
    return EXIT.clean;
  });
}

/** Asks PostgreSQL only: the workflow comes with the next apply. */
async function adoptRows(name: string, context: CliContext): Promise<number> {
  const pool = await openPool({ databaseUrl: await resolveDatabaseUrl(context) });
  try {
    const { orgId, orgName } = await adopt(pool, name, accountName());
    context.print(
      `Connection "${name}" is back with its rows: revoked, and bound to ${orgName ?? 'org'} (${orgId ?? ''}); no other org can authorize it.`,
    );
    context.print(`Next: mooring apply DIR, then mooring authorize ${name}`);
    return EXIT.clean;
  } finally {
    await pool.end();
  }
}

export const addConnection: AddCommand = (program, context) => {
  const connection = program
    .command('connection')
    .description('End a connection for good, or go on with the rows of one that was ended.');
  connection
    .command('destroy')
    .description('Delete schedules and grant, and end the binding. Refused while runs are active; rows stay.')
    .argument('<name>', 'the connection')
    .option('--confirm <name>', 'the name once more, for scripts; asked for when absent')
    .addHelpText(
      'after',
      '\nExamples:\n  $ mooring connection destroy acme\n  $ mooring connection destroy acme --confirm acme',
    )
    .action(async (name: string, { confirm }: { confirm?: string }) =>
      context.exit(await destroy(name, confirm, context)),
    );
  connection
    .command('adopt')
    .description('Bring a destroyed connection back, to go on with its rows. Only its own org can authorize it.')
    .argument('<name>', 'the destroyed connection')
    .addHelpText('after', '\nExamples:\n  $ mooring connection adopt acme')
    .action(async (name: string) => context.exit(await adoptRows(name, context)));
  connection.addHelpText(
    'after',
    '\nExamples:\n  $ mooring connection destroy acme\n  $ mooring connection adopt acme',
  );
};
