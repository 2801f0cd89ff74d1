import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile, rename } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { MooringError } from '../domain/errors.ts';

/** The account a program runs under, when it is not ours. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export interface ChildOptions {
  /** As it stands in messages: `PostgreSQL`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Receives both output streams. The file of the start before is kept as `<logFile>.1`. */
  readonly logFile: string;
  /** What the program understands as "finish now, in order". */
  readonly stopSignal: 'INT' | 'TERM';
  /** After this long it is killed. */
  readonly graceSeconds: number;
  readonly account?: Account | undefined;
}

export interface Child {
  /** Resolves when the program ended although nobody had asked it to; never rejects. */
  readonly died: Promise<MooringError>;
  /** Stops the program and resolves once it is gone. Doing so twice is harmless. */
  readonly stop: () => Promise<void>;
}

/**
 * Runs the program and watches a pipe to us: when the pipe closes, because we asked for the end or because we are gone (crash,
 * kill -9), the program gets its stop signal, then SIGKILL. Nothing of the group is left behind.
 *
 * `&` takes standard input away from a background job, so the pipe moves to descriptor 3 first.
 */
const WATCHDOG = `
signal=$1 grace=$2
shift 2
exec 3<&0 </dev/null
"$@" 3<&- &
child=$!
{ read -r line <&3; kill -s "$signal" "$child"; sleep "$grace"; kill -s KILL "$child"; } >/dev/null 2>&1 &
wait "$child"
status=$?
trap '' TERM
kill -s TERM 0
exit "$status"
`;

/**
 * Starts a program that cannot outlive this process.
 *
 * It has a process group of its own, so a Ctrl-C in the terminal reaches only us and we stop things in order. It does not keep
 * this process alive either: whoever wants to wait has something else to wait for.
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { name, command, args, env, logFile, stopSignal, graceSeconds, account } = options;
  await rename(logFile, `${logFile}.1`).catch(() => undefined);
  const log = openSync(logFile, 'w', 0o600);
  const watchdog = spawn('/bin/sh', ['-c', WATCHDOG, 'mooring', stopSignal, String(graceSeconds), command, ...args], {
    env,
    cwd: '/', // an unprivileged account may not enter ours
    detached: true,
    stdio: ['pipe', log, log],
    ...(account && { uid: account.uid, gid: account.gid }),
  });
  closeSync(log);
  const pipe = watchdog.stdin as Socket;
  pipe.on('error', () => undefined); // a broken pipe is news of its end, which `exit` brings
  pipe.unref();
  watchdog.unref();

  const ended = new Promise<string>((resolve) => {
    watchdog.once('error', (error) => resolve(error.message));
    watchdog.once('exit', (status, signal) => resolve(signal ?? `status ${status ?? 'unknown'}`));
  });
  let stopping = false;
  const died = new Promise<MooringError>((resolve) => {
    void ended.then(async (how) => {
      pipe.destroy(); // when only the watchdog was killed, this ends the program
      if (!stopping) resolve(await describeDeath(name, how, logFile));
    });
  });
  return {
    died,
    stop: async () => {
      stopping = true;
      watchdog.ref();
      pipe.destroy();
      await ended;
    },
  };
}

async function describeDeath(name: string, how: string, logFile: string): Promise<MooringError> {
  const tail = await logTail(logFile);
  const said = tail === '' ? 'It said nothing.' : `Its last words: "${tail}".`;
  return new MooringError('SERVICE_FAILED', `${name} ended by itself (${how}). ${said} Its log is "${logFile}".`);
}

/** Returns the last lines of a log in one line, or nothing. */
async function logTail(logFile: string): Promise<string> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  return text.trim().split('\n').slice(-4).join(' | ').slice(-600);
}

/**
 * Waits until `probe` no longer rejects.
 *
 * @throws SERVICE_FAILED when the program ends before that, or when time runs out; it is stopped then
 */
export async function waitUntilReady(
  child: Child,
  probe: () => Promise<void>,
  { name, timeoutMs, logFile }: { readonly name: string; readonly timeoutMs: number; readonly logFile: string },
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const outcome = await Promise.race([
      child.died,
      probe().then(
        () => 'ready' as const,
        (error: unknown) => ({ notYet: error }),
      ),
    ]);
    if (outcome === 'ready') return;
    if (outcome instanceof MooringError) throw outcome;
    if (outcome.notYet instanceof MooringError || Date.now() > deadline) {
      await child.stop();
      if (outcome.notYet instanceof MooringError) throw outcome.notYet;
      const reason = outcome.notYet instanceof Error ? outcome.notYet.message : String(outcome.notYet);
      throw new MooringError(
        'SERVICE_FAILED',
        `${name} did not answer within ${timeoutMs / 1000} seconds (${reason}). Its log is "${logFile}".`,
        { cause: outcome.notYet },
      );
    }
    await delay(50);
  }
}
