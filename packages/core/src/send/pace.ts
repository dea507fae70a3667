/**
 * The pace: when the next request may leave, found out from what a rate limit refuses and from what
 * it says to remain. docs/pace.md says the law in words.
 *
 * Pure: the time is passed in, in milliseconds of any clock that only goes forward.
 */
import { createAllowances, createHistory } from './allowance.ts'
import { type Closed, createClosed, LONGEST_PROBE_MS, PROBE_GROWTH, probeAt } from './closing.ts'
import type { Allowance, Wait } from './retry-after.ts'
import { createSporadic } from './sporadic.ts'

export interface PaceOptions {
  /** A rate set by hand, never exceeded. */
  readonly perSecond?: number | undefined
  /** Keep every pause that the gateway asks for to its end, however short. */
  readonly keepShortPauses?: boolean | undefined
}

/** A request on its way, numbered in the order of sending. */
export interface Sent {
  readonly number: number
  readonly sentAt: number
}

export interface Pace {
  /** Requests per second; undefined while no limit is known. */
  readonly rate: number | undefined
  /** Until when nothing leaves. */
  readonly pausedUntil: number
  /** When the next request may leave; Infinity when an answer has to come first. */
  readyAt(now: number): number
  send(now: number): Sent
  /** An answer that is neither a refusal nor a failure, and what it says of limits. */
  accepted(sent: Sent, now: number, told?: readonly Allowance[]): void
  refused(sent: Sent, now: number, asked?: Wait): void
  /** No answer, or one that says nothing of a limit. */
  ended(sent: Sent, now: number, asked?: Wait): void
}

/** A pause asked for above this is kept whole; below, whole seconds are mostly rounded up. */
const SHORT_PAUSE_MS = 2000
export const LONGEST_ASKED_PAUSE_MS = 60_000
/** How long the others wait for the answer to a probe, at least. */
const TRIAL_MS = 500
/** What timers are late by is caught up to this extent. */
const CATCH_UP_MS = 20
/** Behind schedule by more: something else held requests back, and the rate is not raised. */
const BEHIND_MS = 100
/** Nothing sent for so long: what was counted before says nothing of what is allowed now. */
const IDLE_MS = 1000
/** A measured rate is held this long, or for this many requests for each that was refused. */
const HOLD_MS = 600
const HOLD_REQUESTS = 50
const LONGEST_HOLD_MS = 30_000
/** Then it grows, in steps of this length, each twice the one before. */
const STEP_MS = 400
const STEP_REQUESTS = 15
const FIRST_STEP = 0.03
const LARGEST_STEP = 0.5
/** The same for a rate that could not be measured. */
const UNSURE_HOLD_REQUESTS = 15
const UNSURE_STEP = 0.1
/** A gate that was shut for 1 s is risked again after this many seconds. */
const COST = 25
/** How far the pace may lie above what answers allow. */
const TOLD_EXCESS = 1.2
const TOLD_STEP = 0.2
/** Fewer accepted between two openings are too few to measure. */
const FEW = 10
/** How often a long window is taken to be as before. */
const QUOTA_USES = 5

