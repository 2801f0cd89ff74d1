import { rotateKeys } from '../adapters/postgres/rotate-keys.ts';
import { createKeyring } from '../adapters/secrets/keyring.ts';
import { accountName } from './account-name.ts';
import { EXIT, type AddCommand, type CliContext } from './context.ts';
import { resolveDatabaseUrl, resolveKey } from './settings.ts';
import { openPool } from './system.ts';

async function rotate(context: CliContext): Promise<number> {
  const keyring = createKeyring(await resolveKey(context));
  const pool = await openPool({ databaseUrl: await resolveDatabaseUrl(context) });
  const interruption = new AbortController();
  void context.interrupted.then(() => interruption.abort());
  try {
    const rotation = await rotateKeys({ pool, keyring, actor: accountName(), signal: interruption.signal });
    for (const [table, count] of Object.entries(rotation.rows))
      context.print(`mooring.${table}: ${count} re-encrypted`);
    for (const row of rotation.unreadable) context.warn(`${row}: its key does not open it; it was left as it is`);
    if (!rotation.finished) {
      context.warn('Interrupted. What was re-encrypted stays so; run the command again to go on.');
      return EXIT.failed;
    }
    if (rotation.unreadable.length > 0) {
      context.warn('Some values cannot be read, so their keys stay in use. Authorize those connections again.');
      return EXIT.failed;
    }
    const retired = rotation.retired.map((id) => `"${id}"`).join(', ');
    context.print(
      retired === ''
        ? `Everything is encrypted under the key "${keyring.currentKeyId}".`
        : `Everything is encrypted under the key "${keyring.currentKeyId}". Once every worker and server runs with it as its first key, take ${retired} out of MOORING_KEY.`,
    );
    return EXIT.clean;
  } finally {
    await pool.end();
  }
}

export const addKey: AddCommand = (program, context) => {
  program
    .command('key')
    .description('Look after the keys that protect secrets.')
    .command('rotate')
    .description('Re-encrypt every secret under the first key of MOORING_KEY. Safe to repeat and to interrupt.')
    .addHelpText(
      'after',
      '\nFirst restart every worker and server with the new key in front: what they store from then on is under it.\n\nExamples:\n  $ MOORING_KEY="$NEW,$OLD" mooring key rotate',
    )
    .action(async () => context.exit(await rotate(context)));
};
