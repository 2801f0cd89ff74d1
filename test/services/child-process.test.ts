import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { MooringError } from '../../domain/errors.ts';
import { type Child, startChild, waitUntilReady } from '../../services/child-process.ts';
import { startScript } from '../support/script.ts';
import { until, untilGone } from '../support/until.ts';

const folder = await mkdtemp(join(tmpdir(), 'mooring-child-test-'));
after(() => rm(folder, { recursive: true }));

const env = { PATH: '/usr/bin:/bin' };

/** Starts a shell script as the child; `$1` is the file to which it writes its process id. */
const start = (name: string, script: string, graceSeconds = 20): Promise<Child> =>
  startChild({
    name: 'The program',
    command: '/bin/sh',
    args: ['-c', script, 'sh', join(folder, `${name}.pid`)],
    env,
    logFile: join(folder, `${name}.log`),
    stopSignal: 'TERM',
    graceSeconds,
  });

async function pidOf(name: string): Promise<number> {
  const read = async (): Promise<number> =>
    Number.parseInt(await readFile(join(folder, `${name}.pid`), 'utf8').catch(() => '0'));
  await until(`"${name}" has written its process id`, async () => (await read()) > 0);
  return read();
}

/** A child keeps no process alive, so something else must while we wait. */
async function deathOf(child: Child): Promise<MooringError> {
  let death: MooringError | undefined;
  void child.died.then((error) => (death = error));
  await until('the death is reported', () => death !== undefined);
  assert.ok(death);
  return death;
}

test('stop gives the signal that the program understands and waits for its end', async () => {
  const child = await start(
    'orderly',
    `trap 'echo tidied up; exit 0' TERM; echo $$ > "$1"; while :; do sleep 0.05; done`,
  );
  const pid = await pidOf('orderly');
  await Promise.all([child.stop(), child.stop()]);
  await untilGone(pid);
  assert.equal(await readFile(join(folder, 'orderly.log'), 'utf8'), 'tidied up\n');
});

test('a program that ignores its signal is killed after the grace period', async () => {
  const child = await start('stubborn', `trap '' TERM; echo $$ > "$1"; while :; do sleep 0.05; done`, 1);
  const pid = await pidOf('stubborn');
  await child.stop();
  await untilGone(pid);
});

test('a program that ends by itself is reported with its status and last words', async () => {
  const child = await start('crash', 'echo "no space left"; exit 3');
  const error = await deathOf(child);
  assert.equal(error.code, 'SERVICE_FAILED');
  assert.match(error.message, /The program ended by itself \(status 3\).*"no space left"/);
});

test('waiting for a program ends with its death, and time that runs out stops it', async () => {
  const logFile = join(folder, 'wait.log');
  const never = (): Promise<void> => Promise.reject(new Error('refused'));
  const dead = await start('dead', 'exit 1');
  await assert.rejects(waitUntilReady(dead, never, { name: 'It', timeoutMs: 20_000, logFile }), {
    message: /ended by itself/,
  });
  const mute = await start('mute', 'echo $$ > "$1"; exec sleep 60');
  const pid = await pidOf('mute');
  await assert.rejects(waitUntilReady(mute, never, { name: 'It', timeoutMs: 100, logFile }), {
    message: /did not answer.*refused/,
  });
  await untilGone(pid);
});

test('kill -9 of the parent ends the program, and so does kill -9 of the watchdog', async () => {
  const script = startScript(
    `
    import { startChild } from(services/child-process.ts);
    await startChild({ name: 'It', command: '/bin/sh', args: ['-c', 'echo $$ > "$1"; exec sleep 600', 'sh', process.env.PID_FILE],
      env: { PATH: '/usr/bin:/bin' }, logFile: process.env.LOG_FILE, stopSignal: 'TERM', graceSeconds: 20 });
    console.log('"started"');
    setInterval(() => {}, 1000);`,
    { env: { ...process.env, PID_FILE: join(folder, 'orphan.pid'), LOG_FILE: join(folder, 'orphan.log') } },
  );
  assert.equal(await script.next(), 'started');
  const orphan = await pidOf('orphan');
  script.process.kill('SIGKILL');
  await untilGone(orphan);

  const child = await start('unguarded', 'echo $$ $PPID > "$1"; exec sleep 600');
  await pidOf('unguarded');
  const [pid, watchdog] = (await readFile(join(folder, 'unguarded.pid'), 'utf8')).split(' ').map(Number);
  assert.ok(pid && watchdog);
  process.kill(watchdog, 'SIGKILL');
  await deathOf(child);
  await untilGone(pid);
});
