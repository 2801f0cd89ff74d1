import { createKeyring } from '../adapters/secrets/keyring.ts';
import { assertKeyMatches } from '../adapters/postgres/key-check.ts';
import { createLogger } from '../server/create-logger.ts';
import { EXIT, type AddCommand } from './context.ts';
import { startWorker } from './start-worker.ts';
import { withSystem } from './system.ts';

export const addWorker: AddCommand = (program, context) => {
  program
    .command('worker')
    .description(
      'Run a worker: it executes workflows and moves the rows. Start as many as you like, on as many machines.',
    )
    .addHelpText(
      'after',
      "\nReads DATABASE_URL, MOORING_KEY, MOORING_CODEC_KEY and TEMPORAL_ADDRESS (or a profile of Temporal's configuration file).\n\nExamples:\n  $ mooring worker",
    )
    .action(async () =>
      withSystem(context, async (system) => {
        const keyring = createKeyring(system.settings.key);
        await assertKeyMatches(system.pool, keyring);
        const worker = await startWorker({ ...system, keyring, logger: createLogger() });
        context.print('The worker is polling. Ctrl-C lets running pages end and stops it.');
        await Promise.race([context.interrupted, worker.ended]);
        await worker.stop();
        context.exit(EXIT.clean);
      }),
    );
};
