import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockOwner } from './lock-file.ts';

/** Name of the lock file that a server holds in its folder. */
export const LOCK = 'lock';

/** By then the watchdog of a process that is gone has stopped its server. */
const SETTLED_MS = 2 * 60_000;

/**
 * Makes a new temporary folder, and removes those of the same prefix whose owner is gone: a process that was killed could not
 * remove its own. A folder without a lock file is left alone, since it may be about to get one.
 *
 * @param prefix - such as `mooring-postgres-`
 */
export async function temporaryFolder(prefix: string): Promise<string> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(prefix)) continue;
    const folder = join(tmpdir(), name);
    const lock = await stat(join(folder, LOCK)).catch(() => undefined);
    if (lock === undefined || lock.uid !== process.getuid?.() || Date.now() - lock.mtimeMs < SETTLED_MS) continue;
    if ((await lockOwner(join(folder, LOCK))) === undefined) await rm(folder, { recursive: true, force: true });
  }
  return mkdtemp(join(tmpdir(), prefix));
}
