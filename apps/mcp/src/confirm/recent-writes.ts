/**
 * Counts the records that each caller changed without a confirmation, so that many small writes need one
 * as a single large write does. Kept in this process: each replica counts the writes that it executes.
 */

/** Writes count for this long. */
export const WINDOW_MINUTES = 10

interface Entry {
  readonly until: number
  records: number
}

export class RecentWrites {
  readonly #now: () => number
  readonly #byCaller = new Map<string, Entry[]>()

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** Records of the caller within the window. */
  count(caller: string): number {
    return this.#current(caller).reduce((sum, { records }) => sum + records, 0)
  }

  /**
   * Counts records that are about to be written, so that parallel calls see each other.
   *
   * @returns sets the number that was actually written
   */
  add(caller: string, records: number): (written: number) => void {
    const entry = { until: this.#now() + WINDOW_MINUTES * 60_000, records }
    this.#byCaller.set(caller, [...this.#current(caller), entry])
    return (written) => {
      entry.records = written
    }
  }

  /** Starts again from 0: the user has just judged what the caller does. */
  clear(caller: string): void {
    this.#byCaller.delete(caller)
  }

  #current(caller: string): Entry[] {
    const now = this.#now()
    const entries = this.#byCaller.get(caller)?.filter(({ until }) => until >= now) ?? []
    if (entries.length === 0) this.#byCaller.delete(caller)
    return entries
  }
}
