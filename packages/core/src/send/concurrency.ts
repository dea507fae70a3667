/**
 * How many requests may be in flight at once. Grows twofold from epoch to epoch at first, later by
 * a tenth (additive increase), as long as it is what holds requests back; shrinks by factors
 * (multiplicative decrease) when the gateway is overloaded:
 *
 * - most answers of an epoch are failures: halve
 * - answers take much longer than they once did (by a factor *and* by a quarter of a second; a
 *   fast server that is merely busy stays far below): shrink, and look whether throughput suffers.
 *   If it does, the latency was not a queue: take the shrinking back and accept the latency.
 *
 * Pure: the time is passed in, in milliseconds.
 */
export interface Concurrency {
  readonly limit: number
  /** Someone waits because the limit is reached. */
  reached(): void
  answered(now: number, latencyMs: number, failed: boolean): void
  /** The rate limit was met for the first time. */
  throttled(): void
}

export interface ConcurrencyOptions {
  readonly max: number
  readonly initial?: number | undefined
}

const DEFAULT_INITIAL = 8
/** An epoch is two round trips, so that what it sees is the effect of its own limit. */
const SHORTEST_EPOCH_MS = 100
const EPOCH_ROUND_TRIPS = 2
const GROWTH = 0.1
const HIGH_FACTOR = 2
const HIGH_MS = 250
const SHRINK = 0.7
/** Throughput below this part of what it was before the shrinking has suffered. */
const SUFFERED = 0.9
const MOSTLY = 0.5

export function createConcurrency({ max, initial }: ConcurrencyOptions): Concurrency {
  let limit = Math.min(max, initial ?? DEFAULT_INITIAL)
  let doubling = true
  let usual: number | undefined
  /** Before the latest shrinking for latency. */
  let before: { limit: number; perMs: number; latency: number } | undefined

  let since: number | undefined
  let answers = 0
  let failures = 0
  let latencySum = 0
  let wasReached = false

  function endEpoch(perMs: number, latency: number): void {
    if (failures >= answers * MOSTLY) {
      before = undefined
      limit = Math.max(1, limit / 2)
      return
    }
    usual = Math.min(usual ?? latency, latency)
    if (latency > usual * HIGH_FACTOR && latency > usual + HIGH_MS) {
      doubling = false
      if (before !== undefined && perMs < before.perMs * SUFFERED) {
        limit = before.limit
        usual = before.latency
        before = undefined
        return
      }
      before = { limit, perMs, latency }
      limit = Math.max(1, limit * SHRINK)
      return
    }
    before = undefined
    if (wasReached)
      limit = Math.min(max, doubling ? limit * 2 : limit + Math.max(1, limit * GROWTH))
  }

  return {
    get limit() {
      return Math.floor(limit)
    },
    reached() {
      wasReached = true
    },
    answered(now, latencyMs, failed) {
      since ??= now - latencyMs
      answers += 1
      latencySum += latencyMs
      if (failed) failures += 1
      const latency = latencySum / answers
      const length = now - since
      if (length < SHORTEST_EPOCH_MS || length < latency * EPOCH_ROUND_TRIPS) return
      endEpoch(answers / length, latency)
      since = now
      answers = 0
      failures = 0
      latencySum = 0
      wasReached = false
    },
    throttled() {
      limit = Math.max(Math.min(limit, initial ?? DEFAULT_INITIAL), limit / 2)
    },
  }
}
