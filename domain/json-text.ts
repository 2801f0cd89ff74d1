/** Only what changes the depth, and strings, in which nothing does. */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|["{}[\]]/gs;

/**
 * Returns the position behind the object or array that begins at `from`, or `undefined` when it has no end. For texts whose values must stay as they were
 * written: parsed, long numbers lose digits.
 */
export function endOfJson(text: string, from: number): number | undefined {
  const tokens = new RegExp(TOKENS);
  tokens.lastIndex = from;
  let depth = 0;
  for (let match = tokens.exec(text); match !== null; match = tokens.exec(text)) {
    const [token] = match;
    if (token === '"') return undefined; // a string without an end
    if (token === '{' || token === '[') depth += 1;
    if (token === '}' || token === ']') depth -= 1;
    if (depth === 0) return tokens.lastIndex;
  }
  return undefined;
}
