/**
 * When a record was made, seen from here. Its date is by the gateway's clock; whether it was made
 * before an attempt of ours began depends on how that clock stands to ours. What can be learned is a
 * lower bound on (its clock - ours) in milliseconds:
 *
 * - from a record that an INSERT answered: the very clock that dates records, true to the round trip
 * - from the Date header of any answer: a clock of the gateway's, though perhaps not that one; true to
 *   a second, and better with every answer seen
 *
 * The first is believed where it is known, since a gateway's front and its database may disagree.
 */

/** Our clock and the gateway's are taken to agree at least this far before anything was learned. */
const UNLEARNED_MS = 5 * 60_000
/** Clocks of several machines behind one gateway differ by less than this. */
const SKEW_MS = 2_000
/** A record dated so long after now, by the Date header, is dated by another clock. */
const ABSURD_MS = 60_000
/** What is learned is forgotten after this long, so that a stepped clock cannot mislead for ever. */
const KEPT_MS = 60_000
/** A bound may be this loose: answers come late now and then. */
const LOOSE_MS = 5_000
/** Both clocks are read in whole milliseconds. */
const ROUNDING_MS = 2

/** How a record's making stands to an instant; `open` where the clocks cannot tell. */
export type Made = 'before' | 'after' | 'open'

export interface GatewayClock {
  /** An answer received at `receivedAt` (our clock) carried this Date header. */
  noteDate(serverDate: number, receivedAt: number): void
  /** A record that an INSERT made, dated `createdAt`, was answered at `receivedAt` (our clock). */
  noteCreated(createdAt: string, receivedAt: number): void
  /**
   * Whether a record dated `createdAt` was made before or after an instant of our clock. Within the
   * second or so that the clocks leave open after it, that is `after`: hardly anybody makes an equal
   * record just then.
   */
  whenMade(createdAt: string, instant: number): Made
  /** A record made longer than this before an instant is known to be. */
  horizonMs(): number
  /** The gateway's clock less ours, by the Date headers: that or a little more. */
  offsetMs(): number | undefined
}

/** @param now our clock, milliseconds since 1970 */
export function createGatewayClock(now: () => number = Date.now): GatewayClock {
  const ofRecords = fadingBound(now)
  const ofHeaders = fadingBound(now)
  return {
    noteDate(serverDate, receivedAt) {
      ofHeaders.raise(serverDate - receivedAt)
    },
    noteCreated(createdAt, receivedAt) {
      const at = Date.parse(createdAt)
      if (!Number.isNaN(at)) ofRecords.raise(at - receivedAt)
    },
    whenMade(createdAt, instant) {
      const at = Date.parse(createdAt)
      if (Number.isNaN(at)) return 'open'
      const latest = at + resolutionMs(createdAt) + ROUNDING_MS
      const bound = ofRecords.value() ?? ofHeaders.value()
      if (bound === undefined) return latest < instant - UNLEARNED_MS ? 'before' : 'open'
      const isAbsurd = at > now() + bound + ABSURD_MS
      if (isAbsurd && ofRecords.value() === undefined) return 'open'
      if (latest >= instant + bound) return 'after'
      return latest < instant + bound - SKEW_MS ? 'before' : 'open'
    },
    horizonMs() {
      const isLearned = (ofRecords.value() ?? ofHeaders.value()) !== undefined
      return isLearned ? SKEW_MS + LOOSE_MS : UNLEARNED_MS
    },
    offsetMs: ofHeaders.value,
  }
}

/** The highest of the bounds that were noted in the last minute or two. */
function fadingBound(now: () => number) {
  let current: number | undefined
  let previous: number | undefined
  let turnedAt = now()

  function turn(): void {
    const age = now() - turnedAt
    if (age >= 0 && age < KEPT_MS) return
    previous = age >= 0 && age < 2 * KEPT_MS ? current : undefined
    current = undefined
    turnedAt += age
  }

  return {
    raise(bound: number): void {
      turn()
      current = Math.max(bound, current ?? bound)
    },
    value(): number | undefined {
      turn()
      if (current === undefined || previous === undefined) return current ?? previous
      return Math.max(current, previous)
    },
  }
}

/** A date-time without a fraction of a second may have lost up to a second. */
function resolutionMs(dateTime: string): number {
  return /\d\.\d/.test(dateTime) ? 1 : 1_000
}
