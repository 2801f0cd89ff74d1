import type { Payload, PayloadCodec } from '@temporalio/common';
import { MooringError } from '../../domain/errors.ts';
import { decrypt, encrypt } from '../secrets/aes-gcm.ts';
import type { Key } from '../secrets/parse-keys.ts';
import type { CodecKeys } from './codec-keys.ts';

/** Metadata of an encrypted payload: named as in Temporal's own samples, so that its tools show what it is. */
const ENCODING = 'encoding';
const ENCRYPTED = Buffer.from('binary/encrypted');
const KEY_ID = 'encryption-key-id';

/** Bytes of the number that says how long the metadata is. */
const LENGTH_BYTES = 4;

/** Bound to the ciphertext: what was sealed for something else does not open as a payload. */
const associatedData = (keyId: string): Buffer => Buffer.from(JSON.stringify(['mooring', 'payload', 'v1', keyId]));

/** The whole payload as bytes, its metadata included: that alone would tell what kind of value it is. */
function pack({ metadata, data }: Payload): Buffer {
  const entries = Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')]);
  const head = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(head.length);
  // What a workflow returns when it returns nothing comes out of the sandbox with an empty array for its bytes.
  return Buffer.concat([length, head, Buffer.from(data ?? [])]);
}

function unpack(bytes: Buffer): Payload {
  const end = LENGTH_BYTES + bytes.readUInt32BE();
  const head = JSON.parse(bytes.toString('utf8', LENGTH_BYTES, end)) as Record<string, string>;
  const entries = Object.entries(head).map(([name, value]) => [name, Buffer.from(value, 'base64')] as const);
  return { metadata: Object.fromEntries(entries), data: bytes.subarray(end) };
}

const isEncrypted = ({ metadata }: Payload): boolean => ENCRYPTED.equals(metadata?.[ENCODING] ?? Buffer.alloc(0));

function encryptPayload(payload: Payload, { id, bytes }: Key): Payload {
  // A payload that is read and sent on unread must not be wrapped twice.
  if (isEncrypted(payload)) return payload;
  return {
    metadata: { [ENCODING]: ENCRYPTED, [KEY_ID]: Buffer.from(id) },
    data: encrypt(bytes, pack(payload), associatedData(id)),
  };
}

/** Payloads from before the codec was switched on pass as they are. */
function decryptPayload(payload: Payload, keys: readonly Key[]): Payload {
  if (!isEncrypted(payload)) return payload;
  const id = Buffer.from(payload.metadata?.[KEY_ID] ?? []).toString('utf8');
  const key = keys.find((candidate) => candidate.id === id);
  if (key === undefined) throw keyNotThere(id.slice(0, 32), keys);
  const opened = decrypt(key.bytes, payload.data ?? Buffer.alloc(0), associatedData(id));
  if (opened !== undefined) return unpack(opened);
  throw new MooringError(
    'KEY_WRONG',
    `The key "${id}" in MOORING_CODEC_KEY does not open a payload that was encrypted under that name. Set it to the key that was in use then.`,
  );
}

const keyNotThere = (id: string, keys: readonly Key[]): MooringError =>
  keys.length === 0
    ? new MooringError(
        'KEY_MISSING',
        `Payloads are encrypted under the key "${id}", and MOORING_CODEC_KEY is not set. Set it as the workers have it.`,
      )
    : new MooringError(
        'KEY_WRONG',
        `MOORING_CODEC_KEY does not hold the key "${id}", under which a payload is encrypted. Add that key behind the current one, after a comma.`,
      );

/**
 * Returns a codec that encrypts every payload with AES-256-GCM under the current key and decrypts under any. Without a current key it
 * encrypts nothing; without any it says what is missing when it meets an encrypted payload.
 *
 * Search attributes, headers, and the names of workflows, activities and failures are no payloads: they stay readable.
 */
export const createPayloadCodec = ({ current, all }: CodecKeys): PayloadCodec => {
  const encode = (payload: Payload): Payload => (current === undefined ? payload : encryptPayload(payload, current));
  return {
    encode: (payloads) => Promise.resolve(payloads.map(encode)),
    // Inside, so that what it throws becomes a rejection.
    decode: (payloads) => new Promise((resolve) => resolve(payloads.map((payload) => decryptPayload(payload, all)))),
  };
};
