/** Where something stands in a query: 1-based, as error messages count. */
interface Position {
  readonly row: number;
  readonly column: number;
}

export interface Token {
  readonly text: string;
  readonly offset: number;
}

/** Strings, words with dots, and single signs: enough to find what an error speaks of. */
export function tokens(soql: string): Token[] {
  const found: Token[] = [];
  for (const match of soql.matchAll(/'(?:\\.|[^'\\])*'|[A-Za-z_][\w.]*|[\d][\w.:+-]*|[^\s]/g)) {
    found.push({ text: match[0], offset: match.index });
  }
  return found;
}

/** Returns the offset of the first token equal to `text` without regard to case, or the end of the query. */
export function offsetOf(soql: string, text: string, from = 0): number {
  const wanted = text.toLowerCase();
  return (
    tokens(soql).find((token) => token.offset >= from && token.text.toLowerCase() === wanted)?.offset ?? soql.length
  );
}

function positionAt(soql: string, offset: number): Position {
  const before = soql.slice(0, offset);
  const lastBreak = before.lastIndexOf('\n');
  return { row: before.split('\n').length, column: offset - lastBreak };
}

/** Characters of the query shown before and after the place of an error. */
const SHOWN_BEFORE = 40;
const SHOWN_AFTER = 60;

/** Returns the message as an org words it: the part of the query, a caret below it, the position, then the sentence. */
export function withSnippet(soql: string, offset: number, sentence: string): string {
  const { row, column } = positionAt(soql, offset);
  const line = soql.split('\n')[row - 1] ?? '';
  const start = Math.max(0, column - 1 - SHOWN_BEFORE);
  const shown = line.slice(start, column - 1 + SHOWN_AFTER);
  const caret = Math.max(0, Math.min(column, line.length) - 1 - start);
  return `\n${shown}\n${' '.repeat(caret)}^\nERROR at Row:${row}:Column:${column}\n${sentence}`;
}
