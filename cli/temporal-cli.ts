import { mkdir, rm, symlink } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { TemporalServer } from '../services/temporal.ts';

/**
 * Returns the line that makes the `temporal` command of a shell find a server that we started; `undefined` for somebody else's server.
 *
 * @param folder - gets a link `temporal` when there is none on PATH; the caller removes it
 */
export async function temporalCliLine(
  { address, program }: Pick<TemporalServer, 'address' | 'program'>,
  folder: string,
): Promise<string | undefined> {
  if (program === undefined) return undefined;
  const line = `export TEMPORAL_ADDRESS=${address}`;
  if (!isAbsolute(program)) return line; // found on PATH, by its name
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  await symlink(program, join(folder, 'temporal'));
  return `${line} PATH="${folder}:$PATH"`;
}
