/**
 * Limits that responses report are not exceeded: a client that stays below `remaining` is never
 * refused.
 *
 * Each limit is treated as a window: what was sent a window ago is allowed again. This is right for
 * fixed and sliding windows, and close enough for a bucket: there the pace can only rise as far as
 * the bucket fills, and ends at its rate.
 *
 * Pure: times are arguments.
 */

import type { Sent } from './pace.ts'
import type { Allowance } from './retry-after.ts'

/** When the latest requests were sent. */
export interface History {
  add(sent: Sent): void
  /** How many were sent after a time, up to and with the one of this number. */
  countSince(time: number, number: number): number
  /** When the one of this number was sent. */
  timeOf(number: number): number
}

const REMEMBERED = 8192

export function createHistory(): History {
  const times = new Float64Array(REMEMBERED)
  let last = 0
  return {
    add(sent) {
      last = sent.number
      times[last % REMEMBERED] = sent.sentAt
    },
    countSince(time, number) {
      let [low, high] = [Math.max(0, last - REMEMBERED + 1), number + 1]
      // The first that was sent after the time lies from `low` on, before or at `high`.
      while (low < high) {
        const middle = (low + high) >> 1
        if (middle > 0 && (times[middle % REMEMBERED] ?? 0) > time) high = middle
        else low = middle + 1
      }
      return number + 1 - low
    },
    timeOf: (number) => times[number % REMEMBERED] ?? 0,
  }
}

/** Requests sent together arrive apart. */
const MARGIN_MS = 10
/** The part of a limit that is left unused, since requests overtake each other; doubled after a refusal. */
const RESERVE = 0.01
const MAX_RESERVE = 0.08
/** A limit not reported for this long is forgotten, and a wrong one is ignored for this long. */
const STALE_MS = 60_000
/** Where no reset and no policy states the window. */
const DEFAULT_WINDOW_MS = 1000
/** After half a window without a report, the others wait this long for the next one. */
const MAX_TRIAL_MS = 1000
/** A smaller limit is ignored: a bucket of one reports 0 left after each request. */
const MIN_LIMIT = 3
/** Longer windows are used up and waited for. */
const MAX_PACED_MS = 2000
/** Reports within this time count as one: the lowest. */
const GENERATION_MS = 100
const NO_REPORT = { least: 0, leastBefore: 0, leastSince: 0 }

interface Limit {
  windowMs: number
  /** Whether resets were seen that can only be read in one way. */
  exact: boolean
  /** Of the request that brought the latest report. */
  number: number
  reportedAt: number
  /** How many may be sent in a window: those of the window up to the report, and what remained. */
  most: number
  /** The least of the latest reports, and of those before: requests overtake each other. */
  least: number
  leastBefore: number
  leastSince: number
  /** Requests up to this number do not count: a new window began after them. */
  origin: number
  wrongUntil: number
}

export interface Allowances {
  reported(sent: Sent, now: number, allowance: Allowance): void
  /** When the next request may leave; a time in the past means now. */
  readyAt(now: number, last: number): number
  /** Whether the reports allow a tenth of the limit more than was sent. */
  spare(now: number, last: number): boolean
  /** Requests per second of the tightest limit of a short window. */
  perSecond(): number | undefined
  /** One was refused although it should not have been. */
  refused(): void
  /** One was accepted that was sent although nothing remained. */
  accepted(sent: Sent, now: number): void
}

export function createAllowances(history: History): Allowances {
  const limits = new Map<string, Limit>()
  let reserve = RESERVE

  /** From when on one more fits into the window; undefined if it does. */
  function fullUntil(limit: Limit, now: number, last: number): number | undefined {
    const { windowMs, most, origin } = limit
    const lasts = windowMs + MARGIN_MS
    const count = Math.min(last - origin, history.countSince(now - lasts, last))
    return count === 0 || count < most - Math.floor(most * reserve)
      ? undefined
      : history.timeOf(last - count + 1) + lasts
  }

  return {
    reported(sent, now, { name, limit, remaining, reset, windowMs }) {
      const known = limits.get(name)
      if (known !== undefined && sent.number < known.number) return
      const exact = reset !== undefined && reset.atLeastMs === reset.atMostMs
      const certain = exact || known?.exact === true
      const resetMs = certain ? reset?.atLeastMs : reset?.atMostMs
      const before = known === undefined || (exact && !known.exact) ? 0 : known.windowMs
      const lasts = windowMs ?? Math.max(resetMs ?? DEFAULT_WINDOW_MS, before)
      const spent = history.countSince(sent.sentAt - lasts + MARGIN_MS, sent.number)
      let origin = known?.origin ?? 0
      const jump =
        known === undefined ? 0 : remaining - known.most + Math.min(spent, sent.number - origin)
      const isAnew = known !== undefined && jump > Math.max(3, known.most / 2)
      if (isAnew) origin = sent.number - 1
      const most = remaining + Math.min(spent, sent.number - origin)
      let { least, leastBefore, leastSince } = known ?? NO_REPORT
      if (known === undefined) {
        // The first of a crowd may have been sent last.
        least = Math.min(most, limit ?? most)
        leastBefore = least
        leastSince = now
      } else if (isAnew) {
        least = most
        leastBefore = most
        leastSince = now
      } else if (now - leastSince > GENERATION_MS) {
        leastBefore = least
        least = most
        leastSince = now
      } else least = Math.min(least, most)
      limits.set(name, {
        windowMs: lasts,
        exact: certain,
        number: sent.number,
        reportedAt: now,
        most: Math.min(least, leastBefore),
        least,
        leastBefore,
        leastSince,
        origin,
        wrongUntil: known?.wrongUntil ?? 0,
      })
    },
    readyAt(now, last) {
      let ready = Number.NEGATIVE_INFINITY
      for (const [name, limit] of limits) {
        if (now > Math.max(limit.reportedAt + STALE_MS, limit.wrongUntil)) limits.delete(name)
        if (now < limit.wrongUntil || limit.most < MIN_LIMIT) continue
        const latest = history.timeOf(last)
        if (last > limit.number && now - limit.reportedAt > limit.windowMs / 2) {
          ready = Math.max(ready, latest + MAX_TRIAL_MS)
        }
        // Of a window of hours it may be wrong: then it is forgotten, and a refusal says how long.
        const forgottenAt = limit.reportedAt + STALE_MS + 1
        ready = Math.max(ready, Math.min(fullUntil(limit, now, last) ?? ready, forgottenAt))
      }
      return ready
    },
    spare(now, last) {
      let spare = false
      for (const limit of limits.values()) {
        if (now < limit.wrongUntil || limit.most < MIN_LIMIT) return false
        const { windowMs, most, origin } = limit
        const count = Math.min(last - origin, history.countSince(now - windowMs - MARGIN_MS, last))
        if (most - count < most / 10) return false
        spare = true
      }
      return spare
    },
    perSecond() {
      let least: number | undefined
      for (const { most, windowMs } of limits.values()) {
        if (most < MIN_LIMIT || windowMs > MAX_PACED_MS) continue
        least = Math.min(least ?? Number.POSITIVE_INFINITY, (most * 1000) / windowMs)
      }
      return least
    },
    refused() {
      reserve = Math.min(MAX_RESERVE, 2 * reserve)
    },
    accepted(sent, now) {
      for (const limit of limits.values()) {
        if (sent.number <= limit.number) continue
        if (fullUntil(limit, sent.sentAt, sent.number - 1) === undefined) continue
        limit.wrongUntil = now + STALE_MS
      }
    },
  }
}
