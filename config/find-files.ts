import { opendir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileProblem, type Diagnostic } from './diagnostic.ts';
import { quote } from '../domain/did-you-mean.ts';
import { LIMITS } from './limits.ts';

/** All that loading needs from a file system; tests and other sources (a git tree) pass their own. */
export interface ConfigFiles {
  /** What stands at the path, links followed; undefined when nothing does. */
  readonly kindOf: (path: string) => Promise<'file' | 'folder' | 'other' | undefined>;
  /** Names in a folder; folders reached by a link are left out, since links can form circles. */
  readonly list: (folder: string) => Promise<readonly string[]>;
  /** The first `atMost` bytes of a file. */
  readonly read: (file: string, atMost: number) => Promise<Uint8Array>;
  /** The same for two paths that lead to the same file. */
  readonly identify: (file: string) => Promise<string>;
}

export const diskFiles: ConfigFiles = {
  async kindOf(path) {
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) return undefined;
    return found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other';
  },
  async list(folder) {
    const names: string[] = [];
    for await (const entry of await opendir(folder)) {
      const isLinkedFolder =
        entry.isSymbolicLink() && (await stat(join(folder, entry.name)).catch(() => undefined))?.isDirectory();
      if (isLinkedFolder !== true) names.push(entry.name);
    }
    return names;
  },
  read: async (file, atMost) => (await readFile(file)).subarray(0, atMost),
  identify: (file) => realpath(file),
};

export interface FoundText {
  readonly file: string;
  readonly text: string;
}

export interface FoundFiles {
  readonly texts: readonly FoundText[];
  readonly diagnostics: readonly Diagnostic[];
}

const isYaml = (name: string): boolean => /\.ya?ml$/i.test(name);
/** Hidden files are editors' and tools'; a CI workflow below `.github` is no configuration of ours. */
const isIgnored = (name: string): boolean => name.startsWith('.') || name === 'node_modules';
const byName = (first: string, second: string): number => (first < second ? -1 : 1);

/**
 * Reads the YAML files that the paths name: files as they are, folders with all that is in them, sorted by name.
 *
 * A file that cannot be read is a problem among others, not an exception; one that is named twice is read once.
 */
export async function findFiles(paths: readonly string[], files: ConfigFiles): Promise<FoundFiles> {
  const texts: FoundText[] = [];
  const diagnostics: Diagnostic[] = [];
  const seen = new Set<string>();

  const visit = async (path: string, isNamed: boolean): Promise<number> => {
    const kind = await files.kindOf(path);
    if (kind === 'folder') {
      const names = [...(await files.list(path))].filter((name) => !isIgnored(name)).sort(byName);
      let count = 0;
      for (const name of names) count += await visit(join(path, name), false);
      return count;
    }
    if (!isNamed && !isYaml(path)) return 0;
    if (kind !== 'file') {
      const reason = kind === undefined ? 'does not exist' : 'is neither a file nor a folder';
      diagnostics.push(fileProblem(path, `${quote(path)} ${reason}. Name a YAML file or a folder of YAML files.`));
      return 1;
    }
    const identity = await files.identify(path);
    if (!seen.has(identity)) {
      seen.add(identity);
      const read = decode(path, await files.read(path, LIMITS.fileBytes + 1));
      if ('text' in read) texts.push(read);
      else diagnostics.push(read);
    }
    return 1;
  };

  for (const path of paths) {
    try {
      const count = await visit(path, true);
      if (count === 0)
        diagnostics.push(fileProblem(path, `The folder ${quote(path)} holds no file that ends in .yaml or .yml.`));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      diagnostics.push(fileProblem(path, `${quote(path)} cannot be read: ${reason}.`));
    }
  }
  return { texts, diagnostics };
}

function decode(file: string, bytes: Uint8Array): FoundText | Diagnostic {
  if (bytes.length > LIMITS.fileBytes) {
    return fileProblem(
      file,
      `The file is larger than ${LIMITS.fileBytes / 1024} kB. Split it: a folder may hold many files.`,
    );
  }
  try {
    return { file, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return fileProblem(file, 'The file is not UTF-8 text. Save it as UTF-8.');
  }
}
