/**
 * A closed gate. A refusal closes it, and a request sent after that refusal and accepted opens it.
 * Meanwhile single requests ask whether it is open again (probes), and the others wait.
 *
 * Pure: times are arguments, in milliseconds of any clock that only goes forward.
 */
import type { Sent } from './pace.ts'
import type { Wait } from './retry-after.ts'

/** A longer pause is kept to its end; a shorter one is mostly a fraction of a second rounded up. */
export const SHORT_PAUSE_MS = 2000
export const MAX_PAUSE_MS = 60_000
/**
 * The first gap before a probe: as long as the last closing took, and the time in which a bucket
 * gains one request, within these.
 */
const MIN_FIRST_GAP_MS = 25
const MAX_FIRST_GAP_MS = 150
/** Each refused probe makes the next gap longer by this factor. */
const GAP_GROWTH = 1.5
const MAX_GAP_MS = 10_000
/** How long a window mostly is. */
const WINDOWS_MS: readonly number[] = [1000, 10_000, 60_000]
/** A probe meant for the end of a window arrives this much later. */
const AFTER_WINDOW_MS = 5
/** The others wait this long for the response to a probe, at least. */
const MIN_PROBE_WAIT_MS = 500

export interface Closing {
  /** The request that was refused. */
  readonly since: Sent
  /** False where a failure asked for a pause, not a rate limit. */
  readonly byLimit: boolean
  readonly refusedProbes: number
}

interface CurrentClosing extends Closing {
  refusedProbes: number
  gapMs: number
  readonly tripMs: number
}

export class Closings {
  #current: CurrentClosing | undefined
  #pausedUntil = Number.NEGATIVE_INFINITY
  /** When the pause ends that the gateway asked for. */
  #retryAt = Number.NEGATIVE_INFINITY
  #lastSent = 0
  #reactedTo = 0
  #probe: { number: number; until: number } | undefined
  #lastShutMs = 0
  /** When the first request since the gate opened was sent: a window may have begun with it. */
  #openSince: number | undefined

  /** Undefined while the gate is open. */
  get current(): Closing | undefined {
    return this.#current
  }

  /** Until when no request is sent. */
  get pausedUntil(): number {
    return this.#pausedUntil
  }

  /** How long the latest closing lasted; 0 if its first probe was accepted. */
  get lastShutMs(): number {
    return this.#lastShutMs
  }

  /** Whether a request was sent after the latest refusal that the gate reacted to. */
  isFresh(sent: Sent): boolean {
    return sent.number > this.#reactedTo
  }

  readyAt(now: number): number {
    const paused = this.#pausedUntil
    return now < paused ? paused : (this.#probe?.until ?? paused)
  }

  sent({ number, sentAt }: Sent): void {
    this.#lastSent = number
    this.#openSince ??= sentAt
    if (this.#current === undefined) return
    const waitMs = Math.max(MIN_PROBE_WAIT_MS, 3 * this.#current.tripMs)
    this.#probe = { number, until: sentAt + waitMs }
  }

  /** A fresh request was refused. */
  refused(sent: Sent, now: number, retryAfter: Wait | undefined, rate: number | undefined): void {
    if (this.#current === undefined) {
      const gainMs = 1000 / (rate ?? Number.POSITIVE_INFINITY)
      this.#current = close(sent, now, true, 1.1 * Math.max(this.#lastShutMs, gainMs))
    } else {
      this.#current.refusedProbes += 1
      this.#current.gapMs = Math.min(MAX_GAP_MS, GAP_GROWTH * this.#current.gapMs)
    }
    this.#react()
    if (retryAfter !== undefined && this.#retryAt <= now) {
      this.#retryAt = now + retryAfter.atMostMs
    }
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#nextProbeAt(this.#current, now))
  }

  /** All requests wait for the end of a pause. */
  pause(sent: Sent, now: number, retryAfter: Wait, byLimit: boolean): void {
    this.#current ??= close(sent, now, byLimit, 0)
    this.#react()
    const pauseMs = Math.min(MAX_PAUSE_MS, retryAfter.atLeastMs)
    this.#pausedUntil = Math.max(this.#pausedUntil, now + pauseMs)
  }

  /** A request was neither accepted nor refused. */
  ended(sent: Sent): void {
    if (this.#probe?.number === sent.number) this.#probe = undefined
  }

  opened(sent: Sent): void {
    const { since, refusedProbes } = this.#current ?? { since: sent, refusedProbes: 0 }
    this.#lastShutMs = refusedProbes > 0 ? sent.sentAt - since.sentAt : 0
    this.#current = undefined
    this.#probe = undefined
    this.#retryAt = Number.NEGATIVE_INFINITY
    this.#openSince = sent.sentAt
  }

  #react(): void {
    this.#probe = undefined
    this.#reactedTo = this.#lastSent
  }

  /** A probe that would still be in flight when a window is likely to end waits for that end. */
  #nextProbeAt({ since, gapMs, tripMs }: CurrentClosing, now: number): number {
    let at = now + gapMs
    for (const from of [this.#openSince ?? since.sentAt, since.sentAt]) {
      for (const windowMs of WINDOWS_MS) {
        const end = from + windowMs + AFTER_WINDOW_MS
        if (end > now + AFTER_WINDOW_MS && end < at + 1.5 * tripMs) at = end
      }
    }
    return this.#retryAt > now ? Math.min(at, this.#retryAt) : at
  }
}

function close(since: Sent, now: number, byLimit: boolean, gapMs: number): CurrentClosing {
  const bounded = Math.min(MAX_FIRST_GAP_MS, Math.max(MIN_FIRST_GAP_MS, gapMs))
  return { since, byLimit, refusedProbes: 0, gapMs: bounded, tripMs: now - since.sentAt }
}

/**
 * The window that a time may be: it is at most a tenth longer, which is how late a probe may be.
 * Undefined for none.
 */
export function windowOf(ms: number): number | undefined {
  return WINDOWS_MS.find((windowMs) => ms >= windowMs && ms < 1.1 * windowMs)
}
