import { MooringError } from '../../domain/errors.ts';
import { decrypt, encrypt } from './aes-gcm.ts';
import { parseKeys } from './parse-keys.ts';

const SEALED = /^v1\.([a-z0-9-]{1,32})\.([A-Za-z0-9_-]+)$/;

/** What a sealed value belongs to. A ciphertext copied to another row or column does not open there. */
interface SealContext {
  readonly connectionId: string;
  /** Column and, where a row can have siblings, the row: `refresh_token`, `code/<attempt id>`. */
  readonly purpose: string;
}

/** Encrypts with the current key, decrypts with any key it holds. */
export interface Keyring {
  readonly currentKeyId: string;
  /** Current key first. */
  readonly keyIds: readonly string[];
  /** Returns `v1.<key id>.<base64url of nonce, ciphertext, tag>`. */
  seal(plaintext: string, context: SealContext): string;
  /** @throws KEY_WRONG when the key is missing or does not fit */
  open(sealed: string, context: SealContext): string;
  /** Returns the id of the key that a value was sealed under. */
  keyIdOf(sealed: string): string | undefined;
}

const ADVICE = 'Set MOORING_KEY to the key that was in use before, or add that key behind the new one, after a comma.';

/** Bound to the ciphertext: each part is length-prefixed by JSON, so that no two contexts read alike. */
const associatedData = (keyId: string, { connectionId, purpose }: SealContext): Buffer =>
  Buffer.from(JSON.stringify(['mooring', 'v1', keyId, connectionId, purpose]));

/**
 * Returns a key ring from the text of `MOORING_KEY`: AES-256-GCM keys, the first one current, the others for reading only.
 *
 * @param text - `BASE64` or `id:BASE64`, comma-separated; ids are 1 to 32 of `a-z0-9-`
 * @throws KEY_MISSING when empty or absent, KEY_WRONG when an entry is not a key or an id stands twice
 */
export function createKeyring(text: string | undefined): Keyring {
  const keys = parseKeys(text, 'MOORING_KEY');
  const [current] = keys;
  if (current === undefined) {
    throw new MooringError(
      'KEY_MISSING',
      'MOORING_KEY is not set, so secrets can neither be stored nor read. Set it to 32 random bytes in base64: openssl rand -base64 32',
    );
  }
  const byId = new Map(keys.map(({ id, bytes }) => [id, bytes]));

  return {
    currentKeyId: current.id,
    keyIds: [...byId.keys()],
    keyIdOf: (sealed) => SEALED.exec(sealed)?.[1],
    seal(plaintext, context) {
      const sealed = encrypt(current.bytes, Buffer.from(plaintext), associatedData(current.id, context));
      return `v1.${current.id}.${sealed.toString('base64url')}`;
    },
    open(sealed, context) {
      const [, keyId = '', encoded = ''] = SEALED.exec(sealed) ?? [];
      const key = byId.get(keyId);
      if (key === undefined) {
        throw new MooringError(
          'KEY_WRONG',
          `MOORING_KEY does not hold the key "${keyId}", under which a secret was encrypted. ${ADVICE}`,
        );
      }
      const opened = decrypt(key, Buffer.from(encoded, 'base64url'), associatedData(keyId, context));
      if (opened !== undefined) return opened.toString('utf8');
      throw new MooringError(
        'KEY_WRONG',
        `The key "${keyId}" in MOORING_KEY does not open a secret that was encrypted under that name. ${ADVICE}`,
      );
    },
  };
}
