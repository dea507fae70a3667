/**
 * The gate: every attempt of a client passes it, so that all its senders slow down and pause
 * together. An attempt leaves when none of these holds it back:
 *
 * - the pause after a 429, as long as the gateway asks, else 250 ms and longer each time; after it
 *   one request goes alone, to see whether the way is free
 * - the pace ({@link createPace})
 * - the number in flight ({@link createConcurrency})
 *
 * First come, first served; an attempt that the rate limit refused comes before new ones. Takes
 * constant time for each request. The clock and the timer are passed in, so that a simulation can
 * run it.
 */
import { createChance } from './chance.ts'
import { type ConcurrencyOptions, createConcurrency } from './concurrency.ts'
import { createPace } from './pace.ts'
import type { Wait } from './retry-after.ts'
import { createWaitingLine, type Waiter } from './waiting-line.ts'

export interface GateOptions {
  readonly concurrency: ConcurrencyOptions
  /** A rate set by hand, kept at most; the gate still goes below it when it is refused. */
  readonly perSecond?: number | undefined
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number
  /** Calls back after some milliseconds; answers how to call it off. */
  readonly schedule: (callback: () => void, ms: number) => () => void
}

/** How an attempt ended, as far as it matters here. */
export type Passage = 'accepted' | 'throttled' | 'failed' | 'withdrawn'

/** A place in flight. */
export interface Pass {
  readonly number: number
  readonly sentAt: number
}

export interface Gate {
  /** A place at once, or undefined when one has to wait. */
  tryEnter(): Pass | undefined
  /** Queues up. `again`: before those that come for the first time. */
  wait(waiter: Waiter<Pass>, again: boolean): void
  /** Leaves the queue. */
  forget(waiter: Waiter<Pass>): void
  leave(pass: Pass, passage: Passage, asked?: Wait): void
  /** How long from now the present pause lasts; 0 when there is none. */
  pauseLeftMs(): number
  readonly state: GateState
}

export interface GateState {
  readonly inFlight: number
  readonly queued: number
  /** How many may be in flight now. */
  readonly limit: number
  /** Requests per second, undefined while there is no rate limit to be seen. */
  readonly pace: number | undefined
  /** All pauses so far, the present one included up to now. */
  readonly pausedMs: number
}

/** Even if the gateway asks for less: at once, the next unevenness would be refused again. */
const SHORTEST_PAUSE_MS = 200
const FIRST_PAUSE_MS = 250
const LONGEST_OWN_PAUSE_MS = 10_000
/** A pause that the gateway asks for is kept up to this; then one request asks again. */
export const LONGEST_ASKED_PAUSE_MS = 60_000
/** How long the one request after a pause holds up the others: some round trips, no more. */
const LONGEST_TRIAL_MS = 500

