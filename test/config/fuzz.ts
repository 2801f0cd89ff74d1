import { readdirSync, readFileSync } from 'node:fs';
import { loadTexts } from '../../config/load-config.ts';
import { printDiagnostics } from '../../config/print-diagnostics.ts';

const textsOf = (folder: URL): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => readFileSync(new URL(name, folder), 'utf8'));
/** Texts to start from: the examples, and files that are broken already. */
const EXAMPLES = textsOf(new URL('../../examples/acme/', import.meta.url));
const SEEDS = [...EXAMPLES, ...textsOf(new URL('./bad/', import.meta.url))];
const FRAGMENTS = [
  ...[
    ':',
    '- ',
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    '|\n',
    '>\n',
    '&a ',
    '*a',
    '!!binary ',
    '<<: ',
    '? ',
    '#',
    '---\n',
    '...\n',
    '%YAML 1.1\n',
  ],
  ...[
    '\t',
    '\n\n',
    '\r',
    '\u0000',
    '\uFEFF',
    '\u2028',
    '\u{1F4A9}',
    '\\',
    '$',
    '${HOME}',
    '__proto__: ',
    'constructor: ',
    '~',
    'null',
    'yes',
  ],
  ...[
    '1e999',
    '0x1F',
    '-.inf',
    '2026-13-45',
    '9'.repeat(40),
    'a'.repeat(3_000),
    'environment: x\n',
    'version: 2\n',
    'job: a\n',
    'connection: b\n',
  ],
];

/** mulberry32: the same numbers for the same seed, everywhere. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Returns one of the seeds after one to six random changes: pieces cut, doubled, moved or put in. */
export function mutant(seed: number): string {
  const random = randomOf(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const pick = (list: readonly string[]): string => list[below(list.length)] ?? '';
  // Every fourth from an example: of two hundred broken files too few mutants would be whole.
  let text = pick(random() < 0.25 ? EXAMPLES : SEEDS);
  for (let changes = 1 + below(6); changes > 0; changes--) {
    const at = below(text.length + 1);
    const end = Math.min(text.length, at + below(40));
    const piece = text.slice(at, end);
    const other = pick(SEEDS);
    const from = below(other.length);
    text =
      [
        () => text.slice(0, at) + text.slice(end),
        () => text.slice(0, at) + pick(FRAGMENTS) + text.slice(at),
        () => text.slice(0, end) + piece.repeat(1 + below(4)) + text.slice(end),
        () => text.slice(0, at) + other.slice(from, from + below(200)) + text.slice(at),
        () => text.slice(0, at) + pick(FRAGMENTS) + text.slice(end),
      ][below(5)]?.() ?? text;
  }
  return text;
}

/** Loads mutants and prints what is wrong with them in every format; whatever throws names its seed. */
export function loadMutants(first: number, count: number): { readonly withProblems: number; readonly whole: number } {
  let withProblems = 0;
  for (let seed = first; seed < first + count; seed++) {
    try {
      const texts = [{ file: 'mutant.yaml', text: mutant(seed) }];
      const { diagnostics, environments } = loadTexts(texts);
      for (const environment of environments) loadTexts(texts, { environment });
      for (const format of ['text', 'json', 'github'] as const) printDiagnostics(diagnostics, format);
      if (diagnostics.length > 0) withProblems += 1;
    } catch (error) {
      throw new Error(`The loader throws on mutant ${seed}.`, { cause: error });
    }
  }
  return { withProblems, whole: count - withProblems };
}
