/** Keys whose literal value must not be shown, however they are spelt: `clientSecret`, `client_secret`, `password`, `refreshToken`. */
const SECRET_KEY = /secret|passw|token|client[-_]?id/i;

export const isSecretKey = (key: string): boolean => SECRET_KEY.test(key);

/** What looks like the name of a variable is shown; anything else in its place may be a secret that was pasted there. */
export const isVariableName = (text: string): boolean => /^[A-Z][A-Z0-9_]{0,60}$/.test(text);

const KEY = `[\\w-]*(?:secret|passw|token|client[-_]?id)[\\w-]*["']?\\s*[:=]\\s*`;
/** `key: value`, up to the end of the line or of the flow mapping around it. */
const LITERAL = new RegExp(`(?<=${KEY})(?![{\\s#])(?:"(?:[^"\\\\]|\\\\.)*"?|'[^']*'?|[^,}\\n]+)`, 'gi');
/** What stands in `key: { … }`, and what of it is a reference as it should be. */
const MAPPING = new RegExp(`(?<=${KEY}\\{)[^}\\n]+`, 'gi');
const REFERENCE = /^\s*(?:env["']?\s*:\s*["']?[A-Z][A-Z0-9_]{0,60}|file["']?\s*:\s*["']?[/.\w-]+)["']?\s*$/;
/** User name and password of an address. */
const CREDENTIALS = /(?<=:\/\/)[^@\s/]+(?=@)/g;

const stars = (text: string): string => text.replaceAll(/[^\r\n]/g, '*');

/**
 * Returns a line of a configuration file fit to be shown in a terminal or in a log of CI, each masked character a star.
 *
 * A literal secret is an error that is reported with its line, and the report must not spread it. Works on text, since the line may
 * come from a file that cannot be parsed.
 */
export const maskSecrets = (line: string): string =>
  line
    .replace(LITERAL, stars)
    .replace(MAPPING, (text) => (REFERENCE.test(text) ? text : stars(text)))
    .replace(CREDENTIALS, stars);

/** A key with nothing behind it but how its value is written: the value stands on the lines below. */
const HEAD =
  /^\s*(?:- )?["']?[\w-]*(?:secret|passw|token|client[-_]?id)[\w-]*["']?\s*:\s*(?:[|>][-+\d]*|[&!]\S+)?\s*(?:#.*)?$/i;
/** A hostile line of many such words would take for ever. */
const LONGEST_HEAD = 300;
const indentOf = (line: string): number => line.length - line.trimStart().length;

/** Masks what stands below such keys of a file, but for references: the file may be one that cannot be parsed. Positions stay what they are. */
export function maskBlocks(text: string): string {
  let depth: number | undefined;
  return text
    .split('\n')
    .map((line) => {
      if (line.trim() === '') return line;
      if (depth !== undefined && indentOf(line) > depth)
        return REFERENCE.test(line.replace(/^\s*\{(.*)\}\s*$/, '$1')) ? line : stars(line);
      depth = HEAD.test(line.slice(0, LONGEST_HEAD)) ? indentOf(line) : undefined;
      return line;
    })
    .join('\n');
}

/** Masks whole ranges of a text, keeping line breaks, so that positions stay what they are. */
export function maskRanges(text: string, ranges: readonly (readonly [start: number, end: number])[]): string {
  return ranges.reduce(
    (masked, [start, end]) => masked.slice(0, start) + stars(masked.slice(start, end)) + masked.slice(end),
    text,
  );
}
