export type Severity = 'error' | 'warning';

/** Where something stands in a file. Lines and columns count from 1, columns in UTF-16 units as editors count them. */
export interface Range {
  readonly line: number;
  readonly column: number;
  /** Characters to underline, on that line; at least 1. */
  readonly length: number;
}

/** One problem of the configuration. Plain data: it is printed, sent as JSON and compared by tests. */
export interface Diagnostic extends Range {
  readonly severity: Severity;
  /** As the caller named it: relative when it was given relative. */
  readonly file: string;
  /** Sentences: what is wrong, with the value in quotes; what is accepted or what to do. Never a secret. */
  readonly message: string;
  /** The line itself, with literal secrets masked; absent when the problem is the file as a whole. */
  readonly excerpt?: string;
}

export const isError = ({ severity }: Diagnostic): boolean => severity === 'error';

/** Orders problems as a reader meets them: by file, line and column. */
export const inReadingOrder = (first: Diagnostic, second: Diagnostic): number =>
  compare(first.file, second.file) ||
  first.line - second.line ||
  first.column - second.column ||
  compare(first.message, second.message);

const compare = (first: string, second: string): number => (first < second ? -1 : first > second ? 1 : 0);

/** A problem of a file as a whole: it is missing, too large, not text. */
export const fileProblem = (file: string, message: string): Diagnostic => ({
  severity: 'error',
  file,
  line: 1,
  column: 1,
  length: 1,
  message,
});
