/**
 * Returns a plain value as text in which the order of keys does not matter and absent keys do not show.
 *
 * PostgreSQL's jsonb orders keys by its own rule, so what was stored and read back is compared through this.
 */
export const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([first], [second]) => (first < second ? -1 : 1)))
      : each,
  );

/** Whether two plain values say the same. */
export const isSame = (first: unknown, second: unknown): boolean => canonical(first) === canonical(second);
