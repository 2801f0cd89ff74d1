import { InvalidArgumentError } from 'commander';
import { assertKeyMatches } from '../adapters/postgres/key-check.ts';
import { createKeyring } from '../adapters/secrets/keyring.ts';
import { createLogger } from '../server/create-logger.ts';
import { EXIT, type AddCommand } from './context.ts';
import { DEFAULT_PORT } from './settings.ts';
import { startServer } from './start-server.ts';
import { withSystem } from './system.ts';
import { readUiOrigins } from './ui-origins.ts';

/** A port given on the command line. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new InvalidArgumentError('A port is a whole number from 1 to 65535.');
}

export const addServer: AddCommand = (program, context) => {
  program
    .command('server')
    .description('Run the HTTP server: authorization links, the OAuth callback, health.')
    .option('--port <port>', 'where to listen', parsePort, DEFAULT_PORT)
    .option('--host <host>', 'address to listen on; loopback unless you say otherwise', '127.0.0.1')
    .addHelpText(
      'after',
      "\nMOORING_URL is where browsers reach it, as registered in the Salesforce app (https://…/oauth/callback).\nMOORING_CODEC_KEY and MOORING_UI_ORIGIN let Temporal's Web UI read encrypted payloads here.\n\nExamples:\n  $ MOORING_URL=https://mooring.example.com mooring server --host 0.0.0.0",
    )
    .action(async ({ port, host }: { port: number; host: string }) =>
      withSystem(context, async (system) => {
        const keyring = createKeyring(system.settings.key);
        await assertKeyMatches(system.pool, keyring);
        const configured = context.env['MOORING_URL'];
        const { codecKey } = system.settings;
        const uiOrigins = readUiOrigins(context.env['MOORING_UI_ORIGIN']);
        const server = await startServer({
          ...system,
          keyring,
          logger: createLogger(),
          port,
          host,
          ...(codecKey === undefined ? {} : { codec: { key: codecKey, uiOrigins } }),
          ...(configured === undefined ? {} : { baseUrl: configured.replace(/\/+$/, '') }),
        });
        context.print(
          `The server listens on http://${host}:${port}; its callback is ${server.baseUrl}/oauth/callback.`,
        );
        await context.interrupted;
        await server.stop();
        context.exit(EXIT.clean);
      }),
    );
};
