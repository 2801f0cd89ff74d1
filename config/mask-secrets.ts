const MASK = '********';

/** Keys whose literal value must not be shown, however they are spelt: `clientSecret`, `client_secret`, `password`, `refreshToken`. */
const SECRET_KEY = /secret|passw|token|client[-_]?id/i;

export const isSecretKey = (key: string): boolean => SECRET_KEY.test(key);

/** `key: value` and `{ key: value, …`, where the value is not the start of a mapping. */
const PAIR =
  /([\w-]*(?:secret|passw|token|client[-_]?id)[\w-]*["']?\s*[:=]\s*)(?![{\s#])("(?:[^"\\]|\\.)*"?|'[^']*'?|[^,}\n]+)/gi;
/** Names of variables are no secrets, but what was pasted in the place of a name may be one. */
const REFERENCE =
  /((?:secret|passw|token|client[-_]?id)[\w-]*["']?\s*:\s*\{\s*["']?env["']?\s*:\s*)(?!["']?[A-Z][A-Z0-9_]{0,60}["']?\s*\})([^}\n]+)/gi;

/**
 * Returns a line of a configuration file fit to be shown in a terminal or in a log of CI.
 *
 * A literal secret is an error that is reported with its line, and the report must not spread it. Works on text, since the line may
 * come from a file that cannot be parsed.
 */
export const maskSecrets = (line: string): string => line.replace(PAIR, `$1${MASK}`).replace(REFERENCE, `$1${MASK}`);

/** Blanks out whole ranges of a text, keeping line breaks, so that positions stay what they are. */
export function maskRanges(text: string, ranges: readonly (readonly [start: number, end: number])[]): string {
  let masked = text;
  for (const [start, end] of ranges) {
    masked = masked.slice(0, start) + masked.slice(start, end).replaceAll(/[^\r\n]/g, '*') + masked.slice(end);
  }
  return masked;
}
