import type { Instant } from './window.ts';

export interface SelectInput {
  readonly object: string;
  readonly paths: readonly string[];
  /** Conditions as the user wrote them; each is put in parentheses. */
  readonly filters: readonly string[];
  readonly window?: { readonly field: string; readonly from: Instant };
}

/**
 * Returns the SOQL of one extraction.
 *
 * Never with ORDER BY or LIMIT: both switch off the parallel reading of Bulk 2.0. The window is open at its end, so that a change made
 * a second ago is loaded by the run that starts now.
 */
export function selectStatement({ object, paths, filters, window }: SelectInput): string {
  const conditions = [
    ...filters.map((filter) => `(${filter})`),
    ...(window ? [`${window.field} >= ${window.from}`] : []),
  ];
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '';
  return `SELECT ${paths.join(', ')} FROM ${object}${where}`;
}
