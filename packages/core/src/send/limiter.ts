/**
 * When the next request may leave, from the pace, the closings of the gate, the limits that
 * responses report, and whether refusals are sporadic.
 *
 * Pure: times are arguments, in milliseconds of any clock that only goes forward.
 */
import { Allowances } from './allowance.ts'
import { Closings, SHORT_PAUSE_MS } from './closing.ts'
import { History } from './history.ts'
import { Pace, type PaceShare, type Sent } from './pace.ts'
import type { Allowance, Wait } from './retry-after.ts'
import { createSporadic } from './sporadic.ts'

export interface LimiterOptions {
  /** A rate set by hand, never exceeded. */
  readonly perSecond?: number | undefined
  /** Keep every pause that a 429 asks for to its end, however short. */
  readonly keepShortPauses?: boolean | undefined
}

/** A pause that another client was asked for is the same if it ends this much later at most. */
const SAME_PAUSE_MS = 100

export class Limiter {
  readonly #keepShortPauses: boolean
  readonly #history = new History()
  readonly #allowances = new Allowances(this.#history)
  readonly #sporadic = createSporadic()
  readonly #pace: Pace
  readonly #closings = new Closings()
  #last: Sent = { number: 0, sentAt: Number.NEGATIVE_INFINITY }
  /** Since the latest request, a reported limit held the next one back. */
  #isHeldByReport = false

  constructor({ perSecond, keepShortPauses = false }: LimiterOptions) {
    this.#pace = new Pace(perSecond)
    this.#keepShortPauses = keepShortPauses
  }

  /** The number of requests so far. */
  get sent(): number {
    return this.#last.number
  }

  /** Requests per second; undefined while no limit is known. */
  get rate(): number | undefined {
    return this.#pace.rate
  }

  /** Requests per second by the limit, as far as it is lower than the rate set by hand. */
  get learnedRate(): number | undefined {
    return this.#pace.learned
  }

  /** Until when no request is sent. */
  get pausedUntil(): number {
    return this.#closings.pausedUntil
  }

  /** False where the present pause was asked for by a failure. */
  get isPausedByLimit(): boolean {
    return this.#closings.current?.byLimit !== false
  }

  /** When the next request may leave; a time in the past means now. */
  readyAt(now: number): number {
    const openAt = this.#closings.readyAt(now)
    if (openAt > now || this.#closings.current !== undefined) return openAt
    const reportedAt = this.#allowances.readyAt(now, this.#last.number)
    if (reportedAt > now) this.#isHeldByReport = true
    return Math.max(this.#pace.nextAt, reportedAt)
  }

  send(now: number): Sent {
    const sent = { number: this.#last.number + 1, sentAt: now }
    this.#last = sent
    this.#history.add(sent)
    const allowed = this.#isHeldByReport ? this.#allowances.perSecond() : undefined
    if (allowed !== undefined) this.#pace.limit(allowed, now)
    this.#isHeldByReport = false
    const isProbe = this.#closings.current !== undefined
    this.#pace.sent(sent, isProbe, this.#sporadic.isTesting ? 2 : 1)
    this.#closings.sent(sent)
    return sent
  }

  /** A response that is neither a refusal nor a failure, and the limits that it reports. */
  accepted(sent: Sent, now: number, reported: readonly Allowance[] = []): void {
    const isOpening = this.#closings.current !== undefined && this.#closings.isFresh(sent)
    if (isOpening) this.#allowances.accepted(sent, now)
    for (const allowance of reported) this.#allowances.reported(sent, now, allowance)
    this.#answered(sent, false, now)
    const { current } = this.#closings
    if (!isOpening || current === undefined) return
    this.#pace.opened(current, sent, now)
    this.#closings.opened(sent)
  }

  refused(sent: Sent, now: number, retryAfter?: Wait): void {
    this.#answered(sent, true, now)
    this.#pace.refused(sent)
    if (this.#closings.isFresh(sent)) {
      if (this.#closings.current === undefined) {
        if (retryAfter === undefined && !this.#isSignificant(now)) return
        this.#noteLimit(retryAfter, now)
      }
      this.#closings.refused(sent, now, retryAfter, this.#pace.rate)
    }
    if (retryAfter === undefined) return
    if (this.#keepShortPauses || retryAfter.atLeastMs > SHORT_PAUSE_MS) {
      this.#closings.pause(sent, now, retryAfter, true)
    }
  }

  /** No response, or one that reports nothing about a limit. */
  ended(sent: Sent, now: number, retryAfter?: Wait): void {
    this.#closings.ended(sent)
    if (retryAfter !== undefined && retryAfter.atLeastMs > SHORT_PAUSE_MS) {
      this.#closings.pause(sent, now, retryAfter, false)
    }
  }

  /** What follows from an exchange with the other clients of the token. */
  share(share: PaceShare, pauseMs: number, now: number): void {
    this.#pace.share(share, this.#last, now)
    const isKnown = now + pauseMs <= this.#closings.pausedUntil + SAME_PAUSE_MS
    if (pauseMs <= SHORT_PAUSE_MS || isKnown) return
    const since = { number: this.#last.number, sentAt: now }
    this.#closings.pause(since, now, { atLeastMs: pauseMs, atMostMs: pauseMs }, true)
  }

  #answered(sent: Sent, refused: boolean, now: number): void {
    const isFresh = this.#closings.isFresh(sent)
    if (this.#sporadic.answered(refused, isFresh, now) !== 'sporadic') return
    this.#pace.forget()
    this.#closings.opened(sent)
  }

  /** Whether a refusal without `Retry-After` is one of too many. */
  #isSignificant(now: number): boolean {
    const hasSpare = this.#allowances.spare(now, this.#last.number)
    return !hasSpare && this.#sporadic.isSignificant(this.#pace.rate)
  }

  /** A refusal is attributed to a limit, and closes the gate. */
  #noteLimit(retryAfter: Wait | undefined, now: number): void {
    const { rate, hasGrown, isShared } = this.#pace
    const isInVain = rate !== undefined && !hasGrown && !isShared && this.#closings.lastShutMs === 0
    this.#sporadic.reacted(retryAfter === undefined && isInVain, now)
    this.#allowances.refused()
  }
}
