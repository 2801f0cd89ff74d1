import { EXIT, type AddCommand } from './context.ts';
import { parsePort } from './server.ts';
import { startSystem } from './start-system.ts';

export const addDev: AddCommand = (program, context) => {
  program
    .command('dev')
    .description(
      'Run everything on this machine: PostgreSQL, Temporal with its Web UI, a worker and the HTTP server. Data is kept in .mooring/.',
    )
    .option('--port <port>', 'port of the HTTP server', parsePort)
    .option('--ui-port <port>', "port of Temporal's Web UI", parsePort)
    .addHelpText(
      'after',
      '\nDATABASE_URL and TEMPORAL_ADDRESS use a database and a Temporal server of yours instead.\n\nExamples:\n  $ mooring dev',
    )
    .action(async (options: { port?: number; uiPort?: number }) => {
      const system = await startSystem(context, { keep: true, ...options });
      try {
        for (const [what, url] of [
          ['HTTP server', system.settings.baseUrl],
          [
            'Temporal Web UI',
            system.uiUrl ?? `see the server at ${system.settings.temporal.connectionOptions.address ?? ''}`,
          ],
          ['Temporal CLI', system.temporalCli ?? ''],
          ['PostgreSQL', system.settings.databaseUrl],
          ['Log', system.logFile],
        ] as const) {
          if (url !== '') context.print(`${what.padEnd(16)}${url}`);
        }
        context.print('\nNext: mooring apply DIR   (in another terminal; Ctrl-C here stops everything)');
        const death = await Promise.race([context.interrupted, system.died]);
        if (death instanceof Error) throw death;
        context.exit(EXIT.clean);
      } finally {
        await system.stop();
      }
    });
};
