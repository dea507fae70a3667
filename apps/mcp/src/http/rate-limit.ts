/** Counts calls (default: 1) by key. Returns undefined if they are allowed, otherwise the seconds to wait. */
export type RateLimit = (key: string, calls?: number) => { readonly retryAfter: number } | undefined

interface Bucket {
  tokens: number
  at: number
}

/**
 * A token bucket per key that holds a minute's requests and fills evenly: it allows short bursts. Each
 * process counts by itself, so replicas behind a proxy have separate limits.
 *
 * @param now a monotonic clock, in milliseconds: setting a system clock back would lock clients out
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
    // A Map keeps insertion order, so the least recently used buckets come first.
    buckets.delete(key)
    buckets.set(key, { tokens: Math.max(0, tokens - calls), at })
    dropFull(buckets, at)
    return tokens >= calls ? undefined : { retryAfter: Math.ceil((calls - tokens) / fill / 1_000) }
  }
}

/** Deletes buckets that are full again, after a minute without calls. */
function dropFull(buckets: Map<string, Bucket>, now: number): void {
  for (const [key, { at }] of buckets) {
    if (now - at < 60_000) return
    buckets.delete(key)
  }
}
