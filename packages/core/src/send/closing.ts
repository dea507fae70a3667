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

export interface Closings {
  /** Undefined while the gate is open. */
  readonly current: Closing | undefined
  /** Until when nothing leaves. */
  readonly pausedUntil: number
  /** How long the latest closing lasted; 0 if its first probe was accepted. */
  readonly lastShutMs: number
  /** Whether a request was sent after the latest refusal that the gate reacted to. */
  isFresh(sent: Sent): boolean
  readyAt(now: number): number
  sent(sent: Sent): void
  /** A fresh request was refused. */
  refused(sent: Sent, now: number, retryAfter: Wait | undefined, rate: number | undefined): void
  /** All requests wait for the end of a pause. */
  pause(sent: Sent, now: number, retryAfter: Wait, byLimit: boolean): void
  /** A request ended in neither an accepting nor a refusing response. */
  ended(sent: Sent): void
  opened(sent: Sent): void
}

export function createClosings(): Closings {
  let current: (Closing & { refusedProbes: number; gapMs: number; tripMs: number }) | undefined
  let pausedUntil = Number.NEGATIVE_INFINITY
  /** When the pause ends that the gateway asked for. */
  let retryAt = Number.NEGATIVE_INFINITY
  let lastSent = 0
  let reactedTo = 0
  let probe: { number: number; until: number } | undefined
  let lastShutMs = 0
  /** The first request since the gate opened: a window may have begun with it. */
  let openSince: number | undefined

  function close(since: Sent, now: number, byLimit: boolean, gapMs: number) {
    const bounded = Math.min(MAX_FIRST_GAP_MS, Math.max(MIN_FIRST_GAP_MS, gapMs))
    return { since, byLimit, refusedProbes: 0, gapMs: bounded, tripMs: now - since.sentAt }
  }

  /** A probe that would still be on its way when a window is likely to end waits for that end. */
  function nextProbeAt({ since, gapMs, tripMs }: NonNullable<typeof current>, now: number): number {
    let at = now + gapMs
    for (const from of [openSince ?? since.sentAt, since.sentAt]) {
      for (const windowMs of WINDOWS_MS) {
        const end = from + windowMs + AFTER_WINDOW_MS
        if (end > now + AFTER_WINDOW_MS && end < at + 1.5 * tripMs) at = end
      }
    }
    return retryAt > now ? Math.min(at, retryAt) : at
  }

  return {
    get current() {
      return current
    },
    get pausedUntil() {
      return pausedUntil
    },
    get lastShutMs() {
      return lastShutMs
    },
    isFresh: (sent) => sent.number > reactedTo,
    readyAt: (now) => (now < pausedUntil ? pausedUntil : (probe?.until ?? pausedUntil)),
    sent({ number, sentAt }) {
      lastSent = number
      openSince ??= sentAt
      if (current === undefined) return
      probe = { number, until: sentAt + Math.max(MIN_PROBE_WAIT_MS, 3 * current.tripMs) }
    },
    refused(sent, now, retryAfter, rate) {
      if (current === undefined) {
        current = close(
          sent,
          now,
          true,
          1.1 * Math.max(lastShutMs, 1000 / (rate ?? Number.POSITIVE_INFINITY)),
        )
      } else {
        current.refusedProbes += 1
        current.gapMs = Math.min(MAX_GAP_MS, GAP_GROWTH * current.gapMs)
      }
      probe = undefined
      reactedTo = lastSent
      if (retryAfter !== undefined && retryAt <= now) retryAt = now + retryAfter.atMostMs
      pausedUntil = Math.max(pausedUntil, nextProbeAt(current, now))
    },
    pause(sent, now, retryAfter, byLimit) {
      current ??= close(sent, now, byLimit, 0)
      probe = undefined
      reactedTo = lastSent
      pausedUntil = Math.max(pausedUntil, now + Math.min(MAX_PAUSE_MS, retryAfter.atLeastMs))
    },
    ended(sent) {
      if (probe?.number === sent.number) probe = undefined
    },
    opened(sent) {
      const { since, refusedProbes } = current ?? { since: sent, refusedProbes: 0 }
      lastShutMs = refusedProbes > 0 ? sent.sentAt - since.sentAt : 0
      current = undefined
      probe = undefined
      retryAt = Number.NEGATIVE_INFINITY
      openSince = sent.sentAt
    },
  }
}

/**
 * The window that a time may be: it is at most a tenth longer, which is how late a probe may be.
 * Undefined for none.
 */
export function windowOf(ms: number): number | undefined {
  return WINDOWS_MS.find((windowMs) => ms >= windowMs && ms < 1.1 * windowMs)
}
