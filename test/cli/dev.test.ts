import assert from 'node:assert/strict';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { emptyFolder } from '../support/empty-folder.ts';
import { until } from '../support/until.ts';
import { whenTestsEnd } from '../support/when-tests-end.ts';
import { assertGone, processesOf, type Descendant } from './processes-of.ts';
import { assertSaysOnly, runCli, startCli, type RunningCli } from './run-cli.ts';

const cwd = await emptyFolder();
// As root the data lies elsewhere, and a file here says where.
whenTestsEnd(async () => {
  const elsewhere = await readFile(join(cwd, '.mooring', 'postgres', 'location'), 'utf8').catch(() => undefined);
  if (elsewhere !== undefined) await rm(elsewhere.trim(), { recursive: true, force: true });
});

interface Dev {
  readonly cli: RunningCli;
  /** PostgreSQL, Temporal and what watches over them. */
  readonly parts: readonly Descendant[];
}

/** Starts `mooring dev` and resolves once it shows where everything is. */
async function startDev(): Promise<Dev> {
  const cli = startCli(['dev'], { cwd });
  await until(
    `dev is up (it says: ${cli.stdout()}${cli.stderr()})`,
    () => /Next: mooring apply/.test(cli.stdout()) || cli.process.exitCode !== null,
    120_000,
  );
  assert.match(cli.stdout(), /Next: mooring apply/, cli.stderr());
  const parts = await processesOf(cli.process.pid ?? 0);
  const commands = parts.map(({ command }) => command).join('\n');
  assert.match(commands, /postgres -D /);
  assert.match(commands, /temporal\S* server start-dev/);
  return { cli, parts };
}

test('Ctrl-C stops dev and all that it started; while it runs, a second one in the folder is refused', async () => {
  const { cli, parts } = await startDev();
  assert.match(
    cli.stdout(),
    /HTTP server +http:\/\/127\.0\.0\.1:\d+\nTemporal Web UI +http:[^\n]+\nTemporal CLI +export TEMPORAL_ADDRESS=127[^\n]+\nPostgreSQL +postgres[^\n]+\nLog +/,
  );

  const second = await runCli(['dev'], { cwd });
  assertSaysOnly(
    second,
    new RegExp(`^✖ The data folder ".*" is in use by the running process "${cli.process.pid ?? ''}"\\.`),
  );
  assert.equal(cli.process.exitCode, null, 'the first one goes on');

  await writeFile(
    join(cwd, 'acme.yaml'),
    'connection: acme\nsalesforce: { org: sandbox, clientId: { env: A }, clientSecret: { env: B } }\n',
  );
  const applied = await runCli(['apply', 'acme.yaml', '--yes'], { cwd });
  assert.deepEqual([applied.status, applied.stderr], [0, ''], 'commands beside it find it without any setting');

  cli.process.kill('SIGINT');
  const { status, stderr } = await cli.ended;
  assert.deepEqual([status, stderr], [0, '']);
  await assertGone(parts);
  assert.ok(!(await readdir(join(cwd, '.mooring'))).includes('running.json'));
});

test('what dev kept is there at the next start, and kill -9 leaves no process behind', async () => {
  const { cli, parts } = await startDev();
  const { status, stdout } = await runCli(['status', 'acme'], { cwd });
  assert.equal(status, 0);
  assert.match(stdout, /^acme: awaiting authorization, revision 1/);
  cli.process.kill('SIGKILL');
  await cli.ended;
  await assertGone(parts);
  // The file that told where things were is still there, and they are not.
  assertSaysOnly(await runCli(['status', 'acme'], { cwd }), /^✖ PostgreSQL at ".*" cannot be used: /);
});

test('dev starts again after kill -9, and SIGTERM stops it in order', async () => {
  const { cli, parts } = await startDev();
  assert.equal((await runCli(['status', 'acme'], { cwd })).status, 0);
  cli.process.kill('SIGTERM');
  const { status, stderr } = await cli.ended;
  assert.deepEqual([status, stderr], [0, '']);
  await assertGone(parts);
});

test('when a part of dev dies, dev says which, stops the others and fails', async () => {
  const { cli, parts } = await startDev();
  const temporal = parts.find(
    ({ command }) => /temporal\S* server start-dev/.test(command) && !command.includes('/bin/sh'),
  );
  assert.ok(temporal);
  process.kill(temporal.pid, 'SIGKILL');
  const { status, stderr } = await cli.ended;
  assert.equal(status, 1);
  assert.match(stderr, /^✖ The Temporal dev server ended by itself/);
  await assertGone(parts);
});

test('the emulator leaves no process behind when it is interrupted', async () => {
  const cli = startCli(['emulator', '--accounts', '20', '--contacts', '20'], { cwd });
  await until('it is up', () => /Ctrl-C stops it/.test(cli.stdout()) || cli.process.exitCode !== null, 120_000);
  const parts = await processesOf(cli.process.pid ?? 0);
  assert.match(parts.map(({ command }) => command).join('\n'), /postgres -D /);
  cli.process.kill('SIGINT');
  const { status, stderr } = await cli.ended;
  assert.deepEqual([status, stderr], [0, '']);
  await assertGone(parts);
});
