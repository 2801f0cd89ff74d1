import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { emptyFolder } from '../support/empty-folder.ts';
import { whenTestsEnd } from '../support/when-tests-end.ts';

const PROJECT = join(import.meta.dirname, '..', '..');

export type Environment = Readonly<Record<string, string>>;

export interface CliOptions {
  /** Beside PATH and HOME; nothing else of ours is inherited. */
  readonly env?: Environment;
  readonly cwd?: string;
}

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
}

export interface RunningCli {
  readonly process: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly ended: Promise<Ended>;
}

const somewhere = await emptyFolder();

/** Starts `mooring` as a user does, in a process of its own. Killed when the tests are over, should it still run. */
export function startCli(args: readonly string[], { env = {}, cwd = somewhere }: CliOptions = {}): RunningCli {
  const began = Date.now();
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), join(PROJECT, 'cli', 'main.ts'), ...args],
    { cwd, env: { PATH, HOME, NO_COLOR: '1', ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = once(child, 'close').then(([status]) => ({
    status: status as number | null,
    stdout,
    stderr,
    tookMs: Date.now() - began,
  }));
  whenTestsEnd(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended;
  });
  return { process: child, stdout: () => stdout, stderr: () => stderr, ended };
}

/** Runs `mooring` to its end; one that does not end fails the test. */
export async function runCli(args: readonly string[], options: CliOptions = {}, patienceMs = 150_000): Promise<Ended> {
  const cli = startCli(args, options);
  const timer = setTimeout(() => cli.process.kill('SIGKILL'), patienceMs);
  const ended = await cli.ended;
  clearTimeout(timer);
  assert.notEqual(
    ended.status,
    null,
    `mooring ${args.join(' ')} hung for ${patienceMs} ms: ${ended.stdout}${ended.stderr}`,
  );
  return ended;
}

/** Fails unless the command said what is wrong in one line on standard error, without a stack, and ended with status 1. */
export function assertSaysOnly({ status, stdout, stderr }: Ended, sentence: RegExp): void {
  assert.equal(status, 1, `status, and it said: ${stdout}${stderr}`);
  assert.match(stderr, sentence);
  assert.match(stderr, /^✖ [^\n]+\n$/, 'one line');
  assert.doesNotMatch(stderr, /\n\s+at |Error:|\bundefined\b|\[object/, 'no stack and nothing raw');
  assert.equal(stdout, '', 'nothing on standard output');
}
