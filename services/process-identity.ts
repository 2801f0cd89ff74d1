import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Says whether a process with this id exists, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const fromPs = async (pid: number, column: string): Promise<string | undefined> => {
  try {
    const { stdout } = await run('ps', ['-o', `${column}=`, '-p', String(pid)], {
      env: { ...process.env, LC_ALL: 'C' },
    });
    return stdout.trim() || undefined;
  } catch {
    return undefined;
  }
};

/**
 * Returns a text that differs between two processes that had the same id one after the other.
 *
 * Process ids are used again, after a reboot even the same ones; id and birth together are not. `undefined` when there is no
 * such process, when it has ended and only its parent has not noticed (a zombie), or when there is nothing to ask.
 */
export async function birthOf(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return fromPs(pid, 'lstart');
  try {
    const [boot, stat] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
      readFile(`/proc/${pid}/stat`, 'utf8'),
    ]);
    // Field 22, counted after the command's closing bracket, since the command itself may hold spaces: proc(5), starttime.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, ticks] = [fields[0], fields[19]];
    return state === 'Z' ? undefined : `${boot.trim()} ${ticks ?? ''}`;
  } catch {
    return undefined;
  }
}

/** Returns the command line of a process, or `undefined` when it is gone. */
export async function commandOf(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return fromPs(pid, 'command');
  try {
    const text = await readFile(`/proc/${pid}/cmdline`, 'utf8');
    return text.replaceAll('\0', ' ').trim() || undefined;
  } catch {
    return undefined;
  }
}
