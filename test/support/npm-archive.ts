import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** One version of an npm package that tests use without depending on it. */
export interface NpmArchive {
  readonly name: string;
  readonly version: string;
  /** SHA-512 of the archive in base64, as the registry states it. What we use must be what we tried. */
  readonly hash: string;
}

interface FetchOptions {
  /** An empty folder for the archive. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
}

/** Lets npm fetch the archive of a package and checks its hash; resolves to the archive's path. */
export async function fetchNpmArchive(
  { name, version, hash }: NpmArchive,
  { folder, env, timeoutMs }: FetchOptions,
): Promise<string> {
  const options = { cwd: folder, env: { ...env }, timeout: timeoutMs };
  const { stdout } = await run('npm', ['pack', `${name}@${version}`, '--silent'], options);
  const archive = join(folder, stdout.trim());
  const sha512 = createHash('sha512');
  await pipeline(createReadStream(archive), sha512);
  const found = sha512.digest('base64');
  if (found !== hash) throw new Error(`the archive of ${name} ${version} has another hash: ${found}`);
  return archive;
}
