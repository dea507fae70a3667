/**
 * The pace: how many requests leave in a second. docs/how-it-works/pace.md explains the rules below.
 *
 * 1. No rate is kept while no limit is known.
 * 2. The limit is measured from one opening of the gate to the next: the requests that were
 *    accepted, divided by the time. They are counted by order of sending, so latency drops out.
 * 3. A gate that stays shut for a whole window after the refusal was shut as a penalty. The limit
 *    is then what was accepted before.
 * 4. A measured rate is held, the longer the more the last closing cost. Then it grows until the
 *    next refusal, each step twice the one before.
 * 5. A rate that was held without a refusal is proven. If it grew far above what is measured, the
 *    limit lies between the two.
 * 6. Too few accepted to measure: the rate is halved, but not below the last measured one.
 * 7. Idle time is not evidence: nothing is measured across it, and the rate does not grow.
 * 8. Of several clients that share a limit, one leads; the rates of the others do not grow.
 *
 * Pure: times are arguments, in milliseconds of any clock that only goes forward.
 */
import { type Closing, SHORT_PAUSE_MS, windowOf } from './closing.ts'

/** A request on its way, numbered in the order of sending. */
export interface Sent {
  readonly number: number
  readonly sentAt: number
}

/** A client's share of a limit. */
export interface PaceShare {
  /** Requests per second; undefined to keep the present rate. */
  readonly rate: number | undefined
  /** The limit is this many times the rate; undefined for a client alone. */
  readonly parts: number | undefined
  /** Whether this client tries for more. */
  readonly leads: boolean
}

/** 50 accepted requests pay for each refused one, so 2% are refused in the long run. */
const HOLD_REQUESTS = 50
/** A long closing is risked again after 25 times its length, so 4% of the time is lost. */
const HOLD_CLOSINGS = 25
const MIN_HOLD_MS = 600
const MAX_HOLD_MS = 300_000
/** A step lasts for both. A doubled limit takes the steps 3, 6, 12, 24 and 48%: 2 s. */
const STEP_MS = 400
/** Where others follow: by then they have taken over the step before. */
const SHARED_STEP_MS = 1000
const STEP_REQUESTS = 15
const FIRST_STEP = 0.03
const REPORTED_STEP = 0.2
const MAX_STEP = 0.5
/** More than this multiple of the measured rate is far above it. */
const FAR = 1.25
/** A limit that others lowered below this part: what this client tried was too much. */
const TOO_MUCH = 0.995
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

export class Pace {
  readonly #setRate: number | undefined
  readonly #maxRate: number
  #rate: number | undefined
  /** The rate before it grew, and the last measured one. */
  #held: number
  #proven = 0
  #nextAt = Number.NEGATIVE_INFINITY
  #lastSentAt = Number.NEGATIVE_INFINITY
  #growAt = Number.POSITIVE_INFINITY
  #step = FIRST_STEP
  /** Requests after this one are counted, and those of them that were refused. */
  #mark: Sent | undefined
  #refused = 0
  /** Accepted before the mark, where the share changed since: as many as there would be with it. */
  #carried = 0
  #leads = true
  #parts: number | undefined

  /** @param setRate the rate set by hand, never exceeded */
  constructor(setRate: number | undefined) {
    this.#setRate = setRate
    this.#maxRate = setRate ?? Number.POSITIVE_INFINITY
    this.#rate = setRate
    this.#held = setRate ?? 0
  }

  /** Requests per second; undefined while no limit is known. */
  get rate(): number | undefined {
    return this.#rate
  }

  /** The rate, where it comes from a limit and not from the setting. */
  get learned(): number | undefined {
    return this.#rate === this.#setRate ? undefined : this.#rate
  }

  /** Whether the rate is above the one that was held. */
  get hasGrown(): boolean {
    return this.#rate !== undefined && this.#rate > this.#held
  }

