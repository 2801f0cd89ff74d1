import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCli } from './run-cli.ts';

/** The names of the commands that a help text lists. */
const commandsOf = (help: string): string[] =>
  [...(help.split('Commands:\n')[1] ?? '').matchAll(/^ {2}([a-z]+)/gm)]
    .map(([, name]) => name ?? '')
    .filter((name) => name !== 'help');

test('help lists the commands, and each of them shows an example of itself', async () => {
  const { status, stdout } = await runCli(['--help']);
  assert.equal(status, 0);
  const commands = commandsOf(stdout);
  assert.ok(commands.length >= 12, stdout);
  const pending = commands.map((name) => [name]);
  for (let path = pending.shift(); path; path = pending.shift()) {
    const help = await runCli([...path, '--help']);
    assert.equal(help.status, 0, help.stderr);
    const inner = commandsOf(help.stdout);
    pending.push(...inner.map((name) => [...path, name]));
    const example = new RegExp(`Examples?:[^]*\\$ .*mooring ${path.join(' ')}`);
    if (inner.length === 0) assert.match(help.stdout, example, `mooring ${path.join(' ')}`);
  }
});

test('the version is printed', async () => {
  const { status, stdout } = await runCli(['--version']);
  assert.equal(status, 0);
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
});

for (const [what, args, words] of [
  ['an unknown command', ['aply', 'x'], /unknown command 'aply'[^]*Did you mean apply\?/],
  ['an unknown option', ['run', 'acme', '--ful'], /unknown option '--ful'[^]*Did you mean --full\?/],
  ['a missing argument', ['run'], /missing required argument 'name'/],
  ['an argument too many', ['status', 'acme', 'more'], /too many arguments/],
  [
    'a port that is none',
    ['dev', '--port', '99999'],
    /'99999' is invalid\. A port is a whole number from 1 to 65535\./,
  ],
  [
    'a format that is none',
    ['check', '.', '--format', 'xml'],
    /'xml' is invalid\. Allowed choices are text, json, github/,
  ],
] as const) {
  test(`${what} is named, and the status is 1`, async () => {
    const { status, stdout, stderr } = await runCli(args);
    assert.equal(status, 1);
    assert.match(stderr, words);
    assert.doesNotMatch(stderr, /\n\s+at /);
    assert.equal(stdout, '');
  });
}

test('mooring alone shows the help and fails, since nothing was asked for', async () => {
  const { status, stdout, stderr } = await runCli([]);
  assert.equal(status, 1);
  assert.match(stdout + stderr, /Usage: mooring/);
});