export function createGate(options: GateOptions): Gate {
  const { now } = options
  const concurrency = createConcurrency(options.concurrency)
  const pace = createPace(options.perSecond)
  const chance = createChance()
  const line = createWaitingLine<Pass>()
  let inFlight = 0
  let lastNumber = 0
  let cancelTimer: (() => void) | undefined

  let pausedAt = 0
  let pausedUntil = Number.NEGATIVE_INFINITY
  let pausedBefore = 0
  /** Refusals of passes up to this number belong to the pause that they brought about. */
  let pauseNumber = 0
  let pausesInRow = 0
  let troubleSince = 0
  /** After a pause: until when the others wait for the one that was let through. */
  let trial: { until: number } | undefined
  let trying = false
  /** Whether the gateway said when to come back, at this pause. */
  let told = false

  /** Undefined: may go. A number: not before then. Infinity: when another has left. */
  function heldUntil(at: number): number | undefined {
    if (at < pausedUntil) return pausedUntil
    if (trial !== undefined && at < trial.until) return trial.until
    if (inFlight >= concurrency.limit) {
      concurrency.reached()
      return Number.POSITIVE_INFINITY
    }
    const ready = pace.readyAt()
    return at < ready ? ready : undefined
  }

  function admit(at: number): Pass {
    inFlight += 1
    lastNumber += 1
    pace.take(at)
    if (trying && trial === undefined) trial = { until: at + LONGEST_TRIAL_MS }
    return { number: lastNumber, sentAt: at }
  }

  function pump(): void {
    cancelTimer?.()
    cancelTimer = undefined
    for (;;) {
      if (line.length === 0) return
      const at = now()
      const held = heldUntil(at)
      if (held === undefined) {
        line.shift()?.admit(admit(at))
        continue
      }
      if (held !== Number.POSITIVE_INFINITY) {
        cancelTimer = options.schedule(pump, Math.ceil(held - at))
      }
      return
    }
  }

  function pause(at: number, asked: Wait | undefined): void {
    const own = Math.min(LONGEST_OWN_PAUSE_MS, FIRST_PAUSE_MS * 2 ** pausesInRow)
    const least = Math.max(
      SHORTEST_PAUSE_MS,
      Math.min(LONGEST_ASKED_PAUSE_MS, asked?.atLeastMs ?? 0),
    )
    const most = Math.min(LONGEST_ASKED_PAUSE_MS, asked?.atMostMs ?? LONGEST_OWN_PAUSE_MS)
    const until = at + Math.max(least, Math.min(own, most))
    if (until <= pausedUntil) return
    if (at >= pausedUntil) {
      pausedBefore += pausedUntil === Number.NEGATIVE_INFINITY ? 0 : pausedUntil - pausedAt
      pausedAt = at
    }
    pausedUntil = until
  }

  function refused(pass: Pass, at: number, asked: Wait | undefined): void {
    if (pass.number <= pauseNumber) {
      // Sent before the pause began; it only tells how long the pause should be.
      if (asked === undefined) chance.alsoRefused(at)
      else pause(at, { atLeastMs: asked.atLeastMs, atMostMs: asked.atLeastMs })
      return
    }
    if (trying && pausesInRow > 0) chance.certain(at)
    else if (trying) chance.alsoRefused(at)
    else if (asked === undefined && chance.refused(at) === 'chance') return
    pace.halve(at, false)
    pauseNumber = lastNumber
    if (trying) {
      pausesInRow += 1
    } else {
      // From the first refusal on it is the pace that fits the rate limit.
      if (pace.rate === undefined) concurrency.throttled()
      pace.refused(at, asked !== undefined)
      pausesInRow = 0
      troubleSince = at
    }
    told = asked !== undefined
    trying = true
    trial = undefined
    pause(at, asked)
  }

  function accepted(pass: Pass, at: number): void {
    pace.accepted(at)
    const verdict = chance.accepted(at)
    if (verdict === 'chance') pace.forget()
    else if (verdict === 'limit') pace.halve(at, false)
    if (!trying || pass.number <= pauseNumber) return
    trying = false
    trial = undefined
    pace.resume(at, at - troubleSince)
    if (!told && chance.test(at)) pace.halve(at, true)
  }

  return {
    tryEnter() {
      if (line.length > 0) return undefined
      const at = now()
      return heldUntil(at) === undefined ? admit(at) : undefined
    },
    wait(waiter, again) {
      line.push(waiter, again)
      pump()
    },
    forget(waiter) {
      line.remove(waiter)
    },
    leave(pass, passage, asked) {
      const at = now()
      inFlight -= 1
      if (passage === 'throttled') refused(pass, at, asked)
      else if (passage !== 'withdrawn') {
        concurrency.answered(at, at - pass.sentAt, passage === 'failed')
        if (passage === 'accepted') accepted(pass, at)
      }
      pump()
    },
    pauseLeftMs: () => Math.max(0, pausedUntil - now()),
    get state() {
      const lasted = Math.min(now(), pausedUntil) - pausedAt
      return {
        inFlight,
        queued: line.length,
        limit: concurrency.limit,
        pace: pace.rate,
        pausedMs: pausedBefore + Math.max(0, lasted),
      }
    },
  }
}
