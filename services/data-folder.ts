import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { acquireLock } from './lock-file.ts';

/** Name of the folder, below the folder in which `mooring dev` was started. */
export const DATA_FOLDER = '.mooring';

export interface DataFolder {
  /** Absolute. */
  readonly path: string;
  /** Lets the next `mooring dev` in. */
  readonly close: () => Promise<void>;
}

/**
 * Opens a project's data folder for this process alone, and makes it when missing.
 *
 * Only its owner can enter it (0700), since passwords and keys lie there; a `.gitignore` of its own keeps it out of every commit.
 *
 * @throws ALREADY_RUNNING when another living process has it open
 */
export async function openDataFolder(projectFolder: string): Promise<DataFolder> {
  const path = resolve(projectFolder, DATA_FOLDER);
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
  await writeFile(join(path, '.gitignore'), '*\n');
  const lock = await acquireLock(join(path, 'lock'), `The data folder "${path}"`);
  return { path, close: lock.release };
}
