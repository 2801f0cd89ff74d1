import type { RowCounts } from '../../domain/run.ts';

const NAMES = [
  'read',
  'inserted',
  'updated',
  'unchanged',
  'deleted',
  'rejected',
] as const satisfies readonly (keyof RowCounts)[];

/** SQL that sums the counts of `mooring.run_page` rows; read by {@link rowCountsOf}. */
export const SUM_OF_COUNTS = NAMES.map((name) => `coalesce(sum(rows_${name}), 0) AS rows_${name}`).join(', ');

/** The counts that a row of `rows_…` columns holds; they arrive as text, since they are bigint. */
export const rowCountsOf = (row: Readonly<Record<string, unknown>> | undefined): RowCounts => {
  const count = (name: keyof RowCounts): number => Number(row?.[`rows_${name}`] ?? 0);
  return {
    read: count('read'),
    inserted: count('inserted'),
    updated: count('updated'),
    unchanged: count('unchanged'),
    deleted: count('deleted'),
    rejected: count('rejected'),
  };
};
