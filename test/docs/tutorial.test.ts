import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../support/until.ts';
import { startEmptyDevSystem } from './dev-system.ts';
import { textOf } from './pages.ts';

const PAGE = 'docs/tutorial.md';
/** Started before, by the test itself. */
const RUNS_ALL_THE_WHILE = /^mooring (emulator|dev)\b/m;
/** The page's address of the org. */
const ORG = 'http://127.0.0.1:4500';

interface Step {
  readonly heading: string;
  readonly commands: string;
  /** What the page says that they print. */
  readonly answer: readonly string[];
}

/** The commands of the page in order, each block with the answer that stands behind it. */
function steps(): Step[] {
  const found: Step[] = [];
  let heading = '';
  for (const [, title, language, block = ''] of textOf(PAGE).matchAll(/^## (.+)$|^```(\w+)\n([^]*?)^```$/gm)) {
    const last = found.at(-1);
    if (title !== undefined) heading = title;
    else if (language === 'sh') found.push({ heading, commands: block, answer: [] });
    else if (language === 'text' && last) found.splice(-1, 1, { ...last, answer: block.trimEnd().split('\n') });
  }
  return found.filter(({ commands }) => !RUNS_ALL_THE_WHILE.test(commands));
}

const escape = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
/** A line of the page as a pattern; `…` is anything on one line. */
const lineOf = (text: string): RegExp => new RegExp(`^${text.trimEnd().split('…').map(escape).join('.*')}`, 'm');

/** Asserts that the lines stand in what was said, in this order. */
function assertSays(said: string, lines: readonly string[]): void {
  let rest = said;
  for (const line of lines) {
    const match = lineOf(line).exec(rest);
    assert.ok(match, `"${line}" in what follows:\n${rest}\n— of all:\n${said}`);
    rest = rest.slice(match.index + match[0].length);
  }
}

const system = await startEmptyDevSystem();

/** A plan that shows changes ends with status 2, which the page says and a shell takes for a failure. */
const readyFor = (commands: string): string =>
  commands.replaceAll(ORG, system.orgUrl).replaceAll(/^(mooring plan [^|\n]*)$/gm, '$1 || test $? -eq 2');

test('the tutorial does what it says, command by command', async (context) => {
  const all = steps();
  assert.ok(all.length >= 15, `${all.length} steps`);
  for (const { heading, commands, answer } of all) {
    await context.test(`${heading}: ${commands.trim().split('\n').join('; ').slice(0, 100)}`, async () => {
      if (commands.startsWith('mooring authorize')) {
        await system.authorize();
        await until('the first sync has ended', async () => {
          const { jobs, runningSyncs } = await system.mooring.status('acme');
          return runningSyncs.length === 0 && jobs.every(({ lastRun }) => lastRun !== undefined);
        });
        return;
      }
      assertSays(await system.shell(readyFor(commands)), answer);
    });
  }
  for (const word of [
    'init',
    'generate',
    'check',
    'plan',
    'apply',
    'authorize',
    'run',
    'explain',
    'snapshot',
    'history',
    'rollback',
  ])
    assert.ok(
      all.some(({ commands }) => new RegExp(`^mooring ${word} `, 'm').test(commands)),
      word,
    );
});
