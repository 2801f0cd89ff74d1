import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MooringError } from '../domain/errors.ts';
import type { Account } from './child-process.ts';
import { isAlive } from './process-identity.ts';

const run = promisify(execFile);

/** Where a cluster's files lie, and who owns them. */
export interface PostgresHome {
  /** Holds `data`, PostgreSQL's own folder; the account can enter it. */
  readonly folder: string;
  /** Absent: our own account, since we are not root. */
  readonly account?: Account;
  /** A folder that every account can enter, for copies of the programs; present with `account`. */
  readonly shared?: string;
}

/** Accounts that exist on practically every system; nothing else of ours runs under them, and none is ever created. */
const UNPRIVILEGED = ['postgres', 'nobody', 'daemon'];

/** File in the project's data folder that says where the data is when it cannot be right there. */
const POINTER = 'location';
/** File in the other place that says whose it is. */
const OWNER = 'project';

/**
 * Returns the place of a cluster that belongs to `dataDir`, and makes it when missing.
 *
 * PostgreSQL refuses to run as root, and the unprivileged account that runs it instead cannot enter a project's data folder
 * (0700). So as root the data lies below /var/lib/mooring and `dataDir` holds a pointer to it. For everybody else it lies in
 * `dataDir` itself: whoever got there can enter.
 */
export async function postgresHome(dataDir: string): Promise<PostgresHome> {
  if (process.getuid?.() !== 0) return { folder: dataDir };
  const account = await unprivilegedAccount();
  const shared = await sharedFolder();
  const pointer = join(dataDir, POINTER);
  const known = await readFile(pointer, 'utf8').catch(() => undefined);
  if (known !== undefined && (await isFolder(known))) return { folder: known, account, shared };

  await removeOrphans(shared, dataDir);
  const folder = await mkdtemp(join(shared, 'postgres-'));
  await writeFile(join(folder, OWNER), dataDir, { mode: 0o600 });
  await chown(folder, account.uid, account.gid);
  await writeFile(pointer, folder, { mode: 0o600 });
  return { folder, account, shared };
}

/** Removes a cluster for good: both places. */
export async function removeHome(dataDir: string, home: PostgresHome): Promise<void> {
  await rm(home.folder, { recursive: true, force: true });
  await rm(dataDir, { recursive: true, force: true });
}

async function unprivilegedAccount(): Promise<Account> {
  for (const name of UNPRIVILEGED) {
    try {
      const [user, group] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
      const [uid, gid] = [Number(user.stdout), Number(group.stdout)];
      if (uid > 0 && gid > 0) return { name, uid, gid };
    } catch {
      // No such account: the next one.
    }
  }
  throw new MooringError(
    'SERVICE_FAILED',
    `PostgreSQL refuses to run as root, and none of the accounts "${UNPRIVILEGED.join('", "')}" exists to run it instead. Start Mooring as a normal user, or set DATABASE_URL.`,
  );
}

/** Returns a folder of root's own that every account can enter: nobody else may place files there beforehand. */
async function sharedFolder(): Promise<string> {
  const tried: string[] = [];
  for (const folder of ['/var/lib/mooring', '/var/tmp/mooring', join(tmpdir(), 'mooring')]) {
    try {
      await mkdir(folder, { mode: 0o755 }).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      });
      const { uid, mode } = await stat(folder);
      if (uid !== 0 || (mode & 0o022) !== 0) throw new Error('others can write to it');
      await chmod(folder, 0o755);
      return folder;
    } catch (error) {
      tried.push(`"${folder}" (${error instanceof Error ? error.message : String(error)})`);
    }
  }
  throw new MooringError(
    'SERVICE_FAILED',
    `No folder was found that an unprivileged PostgreSQL can enter. Tried: ${tried.join(', ')}. Make one of them writable for root, or set DATABASE_URL.`,
  );
}

/** Removes clusters that belonged to this data folder before somebody deleted it, or to a temporary folder that is gone. */
async function removeOrphans(shared: string, dataDir: string): Promise<void> {
  for (const name of await readdir(shared)) {
    if (!name.startsWith('postgres-')) continue;
    const folder = join(shared, name);
    const owner = await readFile(join(folder, OWNER), 'utf8').catch(() => undefined);
    if (owner === undefined || (await postmasterPid(folder)) !== undefined) continue;
    const gone = owner.startsWith(tmpdir()) && !(await isFolder(owner));
    if (owner === dataDir || gone) await rm(folder, { recursive: true, force: true });
  }
}

/** Returns the process id that a cluster's `postmaster.pid` names when a process of that id exists. */
export async function postmasterPid(homeFolder: string): Promise<number | undefined> {
  const text = await readFile(join(homeFolder, 'data', 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Math.abs(Number(text.split('\n')[0]));
  return pid > 0 && isAlive(pid) ? pid : undefined;
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
