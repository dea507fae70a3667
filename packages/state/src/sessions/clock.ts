/** The clock of the database, told from what it said last. The clock of this machine may be wrong. */

const LEAP_MS = 2_000
/** A response that took longer does not say when the database looked at its clock. */
const MAX_TRIP_MS = 2_000

export class DatabaseClock {
  /** What to add to performance.now(). */
  #offset: number | undefined
  #notedAt = Number.NEGATIVE_INFINITY
  #latest = 0
  /**
   * @param now what the database said, in milliseconds since 1970
   * @param sentAt when it was asked, in milliseconds of performance.now()
   */
  note(now: number, sentAt: number): void {
    const receivedAt = performance.now()
    if (this.#offset !== undefined && receivedAt - sentAt > MAX_TRIP_MS) return
    this.#offset = now - (sentAt + receivedAt) / 2
    this.#notedAt = receivedAt
  }

  /** How long ago the database was asked. */
  get ageMs(): number {
    return performance.now() - this.#notedAt
  }

  /** Milliseconds since 1970. Never goes back. */
  now(): number {
    if (this.#offset === undefined) throw new Error('the clock of the database is not known yet')
    this.#latest = Math.max(this.#latest, performance.now() + this.#offset)
    return Math.floor(this.#latest)
  }
}

/** Notices that the clock of this machine was set, or that it slept, which stops the monotonic clock. */
export class LeapWatch {
  #wall = Date.now() - performance.now()

  /** Whether the clock of this machine moved otherwise than the monotonic one since the last call. */
  hasLeapt(): boolean {
    const wall = Date.now() - performance.now()
    const leap = Math.abs(wall - this.#wall)
    this.#wall = wall
    return leap > LEAP_MS
  }
}
