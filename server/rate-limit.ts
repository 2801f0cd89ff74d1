export interface RateLimitOptions {
  /** Requests a second, in the long run. */
  readonly perSecond: number;
  /** Requests at once, after a pause. */
  readonly burst: number;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

/**
 * Returns a function that lets a request of `key` pass (0), or says in how many seconds the next one may.
 *
 * A bucket of tokens for each key, in this process alone: with several servers the limit holds for each. Keys must be few, such as
 * the ids of valid API tokens; what strangers make up is refused before it gets here.
 */
export function createRateLimit({ perSecond, burst, now = () => performance.now() }: RateLimitOptions) {
  const buckets = new Map<string, { readonly tokens: number; readonly at: number }>();
  return (key: string): number => {
    const at = now();
    const before = buckets.get(key) ?? { tokens: burst, at };
    const tokens = Math.min(burst, before.tokens + ((at - before.at) / 1000) * perSecond);
    const passes = tokens >= 1;
    buckets.set(key, { tokens: passes ? tokens - 1 : tokens, at });
    return passes ? 0 : Math.ceil((1 - tokens) / perSecond);
  };
}

export type RateLimit = ReturnType<typeof createRateLimit>;
