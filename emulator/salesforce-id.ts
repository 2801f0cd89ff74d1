/** Record ids: 3 characters of key prefix, 2 of instance, `0`, a 9-digit base-62 counter, and 3 of checksum. */

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const CHECKSUM = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';

function checksumCharacter(five: string): string {
  let index = 0;
  for (let bit = 0; bit < 5; bit += 1) {
    if (/[A-Z]/.test(five.charAt(bit))) index += 1 << bit;
  }
  return CHECKSUM.charAt(index);
}

/** Returns the 18-character form of a 15-character id; the suffix makes it safe where case is lost. */
export function toId18(id15: string): string {
  return (
    id15 +
    checksumCharacter(id15.slice(0, 5)) +
    checksumCharacter(id15.slice(5, 10)) +
    checksumCharacter(id15.slice(10))
  );
}

/** Returns the 18-character id, or `undefined` when the text is no id of 15 or 18 characters. */
export function normalizeId(text: string): string | undefined {
  if (!/^[0-9A-Za-z]{15}$|^[0-9A-Za-z]{18}$/.test(text)) return undefined;
  return toId18(text.slice(0, 15));
}

function base62(value: number, width: number): string {
  let rest = value;
  let text = '';
  for (let place = 0; place < width; place += 1) {
    text = DIGITS.charAt(rest % 62) + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}

/** Returns the id of the `counter`-th record of an object in an instance. */
export const recordId = (keyPrefix: string, instance: string, counter: number): string =>
  toId18(`${keyPrefix}${instance}0${base62(counter, 9)}`);

/** Returns an opaque id for things outside the storage (jobs, cursors): same shape, counter given by the caller. */
export const opaqueId = (keyPrefix: string, counter: number): string => recordId(keyPrefix, 'Em', counter);

/**
 * Returns the SQL expression for {@link recordId} of a counter column or expression.
 *
 * Plain operators instead of a function call, so that a million rows take seconds. The counter must be a `bigint` below 62^5
 * (some 916 million), hence only the last five digits and the last checksum character vary.
 */
export function recordIdSql(keyPrefix: string, instance: string, counter: string): string {
  const head = `${keyPrefix}${instance}00000`;
  const digit = (power: number): string => `((${counter}) / ${62 ** power} % 62)::int`;
  const powers = [4, 3, 2, 1, 0];
  const tail = powers.map((power) => `substr('${DIGITS}', ${digit(power)} + 1, 1)`).join(' || ');
  const bits = powers.map((power, bit) => `(CASE WHEN ${digit(power)} BETWEEN 10 AND 35 THEN ${1 << bit} ELSE 0 END)`);
  const fixed = checksumCharacter(head.slice(0, 5)) + checksumCharacter(head.slice(5, 10));
  return `('${head}' || ${tail} || '${fixed}' || substr('${CHECKSUM}', 1 + ${bits.join(' + ')}, 1))`;
}
