/**
 * The gate: every attempt of a client passes it, so that all its senders slow down and pause
 * together. An attempt leaves when neither the pace ({@link createPace}) nor the number in flight
 * ({@link createConcurrency}) holds it back.
 *
 * First come, first served; an attempt that the rate limit refused comes before new ones. Each
 * request takes constant time. Clock and timer are arguments, so that a simulation can run it.
 */
import { type ConcurrencyOptions, createConcurrency } from './concurrency.ts'
import { createLimiter, type LimiterOptions } from './limiter.ts'
import type { Sent } from './pace.ts'
import type { Allowance, Wait } from './retry-after.ts'
import { createWaitingLine, type Waiter } from './waiting-line.ts'

export interface GateOptions extends LimiterOptions {
  readonly concurrency: ConcurrencyOptions
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number
  /** Calls back after some milliseconds; returns how to cancel that. */
  readonly schedule: (callback: () => void, ms: number) => () => void
}

/** How an attempt ended. */
export type Passage = 'accepted' | 'throttled' | 'failed' | 'withdrawn'

/** A place in flight. */
export type Pass = Sent

export interface Gate {
  /** A place at once, or undefined where the attempt has to wait. */
  tryEnter(): Pass | undefined
  /** Queues an attempt. @param again whether it goes before new ones */
  wait(waiter: Waiter<Pass>, again: boolean): void
  /** Leaves the queue. */
  forget(waiter: Waiter<Pass>): void
  /** @param retryAfter how long the response asks to wait */
  leave(pass: Pass, passage: Passage, retryAfter?: Wait, allowances?: readonly Allowance[]): void
  /** How much longer the present pause lasts; 0 for none. */
  pauseLeftMs(): number
  /** False where the present pause was asked for by a failure, such as a 503. */
  readonly isPausedByLimit: boolean
  readonly state: GateState
}

export interface GateState {
  readonly inFlight: number
  readonly queued: number
  /** How many may be in flight now. */
  readonly limit: number
  /** Requests per second; undefined while no limit is known. */
  readonly pace: number | undefined
  /** All pauses so far, the present one included up to now. */
  readonly pausedMs: number
}

export function createGate(options: GateOptions): Gate {
  const { now } = options
  const concurrency = createConcurrency(options.concurrency)
  const limiter = createLimiter(options)
  const line = createWaitingLine<Pass>()
  let inFlight = 0
  let cancelTimer: (() => void) | undefined
  /** The latest pause, and the total length of those before it. */
  let pausedAt = 0
  let pausedUntil = 0
  let pausedBefore = 0

  /** Undefined for a request that may leave, else the earliest time; Infinity until another ends. */
  function heldUntil(at: number): number | undefined {
    const ready = limiter.readyAt(at)
    if (at < ready) return ready
    if (inFlight < concurrency.limit) return undefined
    concurrency.reached()
    return Number.POSITIVE_INFINITY
  }

  function admit(at: number): Pass {
    inFlight += 1
    return limiter.send(at)
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

  function notePause(at: number): void {
    if (limiter.pausedUntil <= pausedUntil) return
    if (at >= pausedUntil) {
      pausedBefore += pausedUntil - pausedAt
      pausedAt = at
    }
    pausedUntil = limiter.pausedUntil
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
    leave(pass, passage, retryAfter, allowances) {
      const at = now()
      inFlight -= 1
      if (passage === 'accepted' || passage === 'failed') {
        concurrency.answered(at, at - pass.sentAt, passage === 'failed')
      }
      if (passage === 'throttled') limiter.refused(pass, at, retryAfter)
      else if (passage === 'accepted') limiter.accepted(pass, at, allowances)
      else limiter.ended(pass, at, retryAfter)
      notePause(at)
      pump()
    },
    pauseLeftMs: () => Math.max(0, limiter.pausedUntil - now()),
    get isPausedByLimit() {
      return limiter.isPausedByLimit
    },
    get state() {
      return {
        inFlight,
        queued: line.length,
        limit: concurrency.limit,
        pace: limiter.rate,
        pausedMs: pausedBefore + Math.max(0, Math.min(now(), pausedUntil) - pausedAt),
      }
    },
  }
}
