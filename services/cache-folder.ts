import { mkdir, stat } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { MooringError } from '../domain/errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns the user's own folder for files that can be fetched again, and makes it when missing.
 *
 * `MOORING_CACHE`, else `XDG_CACHE_HOME/mooring`, else the platform's habit below the home folder, else (an account without a
 * home) a private folder of the temporary one.
 *
 * @throws SERVICE_FAILED when none can be made
 */
export async function cacheFolder(env: Environment = process.env): Promise<string> {
  const tried: string[] = [];
  for (const folder of await candidates(env)) {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const { uid, mode } = await stat(folder);
      const ours = uid === process.getuid?.() && (mode & 0o022) === 0;
      // A program found here is run: one that others can replace must not be.
      if (ours || env['MOORING_CACHE'] === folder) return folder;
      tried.push(`"${folder}" (others can write to it)`);
    } catch (error) {
      tried.push(`"${folder}" (${error instanceof Error ? error.message : String(error)})`);
    }
  }
  throw new MooringError(
    'SERVICE_FAILED',
    `No folder for downloads can be made. Tried: ${tried.join(', ')}. Set MOORING_CACHE to one you can write to.`,
  );
}

async function candidates(env: Environment): Promise<string[]> {
  const { MOORING_CACHE: own, XDG_CACHE_HOME: xdg } = env;
  if (own) return [own];
  const home = env['HOME'] ?? homeOfAccount();
  const below = process.platform === 'darwin' ? join('Library', 'Caches') : '.cache';
  return [
    ...(xdg ? [join(xdg, 'mooring')] : []),
    // An account such as `nobody` names a home that is not there, and must not get one.
    ...((await isFolder(home)) ? [join(home, below, 'mooring')] : []),
    join(tmpdir(), `mooring-cache-${process.getuid?.() ?? ''}`),
  ];
}

/** An account given by number only, as containers do, has none, and Node throws. */
function homeOfAccount(): string {
  try {
    return homedir();
  } catch {
    return '';
  }
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