export function createPace(options: PaceOptions): Pace {
  const highest = options.perSecond ?? Number.POSITIVE_INFINITY
  const history = createHistory()
  const allowances = createAllowances(history)
  const sporadic = createSporadic()
  let last: Sent = { number: 0, sentAt: Number.NEGATIVE_INFINITY }
  let rate = options.perSecond
  let nextAt = Number.NEGATIVE_INFINITY
  let pausedUntil = Number.NEGATIVE_INFINITY
  let closed: Closed | undefined
  /** Refusals of requests up to this number are no news. */
  let reacted = 0
  /** While closed: until when the others wait for the one that was let through. */
  let probe: { number: number; until: number } | undefined
  /** The opening since which is counted, and refusals since. */
  let mark: Sent | undefined
  let refusedSince = 0
  /** The rate at the opening, before it grew; and the latest that was measured. */
  let base: number | undefined
  let proven: number | undefined
  let step = FIRST_STEP
  let growAt = Number.POSITIVE_INFINITY
  /** How the latest closing went: how long a token took if it took more than one probe. */
  let tokenMs = 0
  /** Since the latest request, what answers say to remain held the next one back. */
  let isHeldByTold = false
  let firstWasLong = false
  /** Of a long window: how many it allows, and how long it is. */
  let quota: { count: number; ms: number; uses: number } | undefined

  function close(since: Sent, now: number, asked: Wait | undefined): Closed {
    return createClosed({ since, now, asked, tokenMs, rate })
  }

  function pauseUntil(time: number): void {
    pausedUntil = Math.max(pausedUntil, time)
  }

  function opened(ended: Closed, sent: Sent, now: number): void {
    const { since, retries, firstProbeMs, probeMs } = ended
    const shutMs = sent.sentAt - since.sentAt
    const isFirst = rate === undefined
    const isPenalty = retries > 0 && shutMs > 950 && shutMs < 1100
    tokenMs = retries > 0 ? shutMs : 0
    let isSure = true
    if (shutMs > SHORT_PAUSE_MS) learnQuota(since, sent)
    else if (mark !== undefined) isSure = measure(ended, mark, sent, isPenalty)
    else if (rate !== undefined) rate *= 0.9
    // So that not much more than a fiftieth of all requests is refused.
    const refused = isFirst ? 1 : Math.max(1, refusedSince)
    const requests = isSure ? HOLD_REQUESTS * refused : UNSURE_HOLD_REQUESTS
    const costMs = retries === 0 || (isFirst && !isPenalty) ? 0 : shutMs - firstProbeMs + probeMs
    growAt =
      now +
      Math.max(
        HOLD_MS,
        Math.min(LONGEST_HOLD_MS, (requests * 1000) / (rate ?? 1)),
        COST * costMs,
        isFirst ? 0 : 5 * shutMs,
      )
    step = isSure ? FIRST_STEP : UNSURE_STEP
    base = rate
    if (isSure || isFirst || mark === undefined) {
      mark = sent
      refusedSince = 0
    }
    closed = undefined
    probe = undefined
    nextAt = rate === undefined ? now : Math.max(now, sent.sentAt + 1000 / rate)
  }

  /** Sets the rate after what was accepted from one opening to the next; whether that was enough. */
  function measure({ since, retries }: Closed, from: Sent, to: Sent, isPenalty: boolean): boolean {
    const got = to.number - from.number - refusedSince
    const tookMs = to.sentAt - from.sentAt
    const shutMs = to.sentAt - since.sentAt
    // A closing that made up most of the time hides what the limit let through meanwhile.
    const isSure = got >= FEW && tookMs >= 2 * shutMs
    const lastSecond = history.countSince(since.sentAt - 1000, since.number - 1)
    let seen = (got * 1000) / tookMs
    // Shut for a whole window: the window before shows the limit.
    if (isPenalty) seen = Math.max(seen, Math.min(lastSecond * 0.98, lastSecond - 0.5))
    if (rate === undefined) {
      firstWasLong = shutMs > 200
      const current = history.countSince(since.sentAt - 250, since.number) * 4
      rate = Math.max(seen, retries > 0 ? (lastSecond * 1000) / (1000 + shutMs) : current / 2)
    } else if (isSure) {
      const hasGrown = base !== undefined && rate > base
      // Shut out at a rate that was not raised: it needs more room.
      if (isPenalty && !hasGrown) seen = Math.min(seen, rate * 0.95)
      if (base !== undefined && hasGrown) seen = Math.max(seen, base * 0.98)
      // Far overshot: a burst that was used up hides what is allowed now, so take the middle.
      const farGrown = firstWasLong || (base !== undefined && rate > 1.2 * base)
      const isFar = rate > 1.2 * seen && farGrown && !isPenalty
      rate = Math.min(rate, isFar ? Math.sqrt(seen * rate) : seen)
      proven = seen
    } else if (proven !== undefined && seen < proven) {
      rate = Math.min(rate, Math.max(seen, proven * 0.97))
      proven *= 0.85
    } else rate = Math.min(rate, Math.max(seen, rate / (retries > 0 ? 10 : 3)))
    rate = Math.min(rate, highest)
    return isSure
  }

  /** A window so long is used up and waited for; a rate would only spread it. */
  function learnQuota(since: Sent, sent: Sent): void {
    if (rate === undefined && mark !== undefined && refusedSince > 0) {
      const count = since.number - mark.number
      quota = { count, ms: sent.sentAt - mark.sentAt, uses: QUOTA_USES }
    }
    mark = undefined
  }

  /** Pauses unasked when a long window is used up, as far as known. */
  function keepQuota(known: NonNullable<typeof quota>, now: number): void {
    if (mark === undefined || closed !== undefined) return
    if (last.number - mark.number + 1 < known.count) return
    closed = { ...close(last, now, undefined), alone: true }
    reacted = last.number
    pauseUntil(mark.sentAt + known.ms)
    known.uses -= 1
    if (known.uses === 0) quota = undefined
  }

  /** Counts an answer. Refusals that turn out to be chance are no reason for a rate. */
  function answered(sent: Sent, refused: boolean, now: number): void {
    if (sporadic.answered(refused, sent.number > reacted, now) !== 'sporadic') return
    rate = options.perSecond
    base = rate
    mark = undefined
    closed = undefined
    probe = undefined
  }

  /** Whether a refusal without a word is one of too many. */
  function isNews(now: number): boolean {
    return !allowances.spare(now, last.number) && sporadic.isNews(rate)
  }

  function isLong(asked: Wait): boolean {
    return asked.atLeastMs > SHORT_PAUSE_MS || options.keepShortPauses === true
  }

  /** A pause that everybody keeps to its end; then one asks first. */
  function pauseLong(sent: Sent, now: number, asked: Wait): void {
    closed ??= close(sent, now, asked)
    closed.alone = true
    reacted = last.number
    pauseUntil(now + Math.min(LONGEST_ASKED_PAUSE_MS, asked.atLeastMs))
  }

  return {
    get rate() {
      return rate
    },
    get pausedUntil() {
      return pausedUntil
    },
    readyAt(now) {
      if (now < pausedUntil) return pausedUntil
      if (probe !== undefined && now < probe.until) return probe.until
      const toldAt = closed === undefined ? allowances.readyAt(now, last.number) : 0
      if (toldAt > now) isHeldByTold = true
      return Math.max(nextAt, toldAt)
    },
    send(now) {
      const isIdle = now - last.sentAt > IDLE_MS && closed === undefined
      last = { number: last.number + 1, sentAt: now }
      history.add(last)
      if (isIdle ? rate === undefined : mark === undefined && rate === undefined) {
        mark = last
        refusedSince = 0
      }
      if (closed?.alone === true) {
        probe = { number: last.number, until: now + Math.max(TRIAL_MS, 3 * closed.tripMs) }
      }
      if (quota !== undefined) keepQuota(quota, now)
      if (rate === undefined) return last
      if (isHeldByTold) {
        // Faster than that it would only go in bursts.
        rate = Math.min(rate, TOLD_EXCESS * (allowances.perSecond() ?? rate))
      }
      if (now > nextAt + BEHIND_MS) {
        growAt = Math.max(growAt, now + STEP_MS)
        if (isIdle) mark = undefined
      } else if (now >= growAt) {
        rate = Math.min(highest, rate * (1 + step))
        step = Math.min(LARGEST_STEP, 2 * step)
        growAt = now + Math.max(STEP_MS, (STEP_REQUESTS * 1000) / rate)
      }
      isHeldByTold = false
      nextAt = Math.max(nextAt, now - CATCH_UP_MS) + (sporadic.tests ? 2000 : 1000) / rate
      return last
    },
    accepted(sent, now, told) {
      const opens = closed !== undefined && sent.number > reacted
      if (opens) allowances.accepted(sent, now)
      for (const allowance of told ?? []) allowances.reported(sent, now, allowance)
      if (rate === undefined && told !== undefined) {
        rate = isHeldByTold ? allowances.perSecond() : undefined
        base = rate
        growAt = now
        step = TOLD_STEP
      }
      const allowed = told === undefined ? undefined : allowances.perSecond()
      if (rate !== undefined && allowed !== undefined && allowed > 1.6 * rate) {
        // What answers say need not be found out by trying.
        growAt = Math.min(growAt, now + STEP_MS)
      }
      answered(sent, false, now)
      if (closed !== undefined && opens) opened(closed, sent, now)
    },
    refused(sent, now, asked) {
      answered(sent, true, now)
      if (mark !== undefined && sent.number > mark.number) refusedSince += 1
      const isFresh = sent.number > reacted
      if (isFresh && closed !== undefined) {
        closed.retries += 1
        closed.alone = true
        closed.probeMs = Math.min(LONGEST_PROBE_MS, closed.probeMs * PROBE_GROWTH)
        if (asked !== undefined && now >= closed.toldUntil) closed.toldUntil = now + asked.atMostMs
        probe = undefined
      }
      if (asked !== undefined && isLong(asked)) {
        pauseLong(sent, now, asked)
        return
      }
      if (!isFresh) return
      if (closed === undefined) {
        if (asked === undefined && !isNews(now)) return
        sporadic.reacted(
          asked === undefined && tokenMs === 0 && rate !== undefined && rate === base,
          now,
        )
        allowances.refused()
        closed = close(sent, now, asked)
      }
      reacted = last.number
      pauseUntil(probeAt(closed, now, mark?.sentAt))
    },
    ended(sent, now, asked) {
      if (probe?.number === sent.number) probe = undefined
      if (asked !== undefined && asked.atLeastMs > SHORT_PAUSE_MS) pauseLong(sent, now, asked)
    },
  }
}
