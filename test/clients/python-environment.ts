import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../../services/cache-folder.ts';
import { downloadInto, shortReason } from '../../services/temporal-download.ts';

const run = promisify(execFile);

const CONSTRAINTS = join(import.meta.dirname, 'python', 'constraints.txt');
const CLIENTS = ['simple-salesforce', 'salesforce-bulk'];
/** Some 15 MB from a slow index. */
const INSTALL_TIMEOUT_MS = 15 * 60_000;

type Environment = Readonly<Record<string, string | undefined>>;

/** Settings that people have for their own installs do not go with an environment of ours. */
const pipEnvironment = (env: Environment): Environment => ({ ...env, PIP_USER: '0', PIP_REQUIRE_VIRTUALENV: '0' });

/** The last line says what was wrong; pip's own are long. */
const lastLine = (error: unknown): string =>
  ((error as { stderr?: string }).stderr ?? '').trim().split('\n').at(-1)?.trim() || shortReason(error);

/** Makes a virtual environment with the clients in it; resolves to its folder. */
async function makeEnvironment(draft: string, env: Environment): Promise<string> {
  const folder = join(draft, 'environment');
  try {
    await run('python3', ['-m', 'venv', folder], { env: { ...env } });
  } catch (error) {
    throw new Error(`"python3 -m venv" failed (${lastLine(error)})`, { cause: error });
  }
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--no-compile'];
  try {
    await run(join(folder, 'bin', 'python'), [...install, '--constraint', CONSTRAINTS, ...CLIENTS], {
      env: { ...pipEnvironment(env) },
      timeout: INSTALL_TIMEOUT_MS,
    });
  } catch (error) {
    throw new Error(`"pip install ${CLIENTS.join(' ')}" failed (${lastLine(error)})`, { cause: error });
  }
  return folder;
}

const interpreterOf = (folder: string): string => join(folder, 'bin', 'python');

const check = async (folder: string): Promise<void> => {
  await run(interpreterOf(folder), ['-c', 'import simple_salesforce, salesforce_bulk']);
};

/**
 * Returns the Python interpreter of an environment that holds the clients, from the cache or made anew. It has a name of its own for each
 * list of versions and each Python, so that none is ever changed.
 *
 * @throws Error in one sentence that says what to install
 */
export async function pythonWithClients(
  env: Environment = process.env,
  report: (sentence: string) => void = () => undefined,
): Promise<string> {
  try {
    const { stdout: version } = await run('python3', ['-c', 'import sys; print(sys.version)'], { env: { ...env } });
    const key = createHash('sha256')
      .update(version + (await readFile(CONSTRAINTS, 'utf8')))
      .digest('hex')
      .slice(0, 16);
    const folder = join(await cacheFolder(env), `salesforce-clients-${key}`);
    const isReady = await check(folder).then(
      () => true,
      () => false,
    );
    if (!isReady) {
      report('Making a Python environment for the clients (15 MB, once).');
      await rm(folder, { recursive: true, force: true });
      await downloadInto(folder, { download: makeEnvironment, check, env });
    }
    return interpreterOf(folder);
  } catch (error) {
    throw new Error(
      `The clients simple-salesforce and salesforce-bulk need python3 with venv and a package index, and could not be installed: ${shortReason(error)}. Install Python 3.9 or newer with its venv module (Debian: python3-venv), and run again.`,
      { cause: error },
    );
  }
}
