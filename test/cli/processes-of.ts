import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { untilGone } from '../support/until.ts';

const run = promisify(execFile);

export interface Descendant {
  readonly pid: number;
  readonly command: string;
}

/** All processes that a process started, and that those started, now. */
export async function processesOf(pid: number): Promise<Descendant[]> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=,args=']);
  const all = stdout.split('\n').flatMap((line) => {
    const [, own, parent, command = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return own === undefined ? [] : [{ pid: Number(own), parent: Number(parent), command }];
  });
  const below = (parent: number): Descendant[] =>
    all.filter((one) => one.parent === parent).flatMap((one) => [one, ...below(one.pid)]);
  return below(pid).filter(({ command }) => !command.startsWith('ps '));
}

/** Fails when one of them is still there after a while. */
export async function assertGone(processes: readonly Descendant[]): Promise<void> {
  for (const { pid } of processes) await untilGone(pid);
}
