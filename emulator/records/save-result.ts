import { ApiError } from '../api-error.ts';

/** How the change of one record among several ended. */
export interface SaveResult {
  readonly id?: string;
  readonly success: boolean;
  readonly errors: readonly SaveError[];
  /** Said of upserts alone. */
  readonly created?: boolean;
}

export interface SaveError {
  readonly statusCode: string;
  readonly message: string;
  readonly fields: readonly string[];
}

/** What the others of a set end as when all must succeed and one did not. */
const ROLLED_BACK: SaveError = {
  statusCode: 'ALL_OR_NONE_OPERATION_ROLLED_BACK',
  message: 'Record rolled back because not all records were valid and the request was using AllOrNone header',
  fields: [],
};

const failed = (error: SaveError, id?: string): SaveResult => ({
  ...(id === undefined ? {} : { id }),
  success: false,
  errors: [error],
});

/** Returns why a record failed, as the lists of the Bulk API say it; empty for one that did not. */
export function errorText({ errors: [error] }: SaveResult): string {
  if (error === undefined) return '';
  const fields = error.fields.length === 0 ? '' : `${error.fields.join(', ')} `;
  return `${error.statusCode}:${error.message}:${fields}--`;
}

/** Returns the refusal as an entry of a list of results. @throws what is no refusal */
export function failureOf(error: unknown, id?: string): SaveResult {
  if (!(error instanceof ApiError)) throw error;
  const { errorCode, message, fields = [] } = error.entry;
  // A record that is not there is a wrong reference in a list, and a missing page only in an address.
  const statusCode = errorCode === 'NOT_FOUND' ? 'INVALID_CROSS_REFERENCE_KEY' : errorCode;
  return failed({ statusCode, message: statusCode === errorCode ? message : 'invalid cross reference id', fields }, id);
}

/** Runs the changes one after the other; with `allOrNone` the first failure undoes all by being thrown as {@link RolledBack}. */
export async function saveEach<T>(
  items: readonly T[],
  save: (item: T) => Promise<SaveResult>,
  idOf: (item: T) => string | undefined = () => undefined,
): Promise<SaveResult[]> {
  const results: SaveResult[] = [];
  for (const item of items) {
    results.push(await save(item).catch((error: unknown) => failureOf(error, idOf(item))));
  }
  return results;
}

/** Carries the results of a set of changes out of the transaction that is to be undone. */
export class RolledBack extends Error {
  readonly results: readonly SaveResult[];

  constructor(results: readonly SaveResult[]) {
    super('Not all records were valid.');
    this.results = results.map((result) => (result.success ? failed(ROLLED_BACK) : result));
  }
}
