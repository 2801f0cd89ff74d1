/** Workers answer for that many connections at once. */
const ASKED_AT_ONCE = 5;

/** Does the work for each item, a few at a time, and returns the results in the order of the items. */
export async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  for (let from = 0; from < items.length; from += ASKED_AT_ONCE)
    done.push(...(await Promise.all(items.slice(from, from + ASKED_AT_ONCE).map(work))));
  return done;
}
