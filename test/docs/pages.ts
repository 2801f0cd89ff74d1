import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const PROJECT = resolve(import.meta.dirname, '../..');

/** The text of a file of the project; the path counts from its root. */
export const textOf = (path: string): string => readFileSync(join(PROJECT, path), 'utf8');

/** Every page that people read, as paths from the root of the project. */
export const PAGES: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...readdirSync(join(PROJECT, 'docs'), { recursive: true })
    .map((name) => `docs/${name.toString()}`)
    .filter((path) => path.endsWith('.md'))
    .sort(),
];

/** The fenced blocks of a page in one language, in order. */
export const blocksOf = (page: string, language: string): string[] =>
  [...textOf(page).matchAll(/^```(\w*)\n(.*?)^```$/gms)].flatMap(([, written, block]) =>
    written === language && block !== undefined ? [block] : [],
  );

/** A page without its fenced blocks: what is read as prose, links and tables. */
export const proseOf = (page: string): string => textOf(page).replaceAll(/^```\w*\n.*?^```$/gms, '');

/** The rows of all tables of a text whose first cell is `code`: that code, and the other cells. */
export const codeRows = (text: string): { readonly code: string; readonly cells: readonly string[] }[] =>
  [...text.matchAll(/^\| `([^`]+)` \|(.*)\|$/gm)].map(([, code = '', rest = '']) => ({
    code,
    cells: rest.split(' | ').map((cell) => cell.trim()),
  }));

/** The part of a page below one heading, down to the next heading of that level or above. */
export function sectionOf(page: string, heading: string): string {
  const text = proseOf(page);
  const start = text.indexOf(`\n${heading}\n`);
  if (start < 0) throw new Error(`${page} has no heading "${heading}".`);
  const level = heading.indexOf(' ');
  const below = text.slice(start + heading.length + 2);
  const end = new RegExp(`^#{1,${level}} `, 'm').exec(below)?.index;
  return below.slice(0, end);
}
