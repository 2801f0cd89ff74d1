import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { parseKeys } from '../secrets/parse-keys.ts';
import { createPayloadCodec } from './payload-codec.ts';

const failureConverterPath = fileURLToPath(new URL('./failure-converter.cjs', import.meta.url));

/**
 * Returns how payloads and failures are written to Temporal: encrypted when there is a key, else as they are.
 * Clients, workers and the bundle of the workflows must be given the same.
 *
 * @param codecKey - text of `MOORING_CODEC_KEY`, in the form of `MOORING_KEY`
 * @throws KEY_WRONG when it holds something that is not a key
 */
export function createDataConverter(codecKey: string | undefined): DataConverter {
  const keys = parseKeys(codecKey, 'MOORING_CODEC_KEY');
  const payloadCodecs = [createPayloadCodec(keys)];
  return keys.length === 0 ? { payloadCodecs } : { payloadCodecs, failureConverterPath };
}
