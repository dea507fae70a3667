/** Tells whether the bearer of a key may make so many calls (one); otherwise in how many seconds. */
export type RateLimit = (key: string, calls?: number) => { readonly retryAfter: number } | undefined

interface Bucket {
  tokens: number
  at: number
}

/**
 * A bucket for each key that holds a minute's worth of requests and fills evenly: short bursts pass,
 * lasting ones do not. It counts in this process alone; behind a proxy each replica has its own.
 *
 * @param now a monotonic clock, in milliseconds: a system clock that is set back would lock clients out
 */
export function createRateLimit(
  perMinute: number,
  now: () => number = () => performance.now(),
): RateLimit {
  const buckets = new Map<string, Bucket>()
  const fill = perMinute / 60_000
  return (key, calls = 1) => {
    const at = now()
    const before = buckets.get(key) ?? { tokens: perMinute, at }
    const tokens = Math.min(perMinute, before.tokens + (at - before.at) * fill)
    // The order of a Map is by insertion: the buckets least used stand first.
    buckets.delete(key)
    buckets.set(key, { tokens: Math.max(0, tokens - calls), at })
    dropFull(buckets, at)
    return tokens >= calls ? undefined : { retryAfter: Math.ceil((calls - tokens) / fill / 1_000) }
  }
}

/** A bucket that was left alone for a minute is full again, and as good as none. */
function dropFull(buckets: Map<string, Bucket>, now: number): void {
  for (const [key, { at }] of buckets) {
    if (now - at < 60_000) return
    buckets.delete(key)
  }
}
