import { isError, type Diagnostic } from './diagnostic.ts';

export const DIAGNOSTIC_FORMATS = ['text', 'json', 'github'] as const;
export type DiagnosticFormat = (typeof DIAGNOSTIC_FORMATS)[number];

/**
 * Returns all problems as one text, without a final line break; empty when there are none and the format is not json.
 *
 * `text` is for people: `file:line:column message`, the line and a caret under the place. `json` is an object with the diagnostics as
 * they are. `github` are workflow commands, which GitHub shows at the lines of a pull request.
 */
export function printDiagnostics(diagnostics: readonly Diagnostic[], format: DiagnosticFormat = 'text'): string {
  switch (format) {
    case 'text':
      return diagnostics.length === 0 ? '' : [...diagnostics.map(asText), summary(diagnostics)].join('\n\n');
    case 'json':
      return JSON.stringify({ errors: diagnostics.filter(isError).length, diagnostics }, null, 2);
    case 'github':
      return diagnostics.map(asAnnotation).join('\n');
  }
}

/** `2 errors and 1 warning in 3 files.` */
export function summary(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(isError).length;
  const parts = [counted(errors, 'error'), counted(diagnostics.length - errors, 'warning')].filter(
    (part) => part !== '',
  );
  const files = new Set(diagnostics.map(({ file }) => file)).size;
  return `${parts.join(' and ')} in ${counted(files, 'file')}.`;
}

const counted = (count: number, noun: string): string =>
  count === 0 ? '' : `${count} ${noun}${count === 1 ? '' : 's'}`;

function asText(diagnostic: Diagnostic): string {
  const { file, line, column, severity, message, excerpt } = diagnostic;
  const head = `${file}:${line}:${column} ${severity === 'warning' ? 'warning: ' : ''}${message}`;
  return excerpt === undefined ? head : `${head}\n${withCaret(diagnostic, excerpt)}`;
}

/** A line of text may be a page long; this much of it is shown, around the place. */
const SHOWN_WIDTH = 110;
const SHOWN_BEFORE = 40;

function withCaret({ line, column, length }: Diagnostic, excerpt: string): string {
  const start =
    excerpt.length <= SHOWN_WIDTH ? 0 : Math.max(0, Math.min(column - 1 - SHOWN_BEFORE, excerpt.length - SHOWN_WIDTH));
  const shown = excerpt.slice(start, start + SHOWN_WIDTH);
  const before = shown.slice(0, column - 1 - start);
  // A tab is as wide as the terminal says, so the indentation of the caret repeats it.
  const indentation = before.replaceAll(/[^\t]/gu, ' ');
  const carets = '^'.repeat(Math.max(1, Math.min(length, shown.length - before.length)));
  const number = String(line);
  return [`  ${number} | ${harmless(shown)}`, `  ${' '.repeat(number.length)} | ${indentation}${carets}`].join('\n');
}

/** Control characters of a file must not reach the terminal. */
const harmless = (text: string): string => text.replaceAll(/[^\P{Cc}\t]|\p{Bidi_C}/gu, '�');

function asAnnotation({ file, line, column, length, severity, message }: Diagnostic): string {
  const properties = { file, line, col: column, endColumn: column + length, title: 'Mooring configuration' };
  const written = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(String(value))}`);
  return `::${severity} ${written.join(',')}::${escapeData(message)}`;
}

/** @see https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts for the two escapes */
const escapeData = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const escapeProperty = (text: string): string => escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
