/** A closed gate, and when single requests ask whether it is open again. Pure. */
import type { Sent } from './pace.ts'
import type { Wait } from './retry-after.ts'

/** Probes of a closed gate: the first gap, its bounds, and the growth from one to the next. */
const FIRST_PROBE_MS = 25
const LONGEST_FIRST_PROBE_MS = 150
export const LONGEST_PROBE_MS = 10_000
export const PROBE_GROWTH = 1.5
/** Where windows are likely to end, counted from their first request and from the first refusal. */
const LIKELY_WINDOWS_MS = [1000, 10_000, 60_000]

/** The gate is closed: from a refusal until a request sent after it is accepted. */
export interface Closed {
  /** The request that was refused. */
  readonly since: Sent
  readonly tripMs: number
  readonly firstProbeMs: number
  probeMs: number
  retries: number
  /** Only one request at a time is let through. */
  alone: boolean
  toldUntil: number
}

/** @param from the request that was refused; `tokenMs`: how long it took to open the last time */
export function createClosed(from: {
  readonly since: Sent
  readonly now: number
  readonly asked: Wait | undefined
  readonly tokenMs: number
  readonly rate: number | undefined
}): Closed {
  const { since, now, asked, tokenMs, rate } = from
  // After that time a bucket holds one again.
  const gap = Math.max(tokenMs * 1.1, 1100 / (rate ?? 1000))
  const probeMs = Math.max(FIRST_PROBE_MS, Math.min(LONGEST_FIRST_PROBE_MS, gap))
  const tripMs = now - since.sentAt
  return {
    since,
    tripMs,
    firstProbeMs: tripMs + probeMs,
    probeMs,
    retries: 0,
    alone: asked !== undefined || rate === undefined,
    toldUntil: now + (asked?.atMostMs ?? Number.POSITIVE_INFINITY),
  }
}

/** When to ask again. A probe that would be on its way when a window is likely to end waits for it. */
export function probeAt(closed: Closed, now: number, windowSince: number | undefined): number {
  const { since, probeMs, toldUntil, tripMs } = closed
  let at = now + probeMs
  for (const from of [windowSince ?? since.sentAt, since.sentAt]) {
    for (const likely of LIKELY_WINDOWS_MS) {
      const end = from + likely + 5
      if (end > now + 5 && end < at + tripMs) at = end
    }
  }
  return toldUntil > now ? Math.min(at, toldUntil) : at
}
