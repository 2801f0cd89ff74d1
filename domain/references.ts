import type { JobSpec } from './job-spec.ts';

/** A column that holds the `id` of a row of another table, or of its own. */
export interface Reference {
  readonly table: string;
  readonly column: string;
}

/** Returns the columns by which jobs refer to the rows of a table. */
export const referencesTo = (table: string, jobs: readonly JobSpec[]): Reference[] =>
  jobs.flatMap(({ target, mappings }) =>
    mappings.flatMap((mapping) =>
      mapping.kind === 'lookup' && mapping.table === table ? [{ table: target.table, column: mapping.target }] : [],
    ),
  );

/** Returns the names of the jobs that load a table. */
export const jobsThatLoad = (table: string, jobs: readonly JobSpec[]): string[] =>
  jobs.filter(({ target }) => target.table === table).map(({ name }) => name);
