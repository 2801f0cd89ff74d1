import { createHash } from 'node:crypto';
import { MooringError } from '../../domain/errors.ts';

/** One AES-256 key. */
export interface Key {
  /** 1 to 32 of `a-z0-9-`. */
  readonly id: string;
  /** 32 bytes. */
  readonly bytes: Buffer;
}

/** A key without a written id is named by a fingerprint, so that it keeps its name when it moves behind a newer one. */
const fingerprint = (key: Buffer): string =>
  createHash('sha256').update('mooring key id').update(key).digest('hex').slice(0, 8);

function parseKey(entry: string, variable: string): Key {
  const [, id, encoded = ''] = /^(?:([a-z0-9-]{1,32}):)?([A-Za-z0-9+/_-]{43}=?)$/.exec(entry.trim()) ?? [];
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length !== 32) {
    throw new MooringError(
      'KEY_WRONG',
      `${variable} holds an entry that is not a key: expected 32 bytes in base64, or "id:" and such a key; several separated by commas. Make one with: openssl rand -base64 32`,
    );
  }
  return { id: id ?? fingerprint(bytes), bytes };
}

/**
 * Returns the keys of an environment variable, in its order; none when it is empty or absent.
 *
 * @param text - `BASE64` or `id:BASE64`, comma-separated
 * @param variable - its name, for messages
 * @throws KEY_WRONG when an entry is not a key or an id stands twice
 */
export function parseKeys(text: string | undefined, variable: string): readonly Key[] {
  const entries = (text ?? '').split(',').filter((entry) => entry.trim() !== '');
  const keys = entries.map((entry) => parseKey(entry, variable));
  if (new Set(keys.map(({ id }) => id)).size === keys.length) return keys;
  throw new MooringError('KEY_WRONG', `${variable} names the same key twice. Keep one of the two.`);
}
