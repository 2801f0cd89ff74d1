import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { MooringError } from '../../domain/errors.ts';

async function read(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new MooringError('KEY_MISSING', `The key file "${path}" cannot be read. Check its owner and mode.`, {
      cause: error,
    });
  }
}

/**
 * Returns the text of the key file at `path`, in the form of `MOORING_KEY`; makes the file, readable by its owner only, when absent.
 *
 * Safe in several processes at once: the file appears whole or not at all, and the first one wins.
 *
 * @throws KEY_MISSING when the file exists and is empty or cannot be read
 */
export async function createKeyFile(path: string): Promise<string> {
  const existing = await read(path);
  if (existing === undefined) {
    const draft = `${path}.${randomBytes(6).toString('hex')}`;
    await writeFile(draft, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
    try {
      await link(draft, path); // unlike rename, refuses to replace a key that another process made meanwhile
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    } finally {
      await rm(draft, { force: true });
    }
  }
  const text = existing ?? (await read(path));
  if (text === undefined || text === '') {
    throw new MooringError(
      'KEY_MISSING',
      `The key file "${path}" is empty, so the secrets it protected cannot be read. Restore it, or remove it and authorize the connections again.`,
    );
  }
  return text;
}
