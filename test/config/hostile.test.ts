import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { loadTexts } from '../../config/load-config.ts';
import { printDiagnostics } from '../../config/print-diagnostics.ts';

/** Below this the loader feels immediate; without its limits the texts here take minutes, or end the process. */
const PATIENCE_MS = 5_000;

const HEAD = 'connection: acme\nsalesforce: { clientId: { env: A } }\n';
const repeated = (text: string, length = 100_000): string => text.repeat(Math.floor(length / text.length));
const lines = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('');

const HOSTILE: Readonly<Record<string, string>> = {
  'nested lists': repeated('['),
  'nested mappings': repeated('{a: '),
  'nested keys': repeated('? '),
  'nested indentation': lines(400, (index) => `${' '.repeat(index)}a:\n`),
  'closing brackets': repeated(']'),
  'open quotes': repeated('"'),
  anchors: repeated('&a '),
  aliases: `a: &a x\n${repeated('b: *a\n')}`,
  directives: repeated('%a\n'),
  'many keys': lines(20_000, (index) => `k${index}: 1\n`),
  'many documents': repeated('connection: a\n---\n'),
  'a billion laughs': `a0: &a0 [x, x]\n${lines(40, (index) => `a${index + 1}: &a${index + 1} [*a${index}, *a${index}, *a${index}]\n`)}`,
  'an alias within itself': 'a: &a { b: *a }\n',
  'a chain of aliases': `a0: &a0 x\n${lines(150, (index) => `a${index + 1}: &a${index + 1} { b: { b: *a${index} } }\n`)}`,
  'many wrong keys': `${HEAD}${lines(1_900, (index) => `key${index}: 1\n`)}`,
  'many wrong columns on one line': `${HEAD}jobs: { company-sync: { map: { ${lines(1_900, (index) => `K${index}: K__c, `)}} } }\n`,
  'a long chain of jobs': `${HEAD}${lines(800, (index) => `---\njob: j${index}\nconnection: acme\nsource: { object: A }\ntarget: { table: t${index} }\nmap: { a: Id }\nupsertKey: [a]\nafter: [j${index + 1}]\n`)}`,
  'a long value': `connection: "${repeated('a')}"\n`,
  'a long condition': `${HEAD}jobs: { company-sync: { filter: "order${repeated(' ')}by Name" } }\n`,
  'a long literal secret': `connection: acme\nsalesforce: { clientId: ${repeated('secret')} }\n`,
  'words of secrets': `{${repeated('secret: {')}`,
  'control characters': `connection: "\\e[31mred"\n\u{7}: \u{1b}[2J\n`,
};

for (const [name, text] of Object.entries(HOSTILE)) {
  test(`${name} end in a problem, soon`, () => {
    const start = process.cpuUsage();
    const { connections, diagnostics } = loadTexts([{ file: 'hostile.yaml', text }]);
    const printed = printDiagnostics(diagnostics);
    const { user, system } = process.cpuUsage(start); // of this process alone: a machine may be busy with other things
    const tookMs = (user + system) / 1_000;
    assert.ok(tookMs < PATIENCE_MS, `took ${Math.round(tookMs)} ms`);
    assert.notEqual(diagnostics.length, 0);
    assert.deepEqual(connections, []);
    assert.doesNotMatch(printed, /[^\P{Cc}\n\t]/u, 'no control character reaches the terminal');
  });
}

test('deep nesting is refused by our own limit, before the recursion of the library meets it', () => {
  for (const name of ['nested lists', 'nested mappings', 'nested keys', 'nested indentation']) {
    const { diagnostics } = loadTexts([{ file: 'hostile.yaml', text: HOSTILE[name] ?? '' }]);
    assert.deepEqual(
      diagnostics.map(({ message }) => message),
      ['The file nests more than 32 levels deep. No key of the configuration is so deep.'],
      name,
    );
  }
});

/** Deterministic numbers from 0 to 1 (mulberry32), so that a failure can be repeated. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const EXAMPLES = ['acme/acme.yaml', 'acme/opportunity-sync.yaml'].map((name) =>
  readFileSync(new URL(`../../examples/${name}`, import.meta.url), 'utf8'),
);
const SCRAPS = [
  '\t',
  '  ',
  ': ',
  '- ',
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  '#',
  '&a ',
  '*a',
  '!t ',
  '| ',
  '> ',
  '---\n',
  '\n',
  'null',
  '~',
  '0',
  '-1',
  '.nan',
  '62.0',
  '2001-01-01',
  'yes',
  '__proto__: ',
  '<<: ',
  '\u{0}',
  '\u{FEFF}',
  '🦆',
  'person.',
  'job: x\n',
  'connection: y\n',
];

/** Applies one to six small damages to a text. */
function mutate(text: string, random: () => number): string {
  const below = (limit: number): number => Math.floor(random() * limit);
  let mutated = text;
  for (let times = 1 + below(6); times > 0; times--) {
    const at = below(mutated.length + 1);
    const scrap = SCRAPS[below(SCRAPS.length)] ?? '';
    const rows = mutated.split('\n');
    const row = below(rows.length);
    switch (below(6)) {
      case 0:
        mutated = mutated.slice(0, at) + scrap + mutated.slice(at);
        break;
      case 1:
        mutated = mutated.slice(0, at) + mutated.slice(at + below(20));
        break;
      case 2:
        mutated = rows.toSpliced(row, 0, rows[below(rows.length)] ?? '').join('\n');
        break;
      case 3:
        mutated = rows.toSpliced(row, 1).join('\n');
        break;
      case 4:
        mutated = rows.with(row, `${' '.repeat(below(5))}${rows[row] ?? ''}`).join('\n');
        break;
      default:
        mutated = mutated.slice(0, at) + String.fromCharCode(32 + below(95)) + mutated.slice(at + 1);
    }
  }
  return mutated;
}

const ROUNDS = process.env['MOORING_LONG'] === '1' ? 20_000 : 400;

test('damaged examples never crash the loader, and every problem has a place and a sentence', () => {
  const random = createRandom(20_261_122);
  for (let round = 0; round < ROUNDS; round++) {
    const texts = EXAMPLES.map((text, index) => ({
      file: `${index}.yaml`,
      text: random() < 0.7 ? mutate(text, random) : text,
    }));
    const { connections, diagnostics } = loadTexts(texts);
    for (const { file, line, column, length, message } of diagnostics) {
      const rows = texts.find((text) => text.file === file)?.text.split('\n') ?? [];
      const where = `round ${round}: ${file}:${line}:${column} ${message}`;
      assert.ok(line >= 1 && line <= rows.length, where);
      assert.ok(column >= 1 && column <= (rows[line - 1] ?? '').length + 1, where);
      assert.ok(length >= 1, where);
      assert.match(message, /[.?`]$/, where);
    }
    if (diagnostics.some(({ severity }) => severity === 'error')) assert.deepEqual(connections, [], `round ${round}`);
    printDiagnostics(diagnostics);
  }
});
