import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';
import { cacheFolder } from '../../services/cache-folder.ts';
import { downloadInto, shortReason } from '../../services/temporal-download.ts';
import { CHROMIUM_VERSION, DOWNLOAD_TIMEOUT_MS, downloadByNpm } from './chromium-download.ts';

const run = promisify(execFile);
const playwright = join(dirname(createRequire(import.meta.url).resolve('playwright-core/package.json')), 'cli.js');

type Environment = Readonly<Record<string, string | undefined>>;

export interface LaunchOptions {
  readonly env?: Environment | undefined;
  /** Told in a sentence before something that takes long. */
  readonly report?: ((sentence: string) => void) | undefined;
}

export interface LaunchedChromium {
  readonly browser: Browser;
  /** What was started: `MOORING_CHROMIUM` for others. */
  readonly program: string;
}

/** One way to come by a browser: resolves to a program that may be one. */
interface Way {
  readonly name: string;
  readonly find: () => Promise<string>;
}

/**
 * Starts a headless Chromium: the one that `MOORING_CHROMIUM` names, else one on PATH, else Playwright's, else ours from the cache, else
 * one that is fetched: by npm, by Playwright, by apt-get as root.
 *
 * A browser counts as found once it has started: there are programs of that name that only say how to install it.
 *
 * @throws Error when every way failed; the message lists each with its reason
 */
export async function launchChromium({ env = process.env, report }: LaunchOptions = {}): Promise<LaunchedChromium> {
  const failures: string[] = [];
  for (const { name, find } of await ways(env, report)) {
    try {
      const program = await find();
      return { browser: await launch(program, env), program };
    } catch (error) {
      failures.push(`${name} (${shortReason(error)})`);
    }
  }
  throw new Error(
    `No Chromium is at hand, and the tests in a browser need one. Tried: ${failures.join('; ')}. ` +
      'Install Chromium or Chrome so that it is on PATH, or set MOORING_CHROMIUM to its program.',
  );
}

async function ways(env: Environment, report: LaunchOptions['report']): Promise<Way[]> {
  const named = env['MOORING_CHROMIUM'];
  // Who names one wants that one and no other.
  if (named) return [{ name: `"${named}", which MOORING_CHROMIUM names`, find: () => Promise.resolve(named) }];
  const cached = join(await cacheFolder(env), `chromium-${CHROMIUM_VERSION}-${process.platform}-${process.arch}`);
  const program = join(cached, 'chromium');
  const check = async (folder: string): Promise<void> => (await launch(join(folder, 'chromium'), env)).close();
  const options = { env: { ...env }, timeout: DOWNLOAD_TIMEOUT_MS };
  return [
    ...['chromium', 'chromium-browser', 'google-chrome'].map((name) => ({
      name: `"${name}" on PATH`,
      find: () => onPath(name, env),
    })),
    { name: "Playwright's own", find: () => Promise.resolve(chromium.executablePath()) },
    { name: `the cache "${cached}"`, find: () => Promise.resolve(program) },
    {
      name: 'the download by npm',
      find: async () => {
        report?.('Fetching a Chromium for the tests (70 MB, once) by npm.');
        await rm(cached, { recursive: true, force: true }); // it is there and does not start, or not there
        await downloadInto(cached, { download: downloadByNpm, check, env });
        return program;
      },
    },
    {
      name: 'the download by Playwright',
      find: async () => {
        report?.('Fetching a Chromium for the tests (170 MB, once) by Playwright.');
        await run(process.execPath, [playwright, 'install', 'chromium', '--no-shell'], options);
        return chromium.executablePath();
      },
    },
    {
      name: 'apt-get',
      find: async () => {
        if (process.getuid?.() !== 0) throw new Error('only root may install packages');
        report?.('Installing a Chromium for the tests by apt-get.');
        const quiet = { ...options, env: { ...options.env, DEBIAN_FRONTEND: 'noninteractive' } };
        await run('apt-get', ['update', '-qq'], quiet);
        await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], quiet);
        return onPath('chromium', env);
      },
    },
  ];
}

async function onPath(name: string, env: Environment): Promise<string> {
  const { stdout } = await run('/bin/sh', ['-c', 'command -v "$1"', 'sh', name], { env: { ...env } }).catch(() => {
    throw new Error('not there');
  });
  return stdout.trim();
}

/** Root needs `--no-sandbox`, as containers do; what is shown are pages of ours. */
const launch = (executablePath: string, env: Environment): Promise<Browser> =>
  chromium.launch({
    executablePath,
    env: { ...env },
    args: ['--no-sandbox', '--disable-gpu'],
    timeout: 120_000, // on a loaded machine
  });
