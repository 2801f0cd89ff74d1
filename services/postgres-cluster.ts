import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { MooringError } from '../domain/errors.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { type PostgresHome, postmasterPid } from './postgres-home.ts';
import { commandOf } from './process-identity.ts';

const run = promisify(execFile);

/** As long as a fast shutdown may take: its checkpoint writes at most `shared_buffers` and some. */
export const GRACE_SECONDS = 30;

export interface ClusterOptions {
  /** The project's folder for this server: password, port, log, and the pointer when the data lies elsewhere. */
  readonly dataDir: string;
  readonly home: PostgresHome;
  readonly binaries: PostgresBinaries;
  readonly superuser: string;
  readonly password: string;
  /** False: not even initdb waits for the disk. */
  readonly sync: boolean;
}

/**
 * Waits for the server of a process that is gone: its watchdog is just stopping it. Removes `postmaster.pid` when its process id
 * now belongs to something else, as it may after a reboot; PostgreSQL itself would refuse to start then.
 */
export async function outwaitPredecessor({ dataDir, home }: Pick<ClusterOptions, 'dataDir' | 'home'>): Promise<void> {
  const deadline = Date.now() + (GRACE_SECONDS + 5) * 1000;
  const data = join(home.folder, 'data');
  for (;;) {
    const pid = await postmasterPid(home.folder);
    if (pid === undefined) return;
    if (!((await commandOf(pid)) ?? '').includes(data)) {
      await rm(join(data, 'postmaster.pid'), { force: true });
      return;
    }
    if (Date.now() > deadline) {
      throw new MooringError(
        'ALREADY_RUNNING',
        `PostgreSQL of "${dataDir}" still runs as process "${pid}", left by a process that is gone. Stop it with kill -INT ${pid}.`,
      );
    }
    await delay(100);
  }
}

/** Returns the superuser's password: random, made once, readable by its owner only. */
export async function ensurePassword(dataDir: string): Promise<string> {
  const file = join(dataDir, 'password');
  const known = await readFile(file, 'utf8').catch(() => '');
  if (known !== '') return known;
  const password = randomBytes(24).toString('hex');
  await writeFile(file, password, { mode: 0o600 });
  return password;
}

/** Returns PostgreSQL's own folder, made by initdb the first time. It appears whole, so an interrupted start leaves no half. */
export async function ensureCluster({
  dataDir,
  home,
  binaries,
  superuser,
  password,
  sync,
}: ClusterOptions): Promise<string> {
  const data = join(home.folder, 'data');
  const found = await readFile(join(data, 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (found !== undefined) {
    if (found.trim() === binaries.major) return data;
    throw new MooringError(
      'SERVICE_FAILED',
      `The data in "${dataDir}" was written by PostgreSQL "${found.trim()}", and this is ${binaries.major}. Export it with the older version, or delete that folder to start anew.`,
    );
  }
  const draft = join(home.folder, 'data.new');
  const passwordFile = join(home.folder, 'initial-password');
  await rm(draft, { recursive: true, force: true });
  await writeFile(passwordFile, password, { mode: 0o600 });
  const as = home.account && { uid: home.account.uid, gid: home.account.gid };
  if (as) await chown(passwordFile, as.uid, as.gid);
  const initdb = [
    `--pgdata=${draft}`,
    `--username=${superuser}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The same order and case rules on every machine, whatever locales it has.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    ...(sync ? [] : ['--no-sync']),
  ];
  try {
    await run(binaries.initdb, initdb, { cwd: '/', env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' }, ...as });
    await rename(draft, data);
  } catch (cause) {
    const { stderr = String(cause) } = cause as { stderr?: string };
    throw new MooringError(
      'SERVICE_FAILED',
      `PostgreSQL could not make its data folder "${data}": "${stderr.trim()}".`,
      {
        cause,
      },
    );
  } finally {
    await rm(passwordFile, { force: true });
    await rm(draft, { recursive: true, force: true });
  }
  return data;
}
