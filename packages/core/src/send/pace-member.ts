/**
 * A client among those of its token: when it exchanges reports, what it reports, and what it makes of
 * the others' reports.
 *
 * Pure: times are arguments, in milliseconds of any clock that only goes forward.
 */
import type { Gate } from './gate.ts'
import {
  type Division,
  divide,
  limitOf,
  type PaceClients,
  type PaceReport,
  shareOf,
} from './pace-sharing.ts'

/** Reports are exchanged this often, and with many clients each that much less often. */
const PERIOD_MS = 500
const PERIOD_PER_CLIENT_MS = 25
const MAX_PERIOD_MS = 1500
/** News are told sooner, but not at once: others may be about to tell the same. */
export const NEWS_MS = 100
/** A limit that differs by more than this part is news. */
const NEWS = 0.05
/** The client leaves the group when it has sent nothing for this long. */
const IDLE_MS = 1500
/** The client goes on alone when no exchange succeeded for this long. */
const ALONE_MS = 2000
/** A client that uses this part of its rate is held back by it. */
const MOSTLY = 0.8

/** The part of the gate that it needs. */
type SharedGate = Pick<Gate, 'flow' | 'share'>

export class PaceMember {
  readonly #gate: SharedGate
  readonly #random: () => number
  /** Undefined while the client is alone: it does not know then which part of the limit it has. */
  #division: Division | undefined
  #clients = 1
  #nextAt = Number.NEGATIVE_INFINITY
  #activeAt = Number.NEGATIVE_INFINITY
  #exchangedAt = Number.NEGATIVE_INFINITY
  #reported: { at: number; sent: number; limit: number | undefined }

  constructor(gate: SharedGate, random: () => number = Math.random) {
    this.#gate = gate
    this.#random = random
    this.#reported = { at: Number.NEGATIVE_INFINITY, sent: gate.flow.sent, limit: undefined }
  }

  /** What to do now. To be called every {@link NEWS_MS} while the client sends. */
  due(now: number): 'exchange' | 'leave' | undefined {
    const { sent, queued } = this.#gate.flow
    if (sent > this.#reported.sent || queued > 0) this.#activeAt = now
    if (now - this.#activeAt > IDLE_MS) return 'leave'
    if (now - this.#exchangedAt > ALONE_MS) this.#continueAlone()
    return now >= this.#nextAt || this.#hasNews() ? 'exchange' : undefined
  }

  /** Of the time since the last report. */
  report(now: number): PaceReport {
    const { sent, queued, isHeld, rate, pauseMs } = this.#gate.flow
    const elapsedMs = Math.min(MAX_PERIOD_MS, Math.max(NEWS_MS, now - this.#reported.at))
    const used = ((sent - this.#reported.sent) * 1000) / elapsedMs
    const limit = this.#limit()
    this.#reported = { at: now, sent, limit }
    const periodMs = Math.max(PERIOD_MS, this.#clients * PERIOD_PER_CLIENT_MS)
    // Not all at the same time, or each would act on what the others have just changed.
    this.#nextAt = now + Math.min(MAX_PERIOD_MS, periodMs) * (0.75 + 0.5 * this.#random())
    const isHeldBack = (queued > 0 && isHeld) || (rate !== undefined && used >= MOSTLY * rate)
    return { limit, used, isHeldBack, pauseMs }
  }

  /** The others answered this client's report. */
  exchanged(reported: PaceReport, group: PaceClients, now: number): void {
    // What was learned meanwhile counts.
    const share = divide({ ...reported, limit: this.#limit() }, group)
    this.#exchangedAt = now
    this.#clients = 1 + group.others.length
    this.#division = share.division
    const { limit, division, leads, pauseMs } = share
    const rate = limit === undefined ? undefined : shareOf(limit, division)
    const parts = limit === undefined || rate === undefined ? division.equal : limit / rate
    this.#gate.share({ rate, parts, leads }, pauseMs)
  }

  /** The client has left the group. */
  left(): void {
    this.#clients = 1
    this.#nextAt = Number.NEGATIVE_INFINITY
    this.#continueAlone()
  }

  #limit(): number | undefined {
    const { rate } = this.#gate.flow
    if (rate === undefined || this.#division === undefined) return undefined
    return limitOf(rate, this.#division)
  }

  #hasNews(): boolean {
    const limit = this.#limit()
    const { limit: told } = this.#reported
    if (limit === undefined || told === undefined) return limit !== told
    return Math.abs(limit - told) > NEWS * told
  }

  #continueAlone(): void {
    if (this.#division === undefined) return
    this.#division = undefined
    this.#gate.share({ rate: undefined, parts: undefined, leads: true }, 0)
  }
}
