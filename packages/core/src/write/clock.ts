/**
 * What is known of the gateway's clock, as a lower bound on (its clock - ours) in milliseconds.
 * The bound lets us tell a record that stood before an attempt began from one that the attempt
 * made. Two sources: the creation date of a record that an INSERT answered, true to the round trip,
 * and the Date header, true to a second and better with every answer seen.
 */

/** Nobody's clock is trusted to be nearer than this before anything was learned. */
const UNLEARNED_MS = 5 * 60_000
/** Bounds are forgotten after this long, so that a stepped clock cannot mislead for ever. */
const KEPT_MS = 60_000
/** Both clocks are read in whole milliseconds. */
const ROUNDING_MS = 2

export class GatewayClock {
  readonly #now: () => number
  #current = -Infinity
  #previous = -Infinity
  #turned: number

  constructor(now: () => number = Date.now) {
    this.#now = now
    this.#turned = now()
  }

  /** An answer received at `receivedAt` (our clock) carried this Date header. */
  noteDate(serverDate: number, receivedAt: number): void {
    this.#raise(serverDate - receivedAt)
  }

  /** A record that an INSERT made, dated `createdAt`, was answered at `receivedAt` (our clock). */
  noteCreated(createdAt: string, receivedAt: number): void {
    const at = Date.parse(createdAt)
    if (!Number.isNaN(at)) this.#raise(at - receivedAt - ROUNDING_MS)
  }

  /**
   * Whether a record dated `createdAt` can have been made at or after `instant` (our clock). True
   * also where nothing is known: then nothing rules it out.
   */
  canFollow(createdAt: string, instant: number): boolean {
    const at = Date.parse(createdAt)
    if (Number.isNaN(at)) return true
    return at + resolutionMs(createdAt) + ROUNDING_MS >= instant - this.uncertaintyMs()
  }

  /** How far before an instant of ours a record may be dated and still have been made after it. */
  uncertaintyMs(): number {
    this.#turn()
    const bound = Math.max(this.#current, this.#previous)
    return bound === -Infinity ? UNLEARNED_MS : -bound
  }

  #raise(bound: number): void {
    this.#turn()
    if (bound > this.#current) this.#current = bound
  }

  #turn(): void {
    const now = this.#now()
    const age = now - this.#turned
    if (age >= 0 && age < KEPT_MS) return
    this.#previous = age >= 0 && age < 2 * KEPT_MS ? this.#current : -Infinity
    this.#current = -Infinity
    this.#turned = now
  }
}

/** A date-time without a fraction of a second may have lost up to a second. */
function resolutionMs(dateTime: string): number {
  return /\d\.\d/.test(dateTime) ? 1 : 1000
}
