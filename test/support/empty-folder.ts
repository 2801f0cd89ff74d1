import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { whenTestsEnd } from './when-tests-end.ts';

/** A folder of its own, removed when the tests of the file are over. */
export async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mooring-test-'));
  whenTestsEnd(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
