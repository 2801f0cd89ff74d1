import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { MooringError } from '../domain/errors.ts';
import { birthOf, isAlive } from './process-identity.ts';

export interface LockFile {
  /** Gives the lock back. Doing so twice is harmless. */
  readonly release: () => Promise<void>;
}

/** How often to look whether another has removed a stale lock. */
const GUARD_LOOK_MS = 10;

const errnoOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/**
 * Takes a lock that ends with this process, however it ends: a lock whose owner is gone counts for nothing.
 *
 * The file holds `<pid>\n<birth>\n<random>\n`. It appears whole, by `link`, so nobody reads half of one.
 *
 * @param what - what is locked, as the start of a sentence: `The data folder "/srv/app/.mooring"`
 * @throws ALREADY_RUNNING when a living process, this one included, holds it
 */
export async function acquireLock(file: string, what: string): Promise<LockFile> {
  const mine = await newLock();
  const owner = await take(file, mine);
  if (owner !== undefined) {
    throw new MooringError(
      'ALREADY_RUNNING',
      `${what} is in use by the running process "${owner}". Stop that process first (Ctrl-C in its terminal, or kill ${owner}).`,
    );
  }
  return { release: () => releaseLock(file, mine) };
}

const newLock = async (): Promise<string> =>
  `${process.pid}\n${(await birthOf(process.pid)) ?? ''}\n${randomBytes(8).toString('hex')}\n`;

/** Takes the lock, or returns the process id of its living owner. */
async function take(file: string, mine: string): Promise<number | undefined> {
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(draft, mine, { mode: 0o600 });
  try {
    for (;;) {
      try {
        await link(draft, file);
        return undefined;
      } catch (error) {
        if (errnoOf(error) !== 'EEXIST') throw error;
      }
      const theirs = await readLock(file);
      if (theirs === undefined) continue;
      const owner = await livingOwner(theirs);
      if (owner !== undefined) return owner;
      await removeStale(file, theirs);
    }
  } finally {
    await rm(draft, { force: true });
  }
}

/** Removes a stale lock under a lock of its own: who has read late must not remove what another has taken meanwhile. */
async function removeStale(file: string, stale: string): Promise<void> {
  const guard = `${file}.stale`;
  const mine = await newLock();
  if ((await take(guard, mine)) !== undefined) {
    await delay(GUARD_LOOK_MS);
    return;
  }
  try {
    if ((await readLock(file)) === stale) await rm(file, { force: true });
  } finally {
    await releaseLock(guard, mine);
  }
}

/** Returns the process id of a lock's owner, or `undefined` when there is no lock or its owner is gone. */
export async function lockOwner(file: string): Promise<number | undefined> {
  const text = await readLock(file);
  return text === undefined ? undefined : livingOwner(text);
}

async function livingOwner(text: string): Promise<number | undefined> {
  const [first = '', birth = ''] = text.split('\n');
  const pid = Number(first);
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return undefined;
  return birth === '' || birth === (await birthOf(pid)) ? pid : undefined;
}

async function releaseLock(file: string, mine: string): Promise<void> {
  if ((await readLock(file)) === mine) await rm(file, { force: true });
}

async function readLock(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
