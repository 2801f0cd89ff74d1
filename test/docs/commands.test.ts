import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { codeRows, PAGES, sectionOf, textOf } from './pages.ts';

const run = promisify(execFile);
const project = resolve(import.meta.dirname, '../..');

/** Name and description of every command in `mooring --help`, whose lines are wrapped. */
async function helpedCommands(): Promise<Map<string, string>> {
  const { stdout } = await run(process.execPath, ['--import', 'tsx', 'cli/main.ts', '--help'], { cwd: project });
  const list = stdout.slice(stdout.indexOf('Commands:')).replaceAll(/\n {10,}/g, ' ');
  const commands = [...list.matchAll(/^ {2}([a-z]+)(?: [[<]\S+)* {2,}(.+)$/gm)];
  return new Map(
    commands.map(([, name = '', words = '']) => [name, words.trim()] as const).filter(([name]) => name !== 'help'),
  );
}

test('the commands in the README are those of mooring --help, in its words', async () => {
  const written = codeRows(sectionOf('README.md', '## Commands')).map(({ code, cells }) => [code, cells[0]]);
  assert.deepEqual(written, [...(await helpedCommands())]);
});

test('every command that a page calls exists', async () => {
  const commands = new Set(['--help', 'COMMAND', ...(await helpedCommands()).keys()]);
  for (const page of PAGES) {
    for (const [call, name = ''] of textOf(page).matchAll(
      /(?:^|`|\$ |npx |\.\. )mooring (?!…)(\S+?)(?=[\s`,.;:)]|$)/gm,
    ))
      assert.ok(commands.has(name), `${page} calls "${call.trim()}"`);
  }
});

test('no command that docs/architecture.md says is missing exists', async () => {
  const line =
    /^- \*\*Commands:\*\* no (.*?)\. So/ms.exec(sectionOf('docs/architecture.md', '## Not there yet'))?.[1] ?? '';
  const missing = [...line.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
  assert.ok(missing.length > 0);
  const commands = await helpedCommands();
  assert.deepEqual(
    missing.filter((name) => commands.has(name)),
    [],
  );
});

test('every script that a page names is in package.json', () => {
  const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
  for (const page of PAGES) {
    for (const [, name = ''] of textOf(page).matchAll(/npm run (?:-s )?([\w:]+)/g))
      assert.ok(name in scripts, `${page} names "npm run ${name}"`);
  }
});
