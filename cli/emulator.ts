import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { redirectUriOf, widgetUrlOf } from '../server/redirect-uri.ts';
import { EXIT, type AddCommand } from './context.ts';
import { APP, DEMO_SIZE, startDemoOrg } from './demo-org.ts';
import { parsePort } from './server.ts';
import { DEFAULT_PORT } from './settings.ts';
import { drawTable } from './tables.ts';

const LOCAL_SERVER = `http://127.0.0.1:${DEFAULT_PORT}`;

const parseCount = (text: string): number => {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new InvalidArgumentError('A count is a whole number, as 5000.');
};

export const addEmulator: AddCommand = (program, context) => {
  program
    .command('emulator')
    .description('Run a Salesforce org on this machine: login, OAuth, REST, SOQL and Bulk API 2.0 over generated rows.')
    .option('--org <name>', 'name of the org', 'acme')
    .option('--accounts <count>', 'accounts to generate', parseCount, DEMO_SIZE.accounts)
    .option('--contacts <count>', 'contacts to generate', parseCount, DEMO_SIZE.contacts)
    .option('--port <port>', 'where to listen; a free port when absent', parsePort)
    .option('--redirect-uri <uri...>', 'addresses that the app may return to', [redirectUriOf(LOCAL_SERVER)])
    .option(
      '--canvas-url <url>',
      'page that Account pages show; the widget of the connection ORG on this machine when absent',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ mooring emulator\n  $ mooring emulator --org big --accounts 1000000 --contacts 0',
    )
    .action(
      async ({
        org: name,
        accounts,
        contacts,
        port,
        redirectUri,
        canvasUrl = widgetUrlOf(LOCAL_SERVER, name),
      }: {
        org: string;
        accounts: number;
        contacts: number;
        port?: number;
        redirectUri: string[];
        canvasUrl?: string;
      }) => {
        const dataDir = await mkdtemp(join(tmpdir(), 'mooring-emulator-'));
        try {
          context.print(`Generating ${accounts} accounts and ${contacts} contacts…`);
          const org = await startDemoOrg({
            name,
            sizes: { ...DEMO_SIZE, accounts, contacts },
            dataDir,
            redirectUris: redirectUri,
            canvasUrl,
            ...(port === undefined ? {} : { port }),
          });
          const [emulated] = org.emulator.orgs;
          context.print(`Org "${name}" (${emulated?.id ?? ''}) at ${org.emulator.url}`);
          context.print(`In a browser: ${org.emulator.homeUrl}`);
          context.print(
            drawTable(
              ['org', 'username', 'password'],
              org.emulator.orgs.flatMap((one) => one.users.map((user) => [one.name, user.username, user.password])),
            ),
          );
          context.print(
            `App: client id "${APP.clientId}", client secret "${APP.clientSecret}", returns to ${redirectUri.join(', ')}`,
          );
          context.print(`Account pages show: ${canvasUrl}`);
          context.print(
            `Its rows: schema "${emulated?.schema ?? ''}" of ${org.databaseUrl}\nCtrl-C stops it; its rows are gone then.`,
          );
          try {
            const death = await Promise.race([context.interrupted, org.died]);
            if (death instanceof Error) throw death;
          } finally {
            await org.stop();
          }
          context.exit(EXIT.clean);
        } finally {
          await rm(dataDir, { recursive: true, force: true });
        }
      },
    );
};
