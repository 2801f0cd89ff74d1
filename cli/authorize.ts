import { setTimeout as delay } from 'node:timers/promises';
import open from 'open';
import { createAttempts } from '../adapters/postgres/attempts.ts';
import { createConnections } from '../adapters/postgres/connections.ts';
import { readLastAttempts, type LastAttempt } from '../adapters/postgres/last-attempt.ts';
import { createKeyring } from '../adapters/secrets/keyring.ts';
import { ATTEMPT_LIFETIME_MS } from '../domain/consent.ts';
import { authorizeUrlOf } from '../server/redirect-uri.ts';
import { EXIT, type AddCommand, type CliContext } from './context.ts';
import { withSystem, type System } from './system.ts';

const LOOK_MS = 1_000;

/** Returns a single-use link that starts an authorization in a browser. */
export async function createLink({ pool, settings }: Pick<System, 'pool' | 'settings'>, name: string): Promise<string> {
  const { ticket } = await createAttempts({ pool, keyring: createKeyring(settings.key) }).createTicket(name, 'cli');
  return authorizeUrlOf(settings.baseUrl, name, ticket);
}

const lastAttempt = async ({ pool }: Pick<System, 'pool'>, connectionId: string): Promise<LastAttempt | undefined> =>
  (await readLastAttempts(pool, connectionId)).get(connectionId);

async function authorize(
  name: string,
  { browser, follow }: { browser: boolean; follow: boolean },
  context: CliContext,
): Promise<number> {
  return withSystem(context, async (system) => {
    const { connectionId } = await createConnections(system.pool).findOrThrow(name);
    // Nobody should consent, and then wait for an exchange that no worker makes.
    if (follow) await system.mooring.status(name);
    const before = await lastAttempt(system, connectionId);
    const url = await createLink(system, name);
    context.print(
      `Open this link within 15 minutes, in the browser of the person who authorizes. It works once:\n\n  ${url}\n`,
    );
    if (browser) await open(url).catch(() => undefined);
    if (!follow) return EXIT.clean;
    context.print('Waiting for the authorization (Ctrl-C to stop waiting)…');
    for (const deadline = Date.now() + ATTEMPT_LIFETIME_MS; Date.now() < deadline;) {
      const stopped = await Promise.race([delay(LOOK_MS, false), context.interrupted.then(() => true)]);
      if (stopped) return EXIT.failed;
      const attempt = await lastAttempt(system, connectionId);
      if (attempt?.attemptId === before?.attemptId || !attempt?.outcome) continue;
      const { outcome, message } = attempt.outcome;
      if (outcome === 'authorized') context.print(message);
      else context.warn(message);
      return outcome === 'authorized' ? EXIT.clean : EXIT.failed;
    }
    context.warn('Nobody authorized within 15 minutes; the link has expired. Ask for a new one.');
    return EXIT.failed;
  });
}

export const addAuthorize: AddCommand = (program, context) => {
  program
    .command('authorize')
    .description('Print a link that authorizes a connection at Salesforce, and follow what comes of it.')
    .argument('<name>', 'the connection')
    .option('--no-browser', 'do not open the link in a browser')
    .option('--no-follow', 'print the link and end')
    .addHelpText(
      'after',
      '\nExamples:\n  $ mooring authorize acme\n  $ mooring authorize acme --no-browser --no-follow   # send the link to a colleague',
    )
    .action(async (name: string, options: { browser: boolean; follow: boolean }) =>
      context.exit(await authorize(name, { ...options, browser: options.browser && context.isTerminal }, context)),
    );
};
