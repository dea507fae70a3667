/** Computes a lower bound of the gateway's clock from the dates of records. Pure. */

/**
 * The date of a record is a lower bound of the gateway's clock at the moment when the record is read.
 * From then on both clocks advance equally, so their difference does not matter.
 *
 * The exception is a record with a date in the future. The bound therefore stays below the time that
 * the gateway's responses state. The system clock of this machine is not used: it may be set during
 * the watch, and a bound that is too high would hide changes.
 */
export class GatewayClock {
  /** Milliseconds from our monotonic clock to the bound, and to its maximum. */
  #offset = Number.NEGATIVE_INFINITY
  #maxOffset = Number.POSITIVE_INFINITY

  /**
   * @param date date of a record, in milliseconds since 1970
   * @param at time of reading it, by our monotonic clock
   */
  see(date: number, at: number): void {
    if (!Number.isNaN(date)) this.#offset = Math.max(this.#offset, date - at)
  }

  /**
   * Limits the bound to the lowest stated time: a bound that is too low causes more reading, one that is
   * too high would hide changes.
   *
   * @param now time of the gateway stated by a response, in milliseconds since 1970
   * @param at the same moment by our monotonic clock
   */
  limit(now: number, at: number): void {
    this.#maxOffset = Math.min(this.#maxOffset, now - at)
  }

  /** Whether {@link limit} has been called. */
  get isLimited(): boolean {
    return this.#maxOffset < Number.POSITIVE_INFINITY
  }

  /** The lower bound of the gateway's clock at `at`; -Infinity if no record was read. */
  atLeast(at: number): number {
    return at + Math.min(this.#offset, this.#maxOffset)
  }
}
