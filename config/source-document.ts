import type { Diagnostic, Range, Severity } from './diagnostic.ts';
import { LIMITS } from './limits.ts';
import { maskSecrets } from './mask-secrets.ts';

/** Keys and indices from the root of a document. */
export type Path = readonly (string | number)[];

/** Start and end, as offsets in the text. */
export type Span = readonly [start: number, end: number];

export interface Located {
  /** Of the key, where the value has one. */
  readonly key?: Span;
  readonly value: Span;
  /** As written, when it is a scalar. */
  readonly text?: string;
}

/** One YAML document of a file: its plain value, and where everything in it stands. */
export interface SourceDocument {
  readonly file: string;
  readonly value: unknown;
  /** Whether something is written at the path, valid or not. */
  readonly has: (path: Path) => boolean;
  /** The scalar at the path as it is written: `62.0`, not 62. */
  readonly textAt: (path: Path) => string | undefined;
  /** Finds a problem's place; a path that is not written is placed at the nearest key above it. */
  readonly problem: (at: Place, message: string, severity?: Severity) => Diagnostic;
}

interface Place {
  readonly path: Path;
  /** `value` when absent. A collection is shown by its key, since it may be many lines long. */
  readonly part?: 'key' | 'value';
}

/** Path as a key of a Map; a slash cannot be confused, since it is escaped as in JSON pointers. */
export const pointer = (path: Path): string =>
  path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

export interface SourceFile {
  readonly file: string;
  /** With literal secrets blanked out, so that no excerpt can show one; same length as the file. */
  readonly masked: string;
  readonly lineStarts: readonly number[];
}

export function createSourceDocument(
  source: SourceFile,
  value: unknown,
  located: ReadonlyMap<string, Located>,
): SourceDocument {
  const spanOf = ({ path, part = 'value' }: Place): Span => {
    const found = located.get(pointer(path));
    if (found === undefined) return path.length === 0 ? [0, 1] : spanOf({ path: path.slice(0, -1), part: 'key' });
    if (part === 'value' && found.text !== undefined && found.text !== '') return found.value;
    return found.key ?? found.value;
  };
  return {
    file: source.file,
    value,
    has: (path) => located.has(pointer(path)),
    textAt: (path) => located.get(pointer(path))?.text,
    problem: (at, message, severity = 'error') => problemAt(source, spanOf(at), { message, severity }),
  };
}

/** A problem at a place of a text, with its line as excerpt. */
export function problemAt(
  source: SourceFile,
  [start, end]: Span,
  { message, severity = 'error' }: { readonly message: string; readonly severity?: Severity },
): Diagnostic {
  const { line, column, text } = lineAt(source, start);
  const range: Range = { line, column, length: Math.max(1, Math.min(end - start, text.length - column + 1)) };
  return {
    severity,
    file: source.file,
    ...range,
    message,
    ...(text.length > LIMITS.shownLine ? {} : { excerpt: maskSecrets(text) }),
  };
}

function lineAt({ masked, lineStarts }: SourceFile, offset: number): { line: number; column: number; text: string } {
  let low = 0;
  let high = lineStarts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  const start = lineStarts[low] ?? 0;
  const text = masked.slice(start, lineStarts[low + 1] ?? masked.length).replace(/[\r\n]+$/, '');
  return { line: low + 1, column: offset - start + 1, text };
}
