import { writeFile } from 'node:fs/promises';
import { MooringError } from '../domain/errors.ts';

/**
 * Writes a file that is not there yet.
 *
 * @throws USAGE when the file is there already: somebody's work is not overwritten
 */
export async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIST') throw error;
    throw new MooringError('USAGE', `"${file}" is there already, and is not overwritten. Choose another name.`, {
      cause: error,
    });
  }
}
