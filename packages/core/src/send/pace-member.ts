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
  firstLimit,
  leads,
  limitOf,
  moveOf,
  NO_MOVE,
  type PaceClients,
  type PaceMove,
  type PaceReport,
  pauseOf,
  shareOf,
} from './pace-sharing.ts'

/** Requests in flight at first: several clients may begin at once, and know of each other a little later. */
export const SHARED_INITIAL = 4
/** Reports are exchanged this often, and with many clients each that much less often. */
const PERIOD_MS = 500
const PERIOD_PER_CLIENT_MS = 25
const MAX_PERIOD_MS = 1500
/** A changed limit is reported sooner, but not at once: others may be about to report the same. */
export const NEWS_MS = 100
/** A limit that differs by more than this part is news. */
const NEWS = 0.05
/** The client leaves the group when it has sent nothing for this long. */
const IDLE_MS = 1500
/** The client goes on alone when no exchange succeeded for this long. */
const ALONE_MS = 2000
/** First measurements are corrected within this time. */
const SETTLED_MS = 2000
/** A client that joins has a small part of its share for this long. */
const JOIN_MS = 600
const JOIN_PARTS = 4
/** A client that uses this part of its rate is held back by it. */
const MOSTLY = 0.8

/** The part of the gate that it needs. */
type SharedGate = Pick<Gate, 'flow' | 'share'>

const NOBODY: PaceClients = { number: 0, agreed: undefined, others: [] }

export class PaceMember {
  readonly #gate: SharedGate
  readonly #random: () => number
  /** As of the last exchange. */
  #clients = NOBODY
  /** Undefined while the client is alone: it does not know then which part of the limit it has. */
  #division: Division | undefined
  #share: number | undefined
  /** Whether exchanges failed for too long. */
  #isCutOff = false
  #informedAt: number | undefined
  #nextAt = Number.NEGATIVE_INFINITY
  #activeAt = Number.NEGATIVE_INFINITY
  #exchangedAt = Number.NEGATIVE_INFINITY
  #serial = 0
  #joinedAt = Number.NEGATIVE_INFINITY
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
    if (this.#division !== undefined && now - this.#exchangedAt > ALONE_MS) {
      this.#isCutOff = true
      this.#continueAlone()
    }
    return now >= this.#nextAt || this.#hasNews() ? 'exchange' : undefined
  }

  /** Of the time since the last report. */
  report(now: number): PaceReport {
    const { sent, queued, isHeld, rate, pauseMs } = this.#gate.flow
    const elapsedMs = Math.min(MAX_PERIOD_MS, Math.max(NEWS_MS, now - this.#reported.at))
    const used = ((sent - this.#reported.sent) * 1000) / elapsedMs
    const share = this.#share ?? rate
    const isHeldBack = (queued > 0 && isHeld) || (share !== undefined && used >= MOSTLY * share)
    const limit = this.#limit()
    const move = this.#move(limit, isHeldBack, now)
    this.#reported = { at: now, sent, limit }
    const periodMs = Math.max(PERIOD_MS, (1 + this.#clients.others.length) * PERIOD_PER_CLIENT_MS)
    // Not all at the same time, or each would act on what the others have just changed.
    this.#nextAt = now + Math.min(MAX_PERIOD_MS, periodMs) * (0.75 + 0.5 * this.#random())
    this.#serial += 1
    return { serial: this.#serial, move, limit, used, isHeldBack, pauseMs }
  }

  /** The others answered. */
  exchanged({ limit: reported, isHeldBack }: PaceReport, answer: PaceClients, now: number): void {
    const { others } = answer
    const agreed = isRate(answer.agreed) ? answer.agreed : undefined
    const clients = { ...answer, agreed }
    const limit = this.#limit()
    // What was learned since then is in the next report.
    const since = limit === undefined || reported === undefined ? 1 : limit / reported
    const joins = limit === undefined && agreed !== undefined
    if (joins && (others.length > 0 || this.#isCutOff)) this.#joinedAt = now
    this.#isCutOff = false
    this.#exchangedAt = now
    this.#clients = clients
    const division = divide(agreed ?? limit, others)
    // Until all of them know of this client, together they would send more than the limit.
    this.#division = now - this.#joinedAt < JOIN_MS ? smaller(division) : division
    const share = agreed === undefined ? undefined : shareOf(agreed, this.#division)
    this.#share = share
    const rate = share === undefined ? undefined : share * since
    const parts = partsOf(agreed, share) ?? this.#division.equal
    this.#gate.share({ rate, parts, leads: leads(isHeldBack, clients) }, pauseOf(others))
  }

  /** The client has left the group. */
  left(): void {
    this.#nextAt = Number.NEGATIVE_INFINITY
    this.#continueAlone()
  }

  /** By the own pace. A rate set by hand, if lower, says nothing of it. */
  #limit(): number | undefined {
    const { rate, isFree } = this.#gate.flow
    if (this.#division === undefined || isFree) return undefined
    return rate === undefined ? this.#clients.agreed : limitOf(rate, this.#division)
  }

  #move(limit: number | undefined, isHeldBack: boolean, now: number): PaceMove {
    const { agreed, others } = this.#clients
    if (limit === undefined) {
      this.#informedAt = undefined
      // The pace had one, and gave it up.
      return { ...NO_MOVE, forget: agreed !== undefined && this.#gate.flow.isFree }
    }
    this.#informedAt ??= now
    if (agreed !== undefined) return isHeldBack ? moveOf(limit, this.#clients) : NO_MOVE
    // The others are known as of the last exchange, which told them of this limit.
    if (this.#reported.limit === undefined) return NO_MOVE
    const isSettled = now - this.#informedAt > SETTLED_MS
    return { ...NO_MOVE, first: firstLimit(limit, others, isSettled) }
  }

  #hasNews(): boolean {
    const limit = this.#limit()
    const { agreed } = this.#clients
    // A limit to agree on is news until it is agreed on.
    if (limit === undefined || agreed === undefined) return limit !== agreed
    return Math.abs(limit - agreed) > NEWS * agreed
  }

  #continueAlone(): void {
    this.#clients = NOBODY
    this.#division = undefined
    this.#share = undefined
    this.#gate.share({ rate: undefined, parts: undefined, leads: true }, 0)
  }
}

function isRate(value: number | undefined): boolean {
  return value !== undefined && value > 0 && Number.isFinite(value)
}

function partsOf(agreed: number | undefined, share: number | undefined): number | undefined {
  return agreed === undefined || share === undefined ? undefined : agreed / share
}

function smaller({ equal, lent }: Division): Division {
  return { equal: JOIN_PARTS * equal, lent }
}
