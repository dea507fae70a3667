/** Gateways of the simulation: each decides on a request when it arrives. Pure except for counters. */
import type { Allowance, Wait } from '../../src/send/retry-after.ts'
import { makeRandom } from '../random.ts'

export interface ServerModel {
  arrive(now: number, random: () => number): ServerAnswer
}

export interface ServerAnswer {
  readonly throttled: boolean
  readonly afterMs: number
  readonly retryAfter?: Wait | undefined
  readonly allowances?: readonly Allowance[] | undefined
  readonly failed?: boolean
}

/** `all`: `x-ratelimit-*` on every response, with a reset in whole seconds. */
export type Headers = 'none' | 'seconds' | 'exact' | 'ambiguous' | 'all'

export interface LimitOptions {
  readonly perSecond: (now: number) => number
  readonly latencyMs: () => number
  readonly headers: Headers
  /** Refusals arrive at once, not after a whole round trip. */
  readonly quick?: boolean | undefined
  readonly windowMs?: number | undefined
}

const QUICK_MS = 1.5

function retryAfterOf(headers: Headers, resetMs: number): Wait | undefined {
  const wait = Math.ceil(resetMs / 1000) * 1000
  switch (headers) {
    case 'none':
      return undefined
    case 'seconds':
      return { atLeastMs: wait, atMostMs: wait }
    case 'exact':
      return { atLeastMs: resetMs, atMostMs: resetMs }
    case 'all':
    case 'ambiguous':
      return { atLeastMs: Math.ceil(resetMs / 1000), atMostMs: wait }
  }
}

function answer(
  options: Omit<LimitOptions, 'perSecond'>,
  throttled: boolean,
  resetMs: number,
  remaining: number,
): ServerAnswer {
  const resetSeconds = Math.ceil(resetMs / 1000) * 1000
  return {
    throttled,
    afterMs: throttled && options.quick === true ? QUICK_MS : options.latencyMs(),
    retryAfter: throttled ? retryAfterOf(options.headers, resetMs) : undefined,
    allowances:
      options.headers === 'all'
        ? [
            {
              name: '',

              remaining: Math.max(0, Math.floor(remaining)),
              reset: { atLeastMs: resetSeconds / 1000, atMostMs: resetSeconds },
            },
          ]
        : undefined,
  }
}

/** `perSecond` in each window; windows by the clock, shifted by `phaseMs`. */
export function fixedWindow(options: LimitOptions & { readonly phaseMs: number }): ServerModel {
  const { windowMs = 1000 } = options
  let window = Number.NaN
  let used = 0
  return {
    arrive(now) {
      const current = Math.floor((now + options.phaseMs) / windowMs)
      if (current !== window) {
        window = current
        used = 0
      }
      const limit = (options.perSecond(now) * windowMs) / 1000
      const throttled = used + 1 > limit
      if (!throttled) used += 1
      return answer(
        options,
        throttled,
        windowMs - ((now + options.phaseMs) % windowMs),
        limit - used,
      )
    },
  }
}

/** No more than `perSecond` in any window. */
export function slidingWindow(options: LimitOptions): ServerModel {
  const { windowMs = 1000 } = options
  const times: number[] = []
  let first = 0
  return {
    arrive(now) {
      while (first < times.length && (times[first] ?? 0) <= now - windowMs) first += 1
      const limit = (options.perSecond(now) * windowMs) / 1000
      const throttled = times.length - first >= limit
      if (!throttled) times.push(now)
      const resetMs = (times[first] ?? now) + windowMs - now
      return answer(options, throttled, resetMs, limit - (times.length - first))
    },
  }
}

/** A bucket of `burst` that fills at `perSecond`. */
export function tokenBucket(options: LimitOptions & { readonly burst: number }): ServerModel {
  let level = options.burst
  let last = 0
  return {
    arrive(now) {
      const perSecond = options.perSecond(now)
      level = Math.min(options.burst, level + ((now - last) / 1000) * perSecond)
      last = now
      const throttled = level < 1
      if (!throttled) level -= 1
      const missing = throttled ? 1 - level : Math.floor(level) + 1 - level
      return answer(options, throttled, (missing / perSecond) * 1000, level)
    },
  }
}

/**
 * As `@nestjs/throttler` 6 does it: each hit counts for the window, one over the limit shuts
 * everything for as long again, and then counting begins at zero. Accepted answers carry the
 * `x-ratelimit-*` headers, refusals `Retry-After` alone, both in whole seconds.
 *
 * @param limits several named ones hold at once
 */
