/** What an org says in each of its replies: calls of the last 24 hours, by whomever, and how many it allows. */
export interface ApiUsage {
  readonly used: number;
  readonly allowed: number;
}

/** Above this percentage of the org's calls jobs wait, unless the connection says otherwise: what is left belongs to people and to what cannot wait. */
export const BUDGET_PERCENT = 90;

/** How long a job waits before it looks again. The calls of the last 24 hours become fewer by and by. */
export const BUDGET_WAIT = '15 minutes';

/** What was said longer ago than this says nothing any more: a call has to be spent to know. Shorter than the wait, so that each wait ends with a look. */
export const USAGE_KEEPS_MS = 10 * 60_000;

export const isBudgetSpent = ({ used, allowed }: ApiUsage, percent = BUDGET_PERCENT): boolean =>
  allowed > 0 && used * 100 >= allowed * percent;

/** Reads `api-usage=18/5000` of the header `Sforce-Limit-Info`; undefined when it says nothing of it. */
export function readLimitInfo(header: string | undefined): ApiUsage | undefined {
  const [, used, allowed] = /(?:^|[;\s])api-usage=(\d+)\/(\d+)/.exec(header ?? '') ?? [];
  return used === undefined || allowed === undefined ? undefined : { used: Number(used), allowed: Number(allowed) };
}
