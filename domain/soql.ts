import type { Instant } from './window.ts';

/** From, inclusive, up to, exclusive. Without an end a change made a second ago is read too. */
export interface Window {
  readonly field: string;
  readonly from: Instant;
  readonly to?: Instant;
}

/** The longest statement that Salesforce takes, by whichever way, in characters. */
export const LONGEST_SOQL = 100_000;

export interface SelectInput {
  readonly object: string;
  readonly paths: readonly string[];
  /** Conditions as the user wrote them; each is put in parentheses. */
  readonly filters: readonly string[];
  readonly window?: Window;
}

/**
 * Returns the SOQL of one extraction.
 *
 * Never with ORDER BY or LIMIT: both switch off the parallel reading of Bulk 2.0.
 */
export function selectStatement({ object, paths, filters, window }: SelectInput): string {
  const conditions = [
    ...filters.map((filter) => `(${filter})`),
    ...(window ? [`${window.field} >= ${window.from}`] : []),
    ...(window?.to === undefined ? [] : [`${window.field} < ${window.to}`]),
  ];
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '';
  return `SELECT ${paths.join(', ')} FROM ${object}${where}`;
}