  /** Whether other clients have parts of the limit. */
  get isShared(): boolean {
    return (this.#parts ?? 1) > 1
  }

  /** When the next request may leave. */
  get nextAt(): number {
    return this.#nextAt
  }

  /** @param spacing the gap to the next request, as a multiple of the usual one */
  sent(sent: Sent, isProbe: boolean, spacing: number): void {
    const now = sent.sentAt
    const isIdle = !isProbe && now - this.#lastSentAt > IDLE_MS
    this.#lastSentAt = now
    if (this.#mark === undefined || isIdle) this.#countFrom(sent)
    if (this.#rate === undefined || isProbe) return
    const rate = this.#grow(this.#rate, now)
    this.#rate = rate
    const gapMs = (spacing * 1000) / rate
    const lateMs = this.isShared ? Math.max(LATE_MS, gapMs) : LATE_MS
    this.#nextAt = Math.max(this.#nextAt, now - lateMs) + gapMs
  }

  refused(sent: Sent): void {
    if (this.#mark !== undefined && sent.number > this.#mark.number) this.#refused += 1
  }

  /** The gate was closed, and this request opened it. */
  opened({ since, byLimit, refusedProbes }: Closing, sent: Sent, now: number): void {
    this.#nextAt = now
    const shutMs = sent.sentAt - since.sentAt
    const isLong = shutMs > SHORT_PAUSE_MS
    const penaltyMs = refusedProbes > 0 ? windowOf(shutMs) : undefined
    const { seen, isCertain } = this.#measure(this.#mark ?? since, sent, shutMs, penaltyMs)
    if (!byLimit || (isLong && !isCertain)) {
      this.#countFrom(sent)
      return
    }
    const isFirst = this.#rate === undefined
    const requests = HOLD_REQUESTS * (isFirst ? 1 : Math.max(1, this.#refused))
    const wanted = this.#rate === undefined ? seen : this.#adjust(this.#rate, seen, isCertain)
    const rate = Math.min(this.#maxRate, Math.max(MIN_RATE / (this.#parts ?? 1), wanted))
    this.#rate = rate
    this.#held = rate
    if (isCertain) this.#proven = seen
    const closingMs = isLong || penaltyMs !== undefined ? HOLD_CLOSINGS * shutMs : MIN_HOLD_MS
    this.#growAt = now + Math.min(MAX_HOLD_MS, Math.max(closingMs, (requests * 1000) / rate))
    this.#step = FIRST_STEP
    this.#nextAt = Math.max(now, sent.sentAt + 1000 / rate)
    if (isCertain || isFirst) this.#countFrom(sent)
  }

  /** A reported limit held a request back; it allows this many a second. */
  limit(perSecond: number, now: number): void {
    if (this.#rate !== undefined) {
      this.#rate = Math.min(this.#rate, FAR * perSecond)
      return
    }
    this.#rate = Math.min(this.#maxRate, perSecond)
    this.#held = this.#rate
    this.#growAt = now
    this.#step = REPORTED_STEP
  }

  /** The limit is shared with other clients. @param last the latest request */
  share({ rate, parts, leads }: PaceShare, last: Sent, now: number): void {
    const before = this.learned
    const [partsBefore, hasLed] = [this.#parts, this.#leads]
    this.#leads = leads
    this.#parts = parts
    if (rate === undefined || parts === undefined || !(rate > 0 && parts > 0)) return
    const share = Math.min(this.#maxRate, rate)
    this.#rate = share
    if (before === undefined || partsBefore === undefined) {
      this.#countFrom(last)
      this.#held = share
      this.#growAt = now + this.#holdMs(share * parts)
      this.#step = FIRST_STEP
      return
    }
    this.#scale(partsBefore / parts, last)
    // Where others tried for more, the rate that was held before stays the one to return to.
    this.#held = Math.min(this.#held, share)
    const isTooMuch = share * parts < TOO_MUCH * before * partsBefore
    if (leads && hasLed && !isTooMuch) return
    this.#growAt = Math.max(this.#growAt, now + this.#holdMs(isTooMuch ? share : share * parts))
    this.#step = FIRST_STEP
  }

  /** The refusals were not caused by a rate limit. */
  forget(): void {
    this.#rate = this.#setRate
    this.#held = this.#setRate ?? 0
    this.#mark = undefined
  }

  #countFrom(sent: Sent): void {
    this.#mark = sent
    this.#refused = 0
    this.#carried = 0
  }

  /** The share of the limit became larger or smaller by this factor. */
  #scale(factor: number, last: Sent): void {
    this.#held *= factor
    this.#proven *= factor
    if (this.#mark === undefined) return
    this.#carried = factor * this.#acceptedSince(this.#mark, last)
    this.#mark = { number: last.number, sentAt: this.#mark.sentAt }
    this.#refused = 0
  }

  #holdMs(perSecond: number): number {
    return Math.max(MIN_HOLD_MS, (HOLD_REQUESTS * 1000) / perSecond)
  }

  #acceptedSince(from: Sent, to: Sent): number {
    return this.#carried + to.number - from.number - this.#refused
  }

  /** The rate after its next step, if that is due. */
  #grow(rate: number, now: number): number {
    if (now > this.#nextAt + BEHIND_MS) {
      this.#growAt = Math.max(this.#growAt, now + STEP_MS)
      return rate
    }
    if (now < this.#growAt || !this.#leads) return rate
    const parts = this.#parts ?? 1
    const grown = Math.min(this.#maxRate, rate * (1 + this.#step))
    this.#step = Math.min(MAX_STEP, 2 * this.#step)
    const stepMs = parts > 1 ? SHARED_STEP_MS : STEP_MS
    this.#growAt = now + Math.max(stepMs, (STEP_REQUESTS * 1000) / (grown * parts))
    return grown
  }

  /** The rate that the time from one opening to the next shows. */
  #measure(from: Sent, to: Sent, shutMs: number, penaltyMs: number | undefined) {
    const accepted = this.#acceptedSince(from, to)
    const tookMs = to.sentAt - from.sentAt
    // A closing that takes most of the time shows nothing, unless it ends with a window.
    let ms = tookMs < 2 * shutMs ? windowOf(tookMs) : tookMs
    if (penaltyMs !== undefined) ms = Math.max(penaltyMs + JITTER_MS, tookMs - shutMs)
    const isCertain = ms !== undefined && accepted >= MIN_MEASURED
    return { seen: (accepted * 1000) / Math.max(1, ms ?? tookMs), isCertain }
  }

  #adjust(current: number, seen: number, isCertain: boolean): number {
    if (!isCertain) {
      const floor = Math.max(seen, this.#proven, current / 2)
      this.#proven *= 0.85
      return Math.min(current, floor)
    }
    if (current <= this.#held) return Math.min(current, seen)
    const shown = Math.max(seen, 0.98 * this.#held)
    const isFar = current > FAR * Math.max(shown, this.#held)
    return Math.min(current, isFar ? Math.sqrt(shown * current) : shown)
  }
}
