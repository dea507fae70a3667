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
import type { History } from './history.ts'
import type { Sent } from './pace.ts'
import type { Allowance } from './retry-after.ts'

/** Requests sent together arrive at different times. */
const MARGIN_MS = 10
/**
 * The part of a limit that is left unused, since requests overtake each other; doubled after a
 * refusal.
 */
const RESERVE = 0.01
const MAX_RESERVE = 0.08
/** A limit not reported for this long is forgotten, and a wrong one is ignored for this long. */
const STALE_MS = 60_000
/** The window if neither a reset nor a policy states it. */
const DEFAULT_WINDOW_MS = 1000
/** After half a window without a report, the others wait this long for the next one. */
const MAX_TRIAL_MS = 1000
/** A smaller limit is ignored: a bucket of one reports 0 left after each request. */
const MIN_LIMIT = 3
/** Longer windows are used up and waited for. */
const MAX_PACED_MS = 2000
/** Reports within this time count as one: the lowest. */
const GENERATION_MS = 100

/** One limit, as its reports show it. */
class Limit {
  readonly #history: History
  windowMs = 0
  /** Whether resets were seen that can only be read in one way. */
  #isExact = false
  /** The number of the request whose response brought the latest report; 0 before the first. */
  #number = 0
  #reportedAt = 0
  /** The least of the latest reports, and of those before: requests overtake each other. */
  #least = 0
  #leastBefore = 0
  #leastSince = 0
  /** Requests up to this number do not count: a new window began after them. */
  #origin = 0
  #wrongUntil = 0

  constructor(history: History) {
    this.#history = history
  }

  /** How many may be sent in a window: those of the window up to the report, and what remained. */
  get most(): number {
    return Math.min(this.#least, this.#leastBefore)
  }

  report(sent: Sent, now: number, allowance: Allowance): void {
    if (sent.number < this.#number) return
    const { limit, remaining } = allowance
    const isFirst = this.#number === 0
    this.#readWindow(allowance)
    const spent = this.#history.countSince(sent.sentAt - this.windowMs + MARGIN_MS, sent.number)
    const before = this.most
    const jump = remaining - before + Math.min(spent, sent.number - this.#origin)
    const isNewWindow = !isFirst && jump > Math.max(3, before / 2)
    if (isNewWindow) this.#origin = sent.number - 1
    const most = remaining + Math.min(spent, sent.number - this.#origin)
    // Of requests sent together, the first one that is answered may have been sent last.
    if (isFirst) this.#restart(Math.min(most, limit ?? most), now)
    else if (isNewWindow) this.#restart(most, now)
    else this.#lower(most, now)
    this.#number = sent.number
    this.#reportedAt = now
  }

  #readWindow({ reset, windowMs }: Allowance): void {
    const isExact = reset !== undefined && reset.atLeastMs === reset.atMostMs
    const before = isExact && !this.#isExact ? 0 : this.windowMs
    this.#isExact ||= isExact
    const resetMs = this.#isExact ? reset?.atLeastMs : reset?.atMostMs
    this.windowMs = windowMs ?? Math.max(resetMs ?? DEFAULT_WINDOW_MS, before)
  }

  #restart(most: number, now: number): void {
    this.#least = most
    this.#leastBefore = most
    this.#leastSince = now
  }

  #lower(most: number, now: number): void {
    if (now - this.#leastSince <= GENERATION_MS) {
      this.#least = Math.min(this.#least, most)
      return
    }
    this.#leastBefore = this.#least
    this.#least = most
    this.#leastSince = now
  }

  isStale(now: number): boolean {
    return now > Math.max(this.#reportedAt + STALE_MS, this.#wrongUntil)
  }

  /** False while the limit is taken to be wrong, and for one that is too small. */
  isEffective(now: number): boolean {
    return now >= this.#wrongUntil && this.most >= MIN_LIMIT
  }

  /** When the next request may leave; a time in the past means now. */
  readyAt(now: number, last: number, reserve: number): number {
    const mustTry = last > this.#number && now - this.#reportedAt > this.windowMs / 2
    const triedAt = mustTry ? this.#history.timeOf(last) + MAX_TRIAL_MS : Number.NEGATIVE_INFINITY
    const fullUntil = this.#fullUntil(now, last, reserve)
    if (fullUntil === undefined) return triedAt
    // A window of hours may be wrong: then it is forgotten, and a refusal reports how long to wait.
    return Math.max(triedAt, Math.min(fullUntil, this.#reportedAt + STALE_MS + 1))
  }

  /** Whether the limit allows a tenth more than was sent. */
  hasSpare(now: number, last: number): boolean {
    const { most } = this
    return most - this.#countInWindow(now, last) >= most / 10
  }

  /** Ignores the limit for a while if a request was accepted that exceeded it. */
  checkAccepted(sent: Sent, now: number, reserve: number): void {
    if (sent.number <= this.#number) return
    if (this.#fullUntil(sent.sentAt, sent.number - 1, reserve) === undefined) return
    this.#wrongUntil = now + STALE_MS
  }

  /** When one more request fits into the window; undefined if it fits now. */
  #fullUntil(now: number, last: number, reserve: number): number | undefined {
    const { most } = this
    const count = this.#countInWindow(now, last)
    return count === 0 || count < most - Math.floor(most * reserve)
      ? undefined
      : this.#history.timeOf(last - count + 1) + this.windowMs + MARGIN_MS
  }

  #countInWindow(now: number, last: number): number {
    const since = now - (this.windowMs + MARGIN_MS)
    return Math.min(last - this.#origin, this.#history.countSince(since, last))
  }
}

export class Allowances {
  readonly #history: History
  readonly #limits = new Map<string, Limit>()
  #reserve = RESERVE

  constructor(history: History) {
    this.#history = history
  }

  reported(sent: Sent, now: number, allowance: Allowance): void {
    let limit = this.#limits.get(allowance.name)
    if (limit === undefined) {
      limit = new Limit(this.#history)
      this.#limits.set(allowance.name, limit)
    }
    limit.report(sent, now, allowance)
  }

  /** When the next request may leave; a time in the past means now. */
  readyAt(now: number, last: number): number {
    let ready = Number.NEGATIVE_INFINITY
    for (const [name, limit] of this.#limits) {
      if (limit.isStale(now)) this.#limits.delete(name)
      if (limit.isEffective(now)) ready = Math.max(ready, limit.readyAt(now, last, this.#reserve))
    }
    return ready
  }

  /** Whether the reports allow a tenth of the limit more than was sent. */
  spare(now: number, last: number): boolean {
    for (const limit of this.#limits.values()) {
      if (!limit.isEffective(now) || !limit.hasSpare(now, last)) return false
    }
    return this.#limits.size > 0
  }

  /** Requests per second of the tightest limit of a short window. */
  perSecond(): number | undefined {
    let least: number | undefined
    for (const { most, windowMs } of this.#limits.values()) {
      if (most < MIN_LIMIT || windowMs > MAX_PACED_MS) continue
      least = Math.min(least ?? Number.POSITIVE_INFINITY, (most * 1000) / windowMs)
    }
    return least
  }

  /** A request was refused although the reports allowed it. */
  refused(): void {
    this.#reserve = Math.min(MAX_RESERVE, 2 * this.#reserve)
  }

  /** A request was accepted; limits that did not allow it are wrong. */
  accepted(sent: Sent, now: number): void {
    for (const limit of this.#limits.values()) limit.checkAccepted(sent, now, this.#reserve)
  }
}
