import type { Connection } from '@temporalio/client';

/** `INDEXED_VALUE_TYPE_KEYWORD` of temporal.api.enums.v1: the SDK exports no name for it. */
const KEYWORD = 2;

/**
 * Registers the keyword search attributes that a namespace lacks. Repeating it changes nothing.
 *
 * Returns those it could not register, with the server's reason, or `undefined` when all are there. Not an error: Temporal Cloud
 * lets only an account administrator add them, and everything works by ids alone.
 */
export async function ensureSearchAttributes(
  connection: Connection,
  namespace: string,
  wanted: readonly string[],
): Promise<{ readonly missing: readonly string[]; readonly reason: string } | undefined> {
  let missing = wanted;
  try {
    missing = await missingSearchAttributes(connection, namespace, wanted);
    if (missing.length === 0) return undefined;
    const searchAttributes = Object.fromEntries(missing.map((name) => [name, KEYWORD]));
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
    return undefined;
  } catch (error) {
    return { missing, reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Returns those of the wanted search attributes that the namespace does not know as keywords. */
export async function missingSearchAttributes(
  connection: Connection,
  namespace: string,
  wanted: readonly string[],
): Promise<string[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  return wanted.filter((name) => Number(customAttributes[name]) !== KEYWORD);
}
