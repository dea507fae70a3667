/**
 * When the next request may leave, by all that is known of rate limits: the pace, closings of the
 * gate, limits that responses report, and whether refusals are sporadic.
 *
 * Pure: times are arguments, in milliseconds of any clock that only goes forward.
 */
import { Allowances } from './allowance.ts'
import { createClosings, SHORT_PAUSE_MS } from './closing.ts'
import { History } from './history.ts'
import { Pace, type Sent } from './pace.ts'
import type { Allowance, Wait } from './retry-after.ts'
import { createSporadic } from './sporadic.ts'

export interface LimiterOptions {
  /** A rate set by hand, never exceeded. */
  readonly perSecond?: number | undefined
  /** Keep every pause that a 429 asks for to its end, however short. */
  readonly keepShortPauses?: boolean | undefined
}

export interface Limiter {
  /** Requests per second; undefined while no limit is known. */
  readonly rate: number | undefined
  /** Until when nothing leaves. */
  readonly pausedUntil: number
  /** False where the present pause was asked for by a failure. */
  readonly isPausedByLimit: boolean
  /** When the next request may leave; a time in the past means now. */
  readyAt(now: number): number
  send(now: number): Sent
  /** A response that is neither a refusal nor a failure, and what it reports of limits. */
  accepted(sent: Sent, now: number, reported?: readonly Allowance[]): void
  refused(sent: Sent, now: number, retryAfter?: Wait): void
  /** No response, or one that says nothing of a limit. */
  ended(sent: Sent, now: number, retryAfter?: Wait): void
}

export function createLimiter(options: LimiterOptions): Limiter {
  const { perSecond, keepShortPauses = false } = options
  const history = new History()
  const allowances = new Allowances(history)
  const sporadic = createSporadic()
  const pace = new Pace(perSecond)
  const closings = createClosings()
  let last: Sent = { number: 0, sentAt: Number.NEGATIVE_INFINITY }
  /** Since the latest request, a reported limit held the next one back. */
  let isHeldByReport = false

  function answered(sent: Sent, refused: boolean, now: number): void {
    if (sporadic.answered(refused, closings.isFresh(sent), now) !== 'sporadic') return
    pace.forget()
    closings.opened(sent)
  }

  /** Whether a refusal without `Retry-After` is one of too many. */
  function isSignificant(now: number): boolean {
    return !allowances.spare(now, last.number) && sporadic.isSignificant(pace.rate)
  }

  return {
    get rate() {
      return pace.rate
    },
    get pausedUntil() {
      return closings.pausedUntil
    },
    get isPausedByLimit() {
      return closings.current?.byLimit !== false
    },
    readyAt(now) {
      const openAt = closings.readyAt(now)
      if (openAt > now || closings.current !== undefined) return openAt
      const reportedAt = allowances.readyAt(now, last.number)
      if (reportedAt > now) isHeldByReport = true
      return Math.max(pace.nextAt, reportedAt)
    },
    send(now) {
      last = { number: last.number + 1, sentAt: now }
      history.add(last)
      const allowed = isHeldByReport ? allowances.perSecond() : undefined
      if (allowed !== undefined) pace.limit(allowed, now)
      isHeldByReport = false
      pace.sent(last, closings.current !== undefined, sporadic.isTesting ? 2 : 1)
      closings.sent(last)
      return last
    },
    accepted(sent, now, reported = []) {
      const isOpening = closings.current !== undefined && closings.isFresh(sent)
      if (isOpening) allowances.accepted(sent, now)
      for (const allowance of reported) allowances.reported(sent, now, allowance)
      answered(sent, false, now)
      if (!isOpening || closings.current === undefined) return
      pace.opened(closings.current, sent, now)
      closings.opened(sent)
    },
    refused(sent, now, retryAfter) {
      answered(sent, true, now)
      pace.refused(sent)
      const isNew = closings.isFresh(sent) && closings.current === undefined
      if (isNew) {
        if (retryAfter === undefined && !isSignificant(now)) return
        const isInVain = pace.rate !== undefined && !pace.hasGrown && closings.lastShutMs === 0
        sporadic.reacted(retryAfter === undefined && isInVain, now)
        allowances.refused()
      }
      if (closings.isFresh(sent)) closings.refused(sent, now, retryAfter, pace.rate)
      if (retryAfter === undefined) return
      if (keepShortPauses || retryAfter.atLeastMs > SHORT_PAUSE_MS) {
        closings.pause(sent, now, retryAfter, true)
      }
    },
    ended(sent, now, retryAfter) {
      closings.ended(sent)
      if (retryAfter !== undefined && retryAfter.atLeastMs > SHORT_PAUSE_MS) {
        closings.pause(sent, now, retryAfter, false)
      }
    },
  }
}
