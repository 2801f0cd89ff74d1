import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Diagnostic } from '../../config/diagnostic.ts';
import { printDiagnostics, summary } from '../../config/print-diagnostics.ts';

const problem: Diagnostic = {
  severity: 'error',
  file: 'mooring/acme.yaml',
  line: 12,
  column: 5,
  length: 5,
  message: '"filtr" is not a key.',
  excerpt: "    filtr: Type = 'Customer'",
};

test('text shows the place, the sentence, the line and a caret', () => {
  assert.equal(
    printDiagnostics([problem]),
    [
      'mooring/acme.yaml:12:5 "filtr" is not a key.',
      "  12 |     filtr: Type = 'Customer'",
      '     |     ^^^^^',
      '',
      '1 error in 1 file.',
    ].join('\n'),
  );
});

test('a warning is called one, and a problem of a whole file has no excerpt', () => {
  const { excerpt: _, ...whole } = problem;
  assert.equal(
    printDiagnostics([{ ...whole, severity: 'warning', line: 1, column: 1 }]).split('\n')[0],
    'mooring/acme.yaml:1:1 warning: "filtr" is not a key.',
  );
});

test('of a long line the part around the place is shown, and the caret stands under it', () => {
  const excerpt = `${'a'.repeat(300)}WRONG${'b'.repeat(300)}`;
  const [, line = '', caret = ''] = printDiagnostics([{ ...problem, column: 301, excerpt }]).split('\n');
  assert.ok(line.length < 130);
  assert.equal(line.slice(caret.indexOf('^'), caret.lastIndexOf('^') + 1), 'WRONG');
});

test('a caret after a tab is indented by a tab', () => {
  const [, line = '', caret = ''] = printDiagnostics([{ ...problem, column: 2, excerpt: '\tfiltr: x' }]).split('\n');
  assert.equal(line, '  12 | \tfiltr: x');
  assert.equal(caret, '     | \t^^^^^');
});

test('control characters of a file do not reach the terminal', () => {
  assert.ok(!printDiagnostics([{ ...problem, excerpt: '    \u{1b}[2Jred \u{202e}' }]).includes('\u{1b}'));
});

test('no problems are no text, and still an object as json', () => {
  assert.equal(printDiagnostics([]), '');
  assert.equal(printDiagnostics([], 'github'), '');
  assert.deepEqual(JSON.parse(printDiagnostics([], 'json')), { errors: 0, diagnostics: [] });
});

test('json holds the problems as they are', () => {
  assert.deepEqual(JSON.parse(printDiagnostics([problem], 'json')), { errors: 1, diagnostics: [problem] });
});

test('github annotations escape what would end them', () => {
  const message = '100% wrong:\nsecond line';
  assert.equal(
    printDiagnostics([{ ...problem, file: 'a,b:c.yaml', message }], 'github'),
    '::error file=a%2Cb%3Ac.yaml,line=12,col=5,endColumn=10,title=Mooring configuration::100%25 wrong:%0Asecond line',
  );
});

test('the summary counts errors, warnings and files', () => {
  const warning: Diagnostic = { ...problem, severity: 'warning', file: 'other.yaml' };
  assert.equal(summary([problem, problem, warning]), '2 errors and 1 warning in 2 files.');
});
