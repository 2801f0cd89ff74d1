import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../../services/cache-folder.ts';
import { downloadInto, shortReason } from '../../services/temporal-download.ts';
import { fetchNpmArchive, type NpmArchive } from '../support/npm-archive.ts';

const run = promisify(execFile);

/** Salesforce's own plugin of its command line: 14 kB with the schema, and a hundred packages that we do not want. */
const PLUGIN: NpmArchive = {
  name: '@salesforce/plugin-schema',
  version: '4.0.12',
  hash: 'eQ2wYV2qTEC6svRCLT3QzFLolDX7G/UheW1BvnNYvsIYrSriHdcvK7VXnam3wjQqVxOsz2BBCcMDUPEWtXNTYQ==',
};

/** npm itself needs most of it to start on a loaded machine. */
const TIMEOUT_MS = 5 * 60_000;

const readSchema = async (file: string): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;

/**
 * Returns the JSON schema that Salesforce publishes of a describe, from the cache or, once, by npm.
 *
 * @throws Error when there is neither: a test that needs the schema fails, it is not skipped
 */
export async function publishedDescribeSchema(): Promise<Record<string, unknown>> {
  const { env } = process;
  const target = join(await cacheFolder(env), `sobject-describe-${PLUGIN.version}.json`);
  try {
    return await readSchema(target);
  } catch {
    // Not there yet, or half a file of somebody else's making.
  }
  const download = async (folder: string): Promise<string> => {
    const archive = await fetchNpmArchive(PLUGIN, { folder, env, timeoutMs: TIMEOUT_MS });
    const member = 'package/schemas/sobject-describe.json';
    await run('tar', ['-xzf', archive, '-C', folder, '--strip-components=2', member]);
    return join(folder, 'sobject-describe.json');
  };
  try {
    await downloadInto(target, {
      download,
      check: async (file) => {
        await readSchema(file);
      },
      env,
    });
  } catch (error) {
    throw new Error(
      `The schema of a describe could not be fetched: ${shortReason(error)}. It comes from ${PLUGIN.name} ${PLUGIN.version} by npm and stays ` +
        `in "${target}"; run the test once with a registry in reach.`,
      { cause: error },
    );
  }
  return readSchema(target);
}
