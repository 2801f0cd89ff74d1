import { createInterface } from 'node:readline/promises';
import { createConnections } from '../adapters/postgres/connections.ts';
import { EXIT, type AddCommand, type CliContext } from './context.ts';
import { withSystem } from './system.ts';

async function typedName(name: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await terminal.question(`This ends connection "${name}" for good. Its rows stay. Type its name to go on: `);
  } finally {
    terminal.close();
  }
}

async function destroy(name: string, confirmed: string | undefined, context: CliContext): Promise<number> {
  return withSystem(context, async ({ pool, mooring }) => {
    await createConnections(pool).findOrThrow(name);
    if ((confirmed ?? (await typedName(name))) !== name) {
      context.warn(`That is not "${name}"; nothing was changed.`);
      return EXIT.failed;
    }
    await mooring.destroy(name);
    context.print(`Connection "${name}" is destroyed: no schedule, no grant, no binding. Its rows and its audit stay.`);
    return EXIT.clean;
  });
}

export const addConnection: AddCommand = (program, context) => {
  const connection = program.command('connection').description('End a connection for good.');
  connection
    .command('destroy')
    .description(
      'Delete schedules and grant, end the binding and free the name. Refused while runs are active; rows stay.',
    )
    .argument('<name>', 'the connection')
    .option('--confirm <name>', 'the name once more, for scripts; asked for when absent')
    .addHelpText(
      'after',
      '\nExamples:\n  $ mooring connection destroy acme\n  $ mooring connection destroy acme --confirm acme',
    )
    .action(async (name: string, { confirm }: { confirm?: string }) =>
      context.exit(await destroy(name, confirm, context)),
    );
  connection.addHelpText('after', '\nExamples:\n  $ mooring connection destroy acme');
};
