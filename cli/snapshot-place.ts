import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseSnapshot, snapshotFile } from '../config/snapshot-file.ts';
import { MooringError } from '../domain/errors.ts';
import type { Snapshot } from '../domain/snapshot.ts';

export interface SnapshotPlace {
  /** As people name it. */
  readonly file: string;
  /** The command that writes it. */
  readonly remedy: string;
}

/**
 * Returns where the snapshot of some files lies, and how it is written.
 *
 * @param file - when it is not beside the first of the paths
 */
export function snapshotPlace(
  paths: readonly string[],
  { environment, file }: { readonly environment?: string | undefined; readonly file?: string | undefined },
): SnapshotPlace {
  const env = environment === undefined ? '' : ` --env ${environment}`;
  return {
    file: file ?? snapshotFile(paths[0] ?? '.', environment),
    remedy: `mooring snapshot ${paths.join(' ')}${env}${file === undefined ? '' : ` --output ${file}`}`,
  };
}

/** @throws SNAPSHOT_UNUSABLE when it is there and is no snapshot; undefined when it is not there */
export async function findSnapshot({ file, remedy }: SnapshotPlace, cwd: string): Promise<Snapshot | undefined> {
  let text: string;
  try {
    text = await readFile(resolve(cwd, file), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  return parseSnapshot(text, { file, remedy });
}

/** @throws SNAPSHOT_UNUSABLE when there is none */
export async function readSnapshot(place: SnapshotPlace, cwd: string): Promise<Snapshot> {
  const found = await findSnapshot(place, cwd);
  if (found !== undefined) return found;
  const message = `There is no snapshot "${place.file}", and without one nothing can be planned offline. Write it where Mooring runs, and commit it: ${place.remedy}`;
  throw new MooringError('SNAPSHOT_UNUSABLE', message);
}
