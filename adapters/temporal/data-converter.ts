import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { readCodecKeys } from './codec-keys.ts';
import { createPayloadCodec } from './payload-codec.ts';

/** How payloads and failures are written to Temporal. Clients, workers and the bundle of the workflows must be given the same. */
export interface EncryptingDataConverter extends DataConverter {
  /** Under which key; absent while nothing is encrypted. */
  readonly codecKeyId?: string;
}

const failureConverterPath = fileURLToPath(new URL('./failure-converter.cjs', import.meta.url));

/**
 * Returns a converter that encrypts when there is a key, and decrypts what was encrypted before.
 *
 * @param codecKey - text of `MOORING_CODEC_KEY`
 * @throws KEY_WRONG when it holds something that is not a key
 */
export function createDataConverter(codecKey: string | undefined): EncryptingDataConverter {
  const keys = readCodecKeys(codecKey);
  const payloadCodecs = [createPayloadCodec(keys)];
  return keys.current === undefined
    ? { payloadCodecs }
    : { payloadCodecs, failureConverterPath, codecKeyId: keys.current.id };
}