export function throttler(
  limits: readonly {
    readonly limit: number | ((now: number) => number)
    readonly windowMs: number
  }[],
  options: Pick<LimitOptions, 'latencyMs' | 'quick'> & { readonly headers: 'none' | 'all' },
): ServerModel {
  const states = limits.map((each) => ({
    ...each,
    hits: [] as number[],
    first: 0,
    until: 0,
    since: Number.NEGATIVE_INFINITY,
  }))
  const reports = options.headers === 'all'
  return {
    arrive(now) {
      const allowances: Allowance[] = []
      for (const state of states) {
        const { windowMs, hits } = state
        const limit = typeof state.limit === 'number' ? state.limit : state.limit(now)
        if (state.until > 0 && now >= state.until) {
          hits.length = 0
          state.first = 0
          state.until = 0
        }
        if (state.until === 0) {
          while (state.first < hits.length && (hits[state.first] ?? 0) <= now - windowMs) {
            state.first += 1
          }
          if (now - state.since >= windowMs) state.since = now
          hits.push(now)
          if (hits.length - state.first > limit) state.until = now + windowMs
        }
        if (state.until > 0) {
          const wait = Math.ceil((state.until - now) / 1000) * 1000
          return {
            throttled: true,
            afterMs: options.quick === true ? QUICK_MS : options.latencyMs(),
            retryAfter: reports ? { atLeastMs: wait, atMostMs: wait } : undefined,
          }
        }
        const resetMs = Math.ceil((windowMs - (now - state.since)) / 1000) * 1000
        allowances.push({
          name: String(windowMs),
          limit,
          remaining: limit - (hits.length - state.first),
          reset: { atLeastMs: resetMs / 1000, atMostMs: resetMs },
        })
      }
      return {
        throttled: false,
        afterMs: options.latencyMs(),
        allowances: reports ? allowances : undefined,
      }
    },
  }
}

/** Both limits hold; the second does not count what the first refuses. */
export function behind(front: ServerModel, back: ServerModel): ServerModel {
  return {
    arrive(now, random) {
      const first = front.arrive(now, random)
      return first.throttled ? first : back.arrive(now, random)
    },
  }
}

/** Another client takes its share of the limit, `perSecond` from a time on. */
export function shared(
  server: ServerModel,
  perSecond: number,
  fromMs: number,
  random: () => number,
): ServerModel {
  let nextAt = fromMs
  return {
    arrive(now, other) {
      while (nextAt <= now) {
        server.arrive(nextAt, other)
        nextAt += (1000 / perSecond) * (0.5 + random())
      }
      return server.arrive(now, other)
    },
  }
}

/** Responds 503 from one time to another, and asks to wait. */
export function outage(
  server: ServerModel,
  fromMs: number,
  toMs: number,
  retryAfter: Wait,
): ServerModel {
  return {
    arrive: (now, random) =>
      now >= fromMs && now < toMs
        ? { throttled: false, failed: true, afterMs: QUICK_MS, retryAfter }
        : server.arrive(now, random),
  }
}

/** No limit, only latency. */
export function distant(latencyMs: (now: number) => number): ServerModel {
  return { arrive: (now) => ({ throttled: false, afterMs: latencyMs(now) }) }
}

/** A server whose proxy refuses this share of all requests, at any pace. */
export function refusingSome(server: ServerModel, share: number, seed: number): ServerModel {
  const random = makeRandom(seed)
  return {
    arrive: (now, other) =>
      random() < share ? { throttled: true, afterMs: 5 } : server.arrive(now, other),
  }
}

/** `workers` at a time, `serviceMs` each; the others queue. */
export function busy(workers: number, serviceMs: number): ServerModel {
  const freeAt = new Array<number>(workers).fill(0)
  return {
    arrive(now) {
      const soonest = freeAt.indexOf(Math.min(...freeAt))
      const end = Math.max(now, freeAt[soonest] ?? 0) + serviceMs
      freeAt[soonest] = end
      return { throttled: false, afterMs: end - now }
    },
  }
}

/** Latency that varies by a fifth. */
export function around(ms: number, seed = 3): () => number {
  const random = makeRandom(seed)
  return () => ms * (0.8 + 0.4 * random())
}

/** Refuses, fails and reports limits at random, right or wrong: windows of up to a day with nothing left. */
export function erratic(seed: number): ServerModel {
  const dice = makeRandom(seed)
  const one = <T>(of: readonly T[]): T => of[Math.floor(dice() * of.length)] as T
  const latencyMs = one([20, 100, 400])
  const [refused, failed] = [one([0, 0.01, 0.1, 0.5]), one([0, 0.05, 0.3])]
  const windowMs = one([undefined, 1000, 60_000, 86_400_000])
  const most = one([0, 1, 5, 100])
  const reports = dice() < 0.8
  return {
    arrive(_, random) {
      const throttled = random() < refused
      const resetMs = one([200, 1000, 5000, 60_000])
      const reset = { atLeastMs: resetMs, atMostMs: resetMs }
      const remaining = Math.floor(random() * (most + 1))
      return {
        throttled,
        failed: random() < failed,
        afterMs: latencyMs * (0.5 + random()),
        retryAfter: throttled && reports ? reset : undefined,
        allowances: reports ? [{ name: '', remaining, reset, windowMs }] : undefined,
      }
    },
  }
}
