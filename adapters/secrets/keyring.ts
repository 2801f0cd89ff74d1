import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { MooringError } from '../../domain/errors.ts';

const NONCE_BYTES = 12; // what GCM is specified for; random, since one key seals far fewer than 2^32 values
const TAG_BYTES = 16;
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

/** A key without a written id is named by a fingerprint, so that it keeps its name when it moves behind a newer one. */
const fingerprint = (key: Buffer): string =>
  createHash('sha256').update('mooring key id').update(key).digest('hex').slice(0, 8);

function parseKey(entry: string): { readonly id: string; readonly key: Buffer } {
  const [, id, encoded = ''] = /^(?:([a-z0-9-]{1,32}):)?([A-Za-z0-9+/_-]{43}=?)$/.exec(entry.trim()) ?? [];
  const key = Buffer.from(encoded, 'base64');
  if (key.length !== 32) {
    throw new MooringError(
      'KEY_WRONG',
      'MOORING_KEY holds an entry that is not a key: expected 32 bytes in base64, or "id:" and such a key; several separated by commas. Make one with: openssl rand -base64 32',
    );
  }
  return { id: id ?? fingerprint(key), key };
}

/**
 * Returns a key ring from the text of `MOORING_KEY`: AES-256-GCM keys, the first one current, the others for reading only.
 *
 * @param text - `BASE64` or `id:BASE64`, comma-separated; ids are 1 to 32 of `a-z0-9-`
 * @throws KEY_MISSING when empty or absent, KEY_WRONG when an entry is not a key or an id stands twice
 */
export function createKeyring(text: string | undefined): Keyring {
  const keys = (text ?? '')
    .split(',')
    .filter((entry) => entry.trim() !== '')
    .map(parseKey);
  const [current] = keys;
  if (current === undefined) {
    throw new MooringError(
      'KEY_MISSING',
      'MOORING_KEY is not set, so secrets can neither be stored nor read. Set it to 32 random bytes in base64: openssl rand -base64 32',
    );
  }
  const byId = new Map(keys.map(({ id, key }) => [id, key]));
  if (byId.size !== keys.length)
    throw new MooringError('KEY_WRONG', 'MOORING_KEY names the same key twice. Keep one of the two.');

  return {
    currentKeyId: current.id,
    keyIds: [...byId.keys()],
    keyIdOf: (sealed) => SEALED.exec(sealed)?.[1],
    seal(plaintext, context) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', current.key, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(associatedData(current.id, context));
      const bytes = Buffer.concat([nonce, cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `v1.${current.id}.${bytes.toString('base64url')}`;
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
      const bytes = Buffer.from(encoded, 'base64url');
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), {
          authTagLength: TAG_BYTES,
        });
        decipher.setAAD(associatedData(keyId, context));
        decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
        return decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
      } catch {
        throw new MooringError(
          'KEY_WRONG',
          `The key "${keyId}" in MOORING_KEY does not open a secret that was encrypted under that name. ${ADVICE}`,
        );
      }
    },
  };
}
