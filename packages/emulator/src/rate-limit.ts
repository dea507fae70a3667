/**
 * Counts requests against a limit and computes when the next one is allowed. Pure except for its
 * own counters.
 */
import { RATE_LIMIT_HEADERS, RETRY_AFTER_HEADER } from '@chatlayer-tables/contract'
import type { RateLimitFault } from './faults.ts'

export interface Verdict {
  readonly allowed: boolean
  /** Requests that are still allowed now. */
  readonly remaining: number
  /** Milliseconds until more are allowed than now. */
  readonly resetMs: number
}

export interface Limiter {
  /** @param now milliseconds of a monotonic clock */
  take(now: number): Verdict
}

export function makeLimiter(fault: RateLimitFault): Limiter {
  return fault.algorithm === 'window' ? makeWindow(fault) : makeBucket(fault)
}

function makeWindow({ perSecond }: RateLimitFault): Limiter {
  let start = Number.NEGATIVE_INFINITY
  let used = 0
  return {
    take(now) {
      if (now - start >= 1000) {
        start = now
        used = 0
      }
      const allowed = used + 1 <= perSecond
      if (allowed) used += 1
      return { allowed, remaining: Math.floor(perSecond - used), resetMs: 1000 - (now - start) }
    },
  }
}

function makeBucket({ perSecond, burst = Math.max(1, perSecond) }: RateLimitFault): Limiter {
  let level = burst
  let last: number | undefined
  return {
    take(now) {
      level = Math.min(burst, level + ((now - (last ?? now)) / 1000) * perSecond)
      last = now
      const allowed = level >= 1
      if (allowed) level -= 1
      const missing = Math.floor(level) + 1 - level
      return { allowed, remaining: Math.floor(level), resetMs: (missing / perSecond) * 1000 }
    },
  }
}

/** The headers of a limit: on every response (`x-ratelimit-*`) or on a rejection only. */
export function limitHeaders(
  fault: RateLimitFault,
  verdict: Verdict,
  now: Date,
): Record<string, string> {
  const seconds = Math.ceil(verdict.resetMs / 1000)
  switch (fault.headers) {
    case 'none':
      return {}
    case 'retry-after-seconds':
      return verdict.allowed ? {} : { [RETRY_AFTER_HEADER]: String(seconds) }
    case 'retry-after-date': {
      if (verdict.allowed) return {}
      // The date has whole seconds: it is rounded up, so that it is never too early.
      const at = Math.ceil((now.getTime() + verdict.resetMs) / 1000) * 1000
      return { [RETRY_AFTER_HEADER]: new Date(at).toUTCString() }
    }
    case 'x-ratelimit-seconds':
    case 'x-ratelimit-ms':
      return {
        [RATE_LIMIT_HEADERS.limit]: String(fault.perSecond),
        [RATE_LIMIT_HEADERS.remaining]: String(verdict.remaining),
        [RATE_LIMIT_HEADERS.reset]: String(
          fault.headers === 'x-ratelimit-ms' ? Math.ceil(verdict.resetMs) : seconds,
        ),
      }
  }
}
