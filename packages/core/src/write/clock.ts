/**
 * The gateway's clock, as far as its responses show it. The gateway dates records, so the moment of
 * an attempt is taken by the gateway's clock as well. Our own clock decides nothing: it may be
 * changed between an attempt and the search for its record. Time between two responses is measured
 * with a clock that cannot be changed (`performance.now()`).
 *
 * Two sources show the gateway's time, and both are lower bounds of it:
 *
 * - `records`: the date of a record that our INSERT created. It is the clock that dates records,
 *   known to the round trip.
 * - `dates`: the Date header of any response. It may come from another machine than the one that
 *   dates records; it is known to a second, and better with every response.
 *
 * The first is used where it is known, since a gateway's front end and its database may disagree.
 */

/** Clocks of several machines of one gateway differ by less than this. */
const SKEW_MS = 2_000
/** A record dated this long after the newest Date header was dated by another clock. */
const ABSURD_MS = 60_000
/** Bounds are forgotten after this time, because the gateway's clock may be corrected. */
const KEPT_MS = 60_000
/** Tolerance of a bound: a response may be late. */
const LOOSE_MS = 5_000
/** Resolution of clocks: whole milliseconds. */
const ROUNDING_MS = 2

/**
 * A moment by the gateway's clock, in milliseconds since 1970: that moment, or a little earlier. It
 * is plain data and stays valid after the process has ended, even if our own clock changes.
 */
export interface GatewayMoment {
  /** By the clock that dates records; undefined while no response has shown it. */
  readonly records: number | undefined
  /** By the Date headers. */
  readonly dates: number | undefined
}

/**
 * Whether a record was created before or after a moment; `open` where the clocks cannot show it.
 */
export type Made = 'before' | 'after' | 'open'

export interface GatewayClock {
  /** Records the Date header of a response that was just received. */
  noteDate(serverDate: number): void
  /** Records the `createdAt` of a record that an INSERT created, just received. */
  noteCreated(createdAt: string): void
  /** The present moment; undefined when no recent response has shown the gateway's time. */
  moment(): GatewayMoment | undefined
  /**
   * Whether a record dated `createdAt` was created before or after a moment. In the second or so
   * that the clocks leave open, the result is `after`: an equal record is hardly ever created just
   * then.
   */
  whenMade(createdAt: string, since: GatewayMoment | undefined): Made
  /** Records created longer than this before a moment are known to be older, in milliseconds. */
  readonly horizonMs: number
  /** The gateway's clock minus ours now, by the Date headers: that or a little more. */
  offsetMs(): number | undefined
}

/** @param steady milliseconds of a clock that cannot be changed */
export function createGatewayClock(steady: () => number = () => performance.now()): GatewayClock {
  const ofRecords = fadingBound(steady())
  const ofDates = fadingBound(steady())
  let newestDate: number | undefined

  return {
    noteDate(serverDate) {
      newestDate = serverDate
      const now = steady()
      ofDates.raise(serverDate - now, now)
    },
    noteCreated(createdAt) {
      const at = Date.parse(createdAt)
      if (Number.isNaN(at)) return
      const now = steady()
      ofRecords.raise(at - now, now)
    },
    moment() {
      const now = steady()
      const records = ofRecords.value(now)
      const dates = ofDates.value(now)
      if (records === undefined && dates === undefined) return undefined
      return {
        records: records === undefined ? undefined : Math.floor(records + now),
        dates: dates === undefined ? undefined : Math.floor(dates + now),
      }
    },
    whenMade(createdAt, since) {
      const at = Date.parse(createdAt)
      const start = since?.records ?? since?.dates
      if (Number.isNaN(at) || start === undefined) return 'open'
      if (newestDate !== undefined) {
        const latest = newestDate + 1_000 + SKEW_MS
        // A moment that the gateway has not reached yet was not taken by its clock.
        if (since?.dates !== undefined && since.dates > latest) return 'open'
        if (since?.records === undefined && at > latest + ABSURD_MS) return 'open'
      }
      const end = at + resolutionMs(createdAt) + ROUNDING_MS
      if (end >= start) return 'after'
      return end < start - SKEW_MS ? 'before' : 'open'
    },
    horizonMs: SKEW_MS + LOOSE_MS,
    offsetMs() {
      const now = steady()
      const bound = ofDates.value(now)
      return bound === undefined ? undefined : bound + now - Date.now()
    },
  }
}

/** The earlier of two moments; undefined where one of them is unknown. */
export function earlierMoment(
  a: GatewayMoment | undefined,
  b: GatewayMoment | undefined,
): GatewayMoment | undefined {
  if (a === undefined || b === undefined) return undefined
  const least = (x: number | undefined, y: number | undefined): number | undefined =>
    x === undefined || y === undefined ? undefined : Math.min(x, y)
  return { records: least(a.records, b.records), dates: least(a.dates, b.dates) }
}

/** The highest bound of the last minute or two. */
function fadingBound(begunAt: number) {
  let current: number | undefined
  let previous: number | undefined
  let turnedAt = begunAt

  function turn(now: number): void {
    const age = now - turnedAt
    if (age >= 0 && age < KEPT_MS) return
    previous = age >= 0 && age < 2 * KEPT_MS ? current : undefined
    current = undefined
    turnedAt += age
  }

  return {
    raise(bound: number, now: number): void {
      turn(now)
      current = Math.max(bound, current ?? bound)
    },
    value(now: number): number | undefined {
      turn(now)
      if (current === undefined || previous === undefined) return current ?? previous
      return Math.max(current, previous)
    },
  }
}

/** A date-time without a fraction of a second may be up to a second too early. */
function resolutionMs(dateTime: string): number {
  return /\d\.\d/.test(dateTime) ? 1 : 1_000
}
