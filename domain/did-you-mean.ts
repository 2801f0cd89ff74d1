/** Letters to change, add, drop or swap with their neighbour to get from one word to the other. */
function distance(first: string, second: string): number {
  const rows: number[][] = [Array.from({ length: second.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= first.length; i++) {
    const row = [i];
    for (let j = 1; j <= second.length; j++) {
      const same = first[i - 1] === second[j - 1];
      const swapped = i > 1 && j > 1 && first[i - 1] === second[j - 2] && first[i - 2] === second[j - 1];
      row[j] = Math.min(
        cell(rows, i - 1, j) + 1,
        (row[j - 1] ?? 0) + 1,
        cell(rows, i - 1, j - 1) + (same ? 0 : 1),
        swapped ? cell(rows, i - 2, j - 2) + 1 : Infinity,
      );
    }
    rows.push(row);
  }
  return cell(rows, first.length, second.length);
}

const cell = (rows: readonly (readonly number[])[], i: number, j: number): number => rows[i]?.[j] ?? 0;

/** `client_secret`, `Client-Secret` and `clientSecret` are one word to a reader. */
const plain = (word: string): string => word.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

/** A word longer than any key is no misspelling, and the distance would cost its square. */
const LONGEST_WORD = 64;

/** Returns the candidate that was probably meant, or undefined when none is near: at most a third of the letters differ. */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > LONGEST_WORD) return undefined;
  const wanted = plain(word);
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  let best: { readonly candidate: string; readonly far: number } | undefined;
  for (const candidate of candidates) {
    const far = distance(wanted, plain(candidate));
    if (far <= limit && far < (best?.far ?? Infinity)) best = { candidate, far };
  }
  return best?.candidate;
}

/** Returns ` Did you mean "x"?`, with its leading blank, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const candidate = closest(word, candidates);
  return candidate === undefined || candidate === word ? '' : ` Did you mean "${candidate}"?`;
}

/** `"a", "b" or "c"`; `none` when there is nothing to list. Long lists are cut. */
export function listOf(words: Iterable<string>, conjunction = 'or'): string {
  const all = [...words];
  const shown = all.slice(0, 16).map((word) => `"${word}"`);
  if (all.length > shown.length) return `${shown.join(', ')} and ${all.length - shown.length} more`;
  const last = shown.pop();
  if (last === undefined) return 'none';
  return shown.length === 0 ? last : `${shown.join(', ')} ${conjunction} ${last}`;
}

/** The value as a message quotes it: one line, at most 60 characters. */
export function quote(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  // A line break or an escape sequence in a message would forge lines of the output.
  const line = text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_C}]/gu, '�');
  const characters = Array.from(line);
  return `"${characters.length > 60 ? `${characters.slice(0, 59).join('')}…` : line}"`;
}
