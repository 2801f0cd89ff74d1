import { readFile } from 'node:fs/promises';
import type { SecretRef } from '../../domain/connection-spec.ts';
import { MooringError } from '../../domain/errors.ts';

/**
 * Returns the value that a reference of the configuration points to, without the line break that editors leave at the end.
 *
 * Read at each use, so that a changed file takes effect without a restart.
 *
 * @param usedFor - what the value is, as the subject of a sentence: `The client id of connection "acme"`
 * @throws SECRET_MISSING naming the variable or the file, never the value
 */
export async function resolveSecret(
  reference: SecretRef,
  usedFor: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  if ('env' in reference) {
    const value = environment[reference.env];
    if (value !== undefined && value.trim() !== '') return value.trim();
    throw new MooringError(
      'SECRET_MISSING',
      `${usedFor} is read from the environment variable "${reference.env}", which is not set. Set it where the worker and the server run.`,
    );
  }
  let value: string;
  try {
    value = await readFile(reference.file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new MooringError(
      'SECRET_MISSING',
      `${usedFor} is read from the file "${reference.file}", which cannot be read (${reason}). Put it where the worker and the server run.`,
    );
  }
  if (value.trim() !== '') return value.trim();
  throw new MooringError('SECRET_MISSING', `${usedFor} is read from the file "${reference.file}", which is empty.`);
}
