import type { CST } from 'yaml';
import { LIMITS } from './limits.ts';

export interface LimitProblem {
  readonly offset: number;
  readonly message: string;
}

type Item = CST.CollectionItem | CST.DocumentEnd;

const itemsOf = (token: CST.Token): readonly Item[] => ('items' in token ? token.items : []);
const childrenOf = (item: Item): (CST.Token | null | undefined)[] => ('start' in item ? [item.key, item.value] : []);

/**
 * Returns why a document must not be composed, or undefined.
 *
 * Looks at the syntax tokens, with a stack of its own: composing recurses, and running out of stack inside a regular
 * expression ends the whole process, which no `try` can prevent.
 */
export function exceededLimit(document: CST.Document): LimitProblem | undefined {
  let aliases = 0;
  const stack: [token: CST.Token, depth: number][] = document.value ? [[document.value, 1]] : [];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const [token, depth] = next;
    if (token.type === 'alias') aliases++;
    if (aliases > LIMITS.aliases) {
      return {
        offset: token.offset,
        message: `A document may use at most ${LIMITS.aliases} aliases. Write the values out, or split the file.`,
      };
    }
    if (depth > LIMITS.depth) {
      return {
        offset: token.offset,
        message: `The file nests more than ${LIMITS.depth} levels deep. No key of the configuration is so deep.`,
      };
    }
    const items = itemsOf(token);
    if (items.length > LIMITS.keys) {
      return {
        offset: token.offset,
        message: `More than ${LIMITS.keys} entries stand in one place. Split them over several documents.`,
      };
    }
    for (const item of items) {
      for (const child of childrenOf(item)) if (child) stack.push([child, depth + 1]);
    }
  }
  return undefined;
}
