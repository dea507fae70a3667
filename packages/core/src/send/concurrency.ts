/**
 * How many requests may be in flight at once. While the number is what holds requests back it
 * doubles from epoch to epoch at first, and later grows by a tenth. It shrinks when the gateway is
 * overloaded:
 *
 * - most responses of an epoch are failures: it is halved
 * - responses take much longer than before (by a factor and by a quarter of a second; a fast server
 *   that is merely busy stays far below): it shrinks for an epoch. If throughput suffers, the
 *   latency was not a queue: the shrinking is undone and the latency accepted.
 *
 * Pure: times are arguments, in milliseconds.
 */
export interface Concurrency {
  readonly limit: number
  /** A request waits because the limit is reached. */
  reached(): void
  answered(now: number, latencyMs: number, failed: boolean): void
}

export interface ConcurrencyOptions {
  readonly max: number
  readonly initial?: number | undefined
}

const DEFAULT_INITIAL = 8
/** An epoch lasts two round trips, so that it shows the effect of its own limit. */
const MIN_EPOCH_MS = 100
const EPOCH_ROUND_TRIPS = 2
const GROWTH = 0.1
const HIGH_FACTOR = 2
const HIGH_MS = 250
const SHRINK = 0.7
/** Throughput suffers below this part of what it was before the shrinking. */
const SUFFERED = 0.9
const MOSTLY = 0.5

export function createConcurrency({ max, initial }: ConcurrencyOptions): Concurrency {
  let limit = Math.min(max, initial ?? DEFAULT_INITIAL)
  let doubling = true
  let usual: number | undefined
  /** The state before the latest shrinking for latency. */
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
      if (length < MIN_EPOCH_MS || length < latency * EPOCH_ROUND_TRIPS) return
      endEpoch(answers / length, latency)
      since = now
      answers = 0
      failures = 0
      latencySum = 0
      wasReached = false
    },
  }
}
