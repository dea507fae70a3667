/** What time it is at the gateway, at the least, as the dates of records tell. Pure. */

/**
 * A record that is seen was written before: its date is a lower bound of the gateway's clock at that
 * moment, and from then on both clocks go on alike. No difference between them matters.
 */
export class GatewayClock {
  /** Milliseconds from our steady clock to the bound. */
  #offset = Number.NEGATIVE_INFINITY

  /** @param date of a record that was seen at `at`, by the steady clock of this process */
  see(date: number, at: number): void {
    if (!Number.isNaN(date)) this.#offset = Math.max(this.#offset, date - at)
  }

  /**
   * The gateway's clock at `at` is at least this; -Infinity when nothing was seen.
   *
   * @param wall what our own calendar says: a record dated in the future tells nothing
   */
  atLeast(at: number, wall: number): number {
    return Math.min(at + this.#offset, wall)
  }
}
