import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { loadTexts } from '../../config/load-config.ts';
import { printDiagnostics } from '../../config/print-diagnostics.ts';

// Each file begins with the problems that it must give, as comments: `# line:column message`, warnings marked as such.
const FOLDER = new URL('./bad/', import.meta.url);
const names = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));

/** What the files hold in places of secrets. */
const SECRETS = ['5A1F7C0E9B', '3MVG9', 'hunter2', 'acme/id'];

const expected = (text: string): string[] => [...text.matchAll(/^# (\d+:\d+ .*)$/gm)].map((match) => match[1] ?? '');

test('there are at least a hundred and fifty bad files, each with an expectation', () => {
  assert.ok(names.length >= 150, `${names.length} files`);
  for (const name of names) {
    assert.notEqual(expected(readFileSync(new URL(name, FOLDER), 'utf8')).length, 0, name);
  }
});

for (const name of names) {
  test(`bad/${name} gives exactly the problems that stand in its head`, () => {
    const text = readFileSync(new URL(name, FOLDER), 'utf8');
    const { connections, diagnostics } = loadTexts([{ file: name, text }]);
    const found = diagnostics.map(
      ({ line, column, severity, message }) =>
        `${line}:${column} ${severity === 'warning' ? 'warning: ' : ''}${message}`,
    );
    assert.deepEqual(found, expected(text));
    if (diagnostics.some(({ severity }) => severity === 'error')) assert.deepEqual(connections, []);
  });
}

test('no problem shows what stands in the place of a secret, in any format', () => {
  for (const name of names) {
    const text = readFileSync(new URL(name, FOLDER), 'utf8');
    const { diagnostics } = loadTexts([{ file: name, text }]);
    for (const format of ['text', 'json', 'github'] as const) {
      const printed = printDiagnostics(diagnostics, format);
      for (const secret of SECRETS) assert.ok(!printed.includes(secret), `${name} as ${format} shows "${secret}"`);
    }
  }
});
