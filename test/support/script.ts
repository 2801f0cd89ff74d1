import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

export const PROJECT = resolve(import.meta.dirname, '..', '..');

export interface ScriptOptions {
  /** Folder of the project whose modules the script imports; a copy for some tests. */
  readonly project?: string | undefined;
  readonly node?: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly account?: { readonly uid: number; readonly gid: number } | undefined;
}

export interface Script {
  readonly process: ChildProcess;
  /** The next line it prints, as JSON; rejects with what it complained about when it ends before that. */
  readonly next: () => Promise<unknown>;
  readonly ended: Promise<number | null>;
}

/**
 * Runs a few lines of TypeScript in a process of their own. `from(path)` in `code` is replaced by the specifier of a module of the
 * project: `import { startPostgres } from(services/postgres.ts);`
 */
export function startScript(
  code: string,
  { project = PROJECT, node = process.execPath, env, account }: ScriptOptions = {},
): Script {
  const text = code.replaceAll(
    /from\((.*?)\)/g,
    (_, path: string) => `from '${pathToFileURL(join(project, path)).href}'`,
  );
  const child = spawn(node, ['--import', 'tsx', '--input-type=module', '--eval', text], {
    cwd: project,
    env: env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...account,
  });
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const next = async (): Promise<unknown> => {
    const line = await lines.next();
    if (line.done !== true) return JSON.parse(line.value);
    await ended;
    throw new Error(`The script ended without a further line. It said: ${complaints}`);
  };
  return { process: child, next, ended };
}
