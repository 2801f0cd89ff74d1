import { execFile } from 'node:child_process';
import { realpath, stat } from 'node:fs/promises';
import { dirname, relative, resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import type { DeclaredIn, Provenance, Territory } from '../domain/provenance.ts';
import { accountName } from './account-name.ts';

const run = promisify(execFile);

/** Asks git; undefined when there is no git, no repository, or no answer. */
async function git(folder: string, ...args: readonly string[]): Promise<string | undefined> {
  try {
    return (await run('git', ['-C', folder, ...args], { timeout: 10_000 })).stdout.trim();
  } catch {
    return undefined;
  }
}

/** `git@github.com:acme/mooring.git` and `https://user@github.com/acme/mooring` are one place, and a way to log in is none. */
export function repositoryName(origin: string): string {
  const plain = origin.trim().replace(/^[a-z+]+:\/\//i, '');
  return plain
    .replace(/^[^@/]*@/, '')
    .replace(/^([^/:]+):(?!\d)/, '$1/')
    .replace(/(\.git)?\/*$/, '');
}

/** Where the files of a command lie, as far as git knows. */
export interface Place {
  readonly territory: Territory;
  /** Names a file as others who have the same repository name it. */
  readonly declaredIn: (files: readonly string[]) => DeclaredIn;
  readonly provenance: Provenance;
}

/** Looks up where files and folders lie. Outside of a repository paths are absolute, and there is no commit. */
export async function findPlace(paths: readonly string[], cwd: string): Promise<Place> {
  const found = await Promise.all(
    paths.map(async (path) => {
      const absolute = await realpath(resolve(cwd, path));
      return { absolute, isFolder: (await stat(absolute)).isDirectory() };
    }),
  );
  const [first] = found;
  const folder = first === undefined ? cwd : first.isFolder ? first.absolute : dirname(first.absolute);
  const root = await git(folder, 'rev-parse', '--show-toplevel');
  const nameOf = (path: string): string => (root === undefined ? path : relative(root, path)).replaceAll(sep, '/');
  const origin = root === undefined ? undefined : await git(folder, 'config', '--get', 'remote.origin.url');
  const repository = origin === undefined || origin === '' ? null : repositoryName(origin);
  const changes =
    root === undefined
      ? undefined
      : await git(root, 'status', '--porcelain', '--', ...found.map(({ absolute }) => absolute));
  return {
    territory: {
      repository,
      files: found.filter(({ isFolder }) => !isFolder).map(({ absolute }) => nameOf(absolute)),
      folders: found.filter(({ isFolder }) => isFolder).map(({ absolute }) => nameOf(absolute)),
    },
    declaredIn: (files) => ({ repository, files: files.map((file) => nameOf(resolve(cwd, file))).sort() }),
    provenance: {
      appliedBy: accountName(),
      commit: (await git(folder, 'rev-parse', '--verify', '--quiet', 'HEAD')) ?? null,
      author: (await git(folder, 'log', '-1', '--format=%an <%ae>')) ?? null,
      isDirty: changes === undefined ? null : changes !== '',
      rolledBackTo: null,
    },
  };
}
