import { MooringError } from '../../domain/errors.ts';
import type { Keyring } from '../secrets/keyring.ts';
import { inTransaction, type Pool } from './pool.ts';

const KNOWN_VALUE = 'Mooring opens its secrets with this key.';
const context = { connectionId: 'none', purpose: 'key_check' };

interface KeyCheckOptions {
  /** Passes over keys that are not in the ring: the caller has seen that nothing is encrypted under them. */
  readonly mayLack?: boolean;
}

/**
 * Resolves when every key that protects something in this database is in the ring and opens what it sealed; remembers a current
 * key that is new. Called at the start of every process that reads secrets, so that a wrong key stops it there.
 *
 * @throws KEY_WRONG naming the key id
 */
export async function assertKeyMatches(
  pool: Pool,
  keyring: Keyring,
  { mayLack = false }: KeyCheckOptions = {},
): Promise<void> {
  await inTransaction(pool, async (client) => {
    // Two processes that start on an empty database with different keys must not both be right.
    await client.query('LOCK TABLE mooring.key_check IN SHARE ROW EXCLUSIVE MODE');
    const { rows } = await client.query<{ key_id: string; sealed: string }>(
      'SELECT key_id, sealed FROM mooring.key_check',
    );
    for (const { key_id: keyId, sealed } of rows) {
      if (!keyring.keyIds.includes(keyId)) {
        if (mayLack) continue;
        throw new MooringError(
          'KEY_WRONG',
          `MOORING_KEY does not hold the key "${keyId}", under which this database's secrets may be encrypted. Set it to the key that was in use before, or add that key behind the new one, after a comma. A key that was set once and has encrypted nothing is struck off by: mooring key rotate`,
        );
      }
      keyring.open(sealed, context);
    }
    await client.query('INSERT INTO mooring.key_check (key_id, sealed) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      keyring.currentKeyId,
      keyring.seal(KNOWN_VALUE, context),
    ]);
  });
}
