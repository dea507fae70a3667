/**
 * The pace: how many requests leave in a second. This file is the law; docs/pace.md explains it.
 *
 * 1. No rate is kept while no limit is known.
 * 2. From one opening of the gate to the next the limit shows itself: the requests that were
 *    accepted, divided by the time. They are counted by order of sending, so latency drops out.
 * 3. A gate that stays shut for a whole window after the refusal was shut as a penalty. The limit
 *    is then what was accepted before.
 * 4. A measured rate is held, the longer the more the last closing cost. Then it grows until the
 *    next refusal, each step twice the one before.
 * 5. A rate that was held without a refusal is proven. If it grew far above what is measured, the
 *    limit lies between the two.
 * 6. Too few accepted to measure: the rate is halved, but not below the last measured one.
 * 7. Idle time is not evidence: nothing is measured across it, and the rate does not grow.
 *
 * Pure: times are arguments, in milliseconds of any clock that only goes forward.
 */
import { type Closing, SHORT_PAUSE_MS, windowOf } from './closing.ts'

/** A request on its way, numbered in the order of sending. */
export interface Sent {
  readonly number: number
  readonly sentAt: number
}

export interface Pace {
  /** Requests per second; undefined while no limit is known. */
  readonly rate: number | undefined
  /** Whether the rate is above the one that was held. */
  readonly hasGrown: boolean
  /** When the next request may leave. */
  readonly nextAt: number
  /** @param spacing the gap to the next request, as a multiple of the usual one */
  sent(sent: Sent, isProbe: boolean, spacing: number): void
  refused(sent: Sent): void
  /** The gate was closed, and this request opened it. */
  opened(closing: Closing, sent: Sent, now: number): void
  /** A reported limit held a request back; it allows this many a second. */
  limit(perSecond: number, now: number): void
  /** The refusals were not a rate limit's. */
  forget(): void
}

/** 50 accepted requests pay for each refused one, so 2% are refused in the long run. */
const HOLD_REQUESTS = 50
/** A long closing is risked again after 25 times its length, so 4% of the time is lost. */
const HOLD_CLOSINGS = 25
const MIN_HOLD_MS = 600
const MAX_HOLD_MS = 300_000
/** A step lasts for both. A doubled limit takes the steps 3, 6, 12, 24 and 48%: 2 s. */
const STEP_MS = 400
const STEP_REQUESTS = 15
const FIRST_STEP = 0.03
const REPORTED_STEP = 0.2
const MAX_STEP = 0.5
/** More than this multiple of the measured rate is far above it. */
const FAR = 1.25
/** Fewer accepted requests are too few to measure. */
const MIN_MEASURED = 10
/** A slower limit is not paced: it is a window that is used up and waited for. */
const MIN_RATE = 1
/** Requests jitter: a window that ends in a penalty is taken to be this much longer. */
const JITTER_MS = 30
/** Late timers are made up for to this extent. */
const LATE_MS = 10
/** A later request was held back by something other than the pace; after the second, by idleness. */
const BEHIND_MS = 100
const IDLE_MS = 1000

export function createPace(perSecond: number | undefined): Pace {
  const maxRate = perSecond ?? Number.POSITIVE_INFINITY
  let rate = perSecond
  /** The rate before it grew, and the last measured one. */
  let held = rate ?? 0
  let proven = 0
  let nextAt = Number.NEGATIVE_INFINITY
  let lastSentAt = Number.NEGATIVE_INFINITY
  let growAt = Number.POSITIVE_INFINITY
  let step = FIRST_STEP
  /** Requests after this one are counted, and those of them that were refused. */
  let mark: Sent | undefined
  let refused = 0

  function countFrom(sent: Sent): void {
    mark = sent
    refused = 0
  }

  /** The rate that the time from one opening to the next shows. */
  function measure(from: Sent, to: Sent, shutMs: number, penaltyMs: number | undefined) {
    const accepted = to.number - from.number - refused
    const tookMs = to.sentAt - from.sentAt
    // A closing that takes most of the time shows nothing, unless it ends with a window.
    let ms = tookMs < 2 * shutMs ? windowOf(tookMs) : tookMs
    if (penaltyMs !== undefined) ms = Math.max(penaltyMs + JITTER_MS, tookMs - shutMs)
    const isCertain = ms !== undefined && accepted >= MIN_MEASURED
    return { seen: (accepted * 1000) / (ms ?? tookMs), isCertain }
  }

  function adjust(current: number, seen: number, isCertain: boolean): number {
    if (!isCertain) {
      const floor = Math.max(seen, proven, current / 2)
      proven *= 0.85
      return Math.min(current, floor)
    }
    if (current <= held) return Math.min(current, seen)
    const shown = Math.max(seen, 0.98 * held)
    const isFar = current > FAR * Math.max(shown, held)
    return Math.min(current, isFar ? Math.sqrt(shown * current) : shown)
  }

  return {
    get rate() {
      return rate
    },
    get hasGrown() {
      return rate !== undefined && rate > held
    },
    get nextAt() {
      return nextAt
    },
    sent(sent, isProbe, spacing) {
      const now = sent.sentAt
      const isIdle = !isProbe && now - lastSentAt > IDLE_MS
      lastSentAt = now
      if (mark === undefined || isIdle) countFrom(sent)
      if (rate === undefined || isProbe) return
      if (now > nextAt + BEHIND_MS) growAt = Math.max(growAt, now + STEP_MS)
      else if (now >= growAt) {
        rate = Math.min(maxRate, rate * (1 + step))
        step = Math.min(MAX_STEP, 2 * step)
        growAt = now + Math.max(STEP_MS, (STEP_REQUESTS * 1000) / rate)
      }
      nextAt = Math.max(nextAt, now - LATE_MS) + (spacing * 1000) / rate
    },
    refused(sent) {
      if (mark !== undefined && sent.number > mark.number) refused += 1
    },
    opened({ since, byLimit, refusedProbes }, sent, now) {
      nextAt = now
      const shutMs = sent.sentAt - since.sentAt
      const isLong = shutMs > SHORT_PAUSE_MS
      const penaltyMs = refusedProbes > 0 ? windowOf(shutMs) : undefined
      const { seen, isCertain } = measure(mark ?? since, sent, shutMs, penaltyMs)
      if (!byLimit || (isLong && !isCertain)) return countFrom(sent)
      const isFirst = rate === undefined
      const requests = HOLD_REQUESTS * (isFirst ? 1 : Math.max(1, refused))
      const wanted = rate === undefined ? seen : adjust(rate, seen, isCertain)
      rate = Math.min(maxRate, Math.max(MIN_RATE, wanted))
      held = rate
      if (isCertain) proven = seen
      const closingMs = isLong || penaltyMs !== undefined ? HOLD_CLOSINGS * shutMs : MIN_HOLD_MS
      growAt = now + Math.min(MAX_HOLD_MS, Math.max(closingMs, (requests * 1000) / rate))
      step = FIRST_STEP
      nextAt = Math.max(now, sent.sentAt + 1000 / rate)
      if (isCertain || isFirst) countFrom(sent)
    },
    limit(allowed, now) {
      if (rate !== undefined) {
        rate = Math.min(rate, FAR * allowed)
        return
      }
      rate = Math.min(maxRate, allowed)
      held = rate
      growAt = now
      step = REPORTED_STEP
    },
    forget() {
      rate = perSecond
      held = rate ?? 0
      mark = undefined
    },
  }
}
