import { quote } from '../domain/did-you-mean.ts';

/** What the YAML library found → what the writer of the file can do. Codes of `yaml` 2; unknown ones keep the library's words. */
const MESSAGES: Readonly<Record<string, (word: string) => string>> = {
  TAB_AS_INDENT: () =>
    'A tab is used as indentation, which YAML does not allow. Indent with spaces, two for each level.',
  DUPLICATE_KEY: (word) => `The key ${quote(word)} is written twice in the same place. Remove one, or merge the two.`,
  BAD_ALIAS: (word) => `The alias ${quote(word)} names no anchor above it.`,
  TAG_RESOLVE_FAILED: (word) =>
    `The tag ${quote(word)} is not known. Tags are not needed: secrets are written as { env: NAME } or { file: PATH }.`,
  NON_STRING_KEY: () =>
    'A key must be a plain word. Check the indentation and the colons of this and the previous line.',
  BAD_SCALAR_START: () => 'A plain value cannot start with this character. Put the value in quotation marks.',
  BLOCK_AS_IMPLICIT_KEY: () =>
    'A key is not expected here. Check the indentation of this and the next line; a value that contains ": " needs quotation marks.',
  MULTILINE_IMPLICIT_KEY: () =>
    'A key and its colon must stand on one line. Check the indentation and the colons here.',
  BAD_DQ_ESCAPE: () =>
    'A backslash in "…" starts an escape that YAML does not know. Double the backslash, or use \'…\'.',
};

/** The library's words → ours, where one code covers several mistakes. */
const BY_WORDS: readonly (readonly [pattern: RegExp, message: string])[] = [
  [/^Missing closing ["']/, 'A string does not end. Close it with the quotation mark it starts with.'],
  [
    /must be sufficiently indented and end with/,
    'A bracket is opened above and not closed before this place. Close it.',
  ],
  [
    /items must start at the same column/,
    'Keys of one level must start in the same column. Check the indentation of this line.',
  ],
  [/followed by map values/, 'A colon is missing after a key. Write `key: value`, with a space after the colon.'],
];

/** Returns the sentence for a syntax problem; `word` is what stands at its place. */
export function syntaxMessage(code: string, message: string, word: string): string {
  const known = MESSAGES[code]?.(word) ?? BY_WORDS.find(([pattern]) => pattern.test(message))?.[1];
  if (known !== undefined) return known;
  const first = (message.split('\n')[0] ?? message).replace(/\.$/, '');
  return `This is not valid YAML: ${first.charAt(0).toLowerCase()}${first.slice(1)}. Check indentation, brackets and quotation marks.`;
}
