import { MESSAGES } from '../error-strings.ts';
import { tokens, withSnippet, type Token } from './snippet.ts';
import { ApiError } from '../api-error.ts';

/** What may follow a backslash in a string. */
const ESCAPE = /\\(?:[nNrRtTbBfF"'\\_%]|u[0-9A-Fa-f]{4})/y;

/** Returns the first sequence behind a backslash that means nothing. */
function strangeEscape(text: string): string | undefined {
  for (let at = text.indexOf('\\'); at !== -1; at = text.indexOf('\\', at)) {
    ESCAPE.lastIndex = at;
    const [known] = ESCAPE.exec(text) ?? [];
    if (known === undefined) return text.slice(at, at + 2);
    at += known.length;
  }
  return undefined;
}

const MODES = /^(SECURITY_ENFORCED|USER_MODE|SYSTEM_MODE)$/i;
const is = (token: Token | undefined, ...words: readonly string[]): boolean =>
  token !== undefined && words.includes(token.text.toUpperCase());

/** What is wrong with a word, given its neighbours; `undefined` for what the parser may judge. */
function problemOf(before: Token | undefined, word: Token, after: Token | undefined): string | undefined {
  if (word.text.startsWith("'")) {
    const strange = strangeEscape(word.text);
    return strange === undefined ? undefined : MESSAGES.strangeEscape(word.text, strange);
  }
  // `LAST_N_DAYS:3` has its colon by right.
  const binds = word.text === ':' && !/(^|_)N_/i.test(before?.text ?? '');
  if (binds || (is(before, 'IN') && /^[A-Za-z]/.test(word.text))) return MESSAGES.noBinding;
  if (is(before, 'WITH') && MODES.test(word.text)) return MESSAGES.apexOnly(word.text.toUpperCase());
  if (is(word, 'ALL') && is(after, 'ROWS')) return MESSAGES.apexOnly('ALL ROWS');
  // The parser forgives an operator with nothing on its left.
  if (is(word, 'AND', 'OR') && is(before, 'WHERE', 'HAVING', '(', 'AND', 'OR', 'NOT'))
    return MESSAGES.unexpectedToken(word.text);
  return undefined;
}

/** Refuses what the parser would let pass or misread. @throws ApiError MALFORMED_QUERY */
export function checkWords(soql: string): void {
  const words = tokens(soql);
  for (const [index, word] of words.entries()) {
    const problem = problemOf(words[index - 1], word, words[index + 1]);
    if (problem !== undefined) throw new ApiError(400, 'MALFORMED_QUERY', withSnippet(soql, word.offset, problem));
  }
}
