/** A lower bound of the gateway's clock, from the dates of records. Pure. */

/**
 * A record that was read was written before: its date is a lower bound of the gateway's clock at that
 * moment, and from then on both clocks advance equally. No difference between them matters.
 *
 * A record dated in the future is the exception: it says nothing about the gateway's clock. The bound
 * therefore stays below the time that the gateway's responses state. The system clock of this machine
 * has no part in it: it may be set while we watch, and a bound that is too high would hide changes.
 */
export class GatewayClock {
  /** Milliseconds from our monotonic clock to the bound, and to what it must not exceed. */
  #offset = Number.NEGATIVE_INFINITY
  #maxOffset = Number.POSITIVE_INFINITY

  /**
   * @param date of a record that was read, in milliseconds since 1970
   * @param at the same moment by our monotonic clock
   */
  see(date: number, at: number): void {
    if (!Number.isNaN(date)) this.#offset = Math.max(this.#offset, date - at)
  }

  /**
   * The least of all counts: one that is too low costs reading more, one that is too high would hide
   * changes.
   *
   * @param now the gateway's time as a response stated it, in milliseconds since 1970
   * @param at the same moment by our monotonic clock
   */
  limit(now: number, at: number): void {
    this.#maxOffset = Math.min(this.#maxOffset, now - at)
  }

  /** Whether there was a {@link limit}. */
  get isLimited(): boolean {
    return this.#maxOffset < Number.POSITIVE_INFINITY
  }

  /** The gateway's clock at `at` is at least this; -Infinity when no record was read. */
  atLeast(at: number): number {
    return at + Math.min(this.#offset, this.#maxOffset)
  }
}
