import { parseKeys, type Key } from '../secrets/parse-keys.ts';

/** What `MOORING_CODEC_KEY` says. */
export interface CodecKeys {
  /** Encrypts; absent while the codec is off. */
  readonly current: Key | undefined;
  /** Decrypt, the current one included. */
  readonly all: readonly Key[];
}

/** In the place of the first key: nothing new is encrypted, and what was encrypted can still be read. */
const OFF = 'off';

/**
 * Reads keys in the form of `MOORING_KEY`; `off` may stand in front.
 *
 * @throws KEY_WRONG when an entry is not a key or an id stands twice
 */
export function readCodecKeys(text: string | undefined): CodecKeys {
  const [head = '', ...rest] = (text ?? '').split(',');
  const isOff = head.trim() === OFF;
  const all = parseKeys(isOff ? rest.join(',') : text, 'MOORING_CODEC_KEY');
  return { current: isOff ? undefined : all[0], all };
}
