import { tokens, type Token } from './snippet.ts';

/** Relationships behind each further alias of FROM, by its lower-case name: `c.Account a` makes `a` stand for `Account`. */
export type PathAliases = ReadonlyMap<string, readonly string[]>;

/** A day that no field can hold: a time of day that the parser reads as an instant begins with it. */
export const TIME_OF_DAY = '0000-01-01T';

const TIME = /^\d\d:\d\d:\d\d(\.\d+)?Z$/;
const NAME = /^[A-Za-z_][\w.]*$/;

/** Index of the outermost FROM, or -1. */
function outerFrom(words: readonly Token[]): number {
  let depth = 0;
  return words.findIndex(({ text }) => {
    if (text === '(') depth += 1;
    if (text === ')') depth -= 1;
    return depth === 0 && text.toUpperCase() === 'FROM';
  });
}

/** Reads `, c.Account a, a.Owner o` behind the object and its alias. */
function pathAliases(words: readonly Token[]): { aliases: PathAliases; from: number; until: number } | undefined {
  const from = outerFrom(words);
  const [object, root] = [words[from + 1], words[from + 2]];
  if (from === -1 || object === undefined || root === undefined || !NAME.test(root.text)) return undefined;
  const aliases = new Map<string, readonly string[]>([[root.text.toLowerCase(), []]]);
  let at = from + 3;
  for (; words[at]?.text === ','; at += 3) {
    const [path, alias] = [words[at + 1]?.text ?? '', words[at + 2]?.text ?? ''];
    const [first = '', ...steps] = path.split('.');
    const base = aliases.get(first.toLowerCase());
    if (base === undefined || steps.length === 0 || !NAME.test(alias)) return undefined;
    aliases.set(alias.toLowerCase(), [...base, ...steps]);
  }
  const [begin, end] = [words[from + 3], words[at]];
  if (begin === undefined || at === from + 3) return undefined;
  aliases.delete(root.text.toLowerCase());
  return { aliases, from: begin.offset, until: end?.offset ?? Number.POSITIVE_INFINITY };
}

/** Returns the query in words that the parser knows, and what was taken out of it. */
export function rewriteSoql(soql: string): { readonly soql: string; readonly aliases: PathAliases } {
  const words = tokens(soql);
  const found = pathAliases(words);
  let rewritten = '';
  let at = 0;
  for (const word of words) {
    const isTime = TIME.test(word.text);
    const isLeftOut = found !== undefined && word.offset >= found.from && word.offset < found.until;
    if (!isTime && !isLeftOut) continue;
    rewritten += `${soql.slice(at, word.offset)}${isTime ? TIME_OF_DAY + word.text : ' '}`;
    at = word.offset + word.text.length;
  }
  return { soql: rewritten + soql.slice(at), aliases: found?.aliases ?? new Map() };
}
