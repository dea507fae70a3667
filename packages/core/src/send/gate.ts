/**
 * The gate: every attempt of a client passes it, so that all its senders slow down and pause
 * together. An attempt leaves when neither the pace (pace.ts) nor the number in flight
 * (concurrency.ts) holds it back.
 *
 * First come, first served; an attempt that the rate limit refused comes before new ones. Each
 * request takes constant time. Clock and timer are arguments, so that a simulation can run it.
 */
import { type Concurrency, type ConcurrencyOptions, createConcurrency } from './concurrency.ts'
import { Limiter, type LimiterOptions } from './limiter.ts'
import type { PaceShare, Sent } from './pace.ts'
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

/** What the other clients of the token need to know. */
export interface Flow {
  /** Requests sent so far, and those that wait. */
  readonly sent: number
  readonly queued: number
  /** Whether the rate limit holds the next request back. */
  readonly isHeld: boolean
  /** Requests per second by the rate limit; undefined while none is known, or a set rate is lower. */
  readonly rate: number | undefined
  /** Whether there is no rate at all. */
  readonly isFree: boolean
  /** How much longer a pause lasts that the rate limit asked for; 0 for none. */
  readonly pauseMs: number
}

export class Gate {
  readonly #options: GateOptions
  readonly #concurrency: Concurrency
  readonly #limiter: Limiter
  readonly #line = createWaitingLine<Pass>()
  #inFlight = 0
  #cancelTimer: (() => void) | undefined
  /** The latest pause, and the total length of those before it. */
  #pausedAt = 0
  #pausedUntil = 0
  #pausedBefore = 0

  constructor(options: GateOptions) {
    this.#options = options
    this.#concurrency = createConcurrency(options.concurrency)
    this.#limiter = new Limiter(options)
  }

  /** A place at once, or undefined where the attempt has to wait. */
  tryEnter(): Pass | undefined {
    if (this.#line.length > 0) return undefined
    const now = this.#options.now()
    return this.#heldUntil(now) === undefined ? this.#admit(now) : undefined
  }

  /** Queues an attempt. @param again whether it goes before new ones */
  wait(waiter: Waiter<Pass>, again: boolean): void {
    this.#line.push(waiter, again)
    this.#pump()
  }

  /** Leaves the queue. */
  forget(waiter: Waiter<Pass>): void {
    this.#line.remove(waiter)
  }

  /** @param retryAfter how long the response asks to wait */
  leave(pass: Pass, passage: Passage, retryAfter?: Wait, allowances?: readonly Allowance[]): void {
    const now = this.#options.now()
    this.#inFlight -= 1
    if (passage === 'accepted' || passage === 'failed') {
      this.#concurrency.answered(now, now - pass.sentAt, passage === 'failed')
    }
    if (passage === 'throttled') this.#limiter.refused(pass, now, retryAfter)
    else if (passage === 'accepted') this.#limiter.accepted(pass, now, allowances)
    else this.#limiter.ended(pass, now, retryAfter)
    this.#notePause(now)
    this.#pump()
  }

  /** How much longer the present pause lasts; 0 for none. */
  pauseLeftMs(): number {
    return Math.max(0, this.#limiter.pausedUntil - this.#options.now())
  }

  /** False where the present pause was asked for by a failure, such as a 503. */
  get isPausedByLimit(): boolean {
    return this.#limiter.isPausedByLimit
  }

  get flow(): Flow {
    const now = this.#options.now()
    return {
      sent: this.#limiter.sent,
      queued: this.#line.length,
      isHeld: this.#line.length > 0 && this.#limiter.readyAt(now) > now,
      rate: this.#limiter.learnedRate,
      isFree: this.#limiter.rate === undefined,
      pauseMs: this.#limiter.isPausedByLimit ? this.pauseLeftMs() : 0,
    }
  }

  /** What follows from an exchange with the other clients. @param pauseMs a pause that one was asked for */
  share(share: PaceShare, pauseMs: number): void {
    const now = this.#options.now()
    this.#limiter.share(share, pauseMs, now)
    this.#notePause(now)
    this.#pump()
  }

  get state(): GateState {
    const pauseEnd = Math.min(this.#options.now(), this.#pausedUntil)
    return {
      inFlight: this.#inFlight,
      queued: this.#line.length,
      limit: this.#concurrency.limit,
      pace: this.#limiter.rate,
      pausedMs: this.#pausedBefore + Math.max(0, pauseEnd - this.#pausedAt),
    }
  }

  /** Undefined for a request that may leave, else the earliest time; Infinity until another ends. */
  #heldUntil(now: number): number | undefined {
    const ready = this.#limiter.readyAt(now)
    if (now < ready) return ready
    if (this.#inFlight < this.#concurrency.limit) return undefined
    this.#concurrency.reached()
    return Number.POSITIVE_INFINITY
  }

  #admit(now: number): Pass {
    this.#inFlight += 1
    return this.#limiter.send(now)
  }

  /** Admits all that may leave now, and sets a timer for the next one. */
  #pump(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    while (this.#line.length > 0) {
      const now = this.#options.now()
      const held = this.#heldUntil(now)
      if (held === undefined) {
        this.#line.shift()?.admit(this.#admit(now))
        continue
      }
      if (held !== Number.POSITIVE_INFINITY) {
        this.#cancelTimer = this.#options.schedule(() => this.#pump(), Math.ceil(held - now))
      }
      return
    }
  }

  #notePause(now: number): void {
    const { pausedUntil } = this.#limiter
    if (pausedUntil <= this.#pausedUntil) return
    if (now >= this.#pausedUntil) {
      this.#pausedBefore += this.#pausedUntil - this.#pausedAt
      this.#pausedAt = now
    }
    this.#pausedUntil = pausedUntil
  }
}
