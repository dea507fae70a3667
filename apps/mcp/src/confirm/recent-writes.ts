/**
 * Counts the records that a caller changed without a confirmation, so that many small writes need one as a
 * single large write does. Writes of all replicas count where they share their state.
 */
import { randomUUID } from 'node:crypto'
import type { Notes } from '@chatlayer-tables/state'

/** Writes count for this long. */
export const WINDOW_MINUTES = 10

/** Sets the number of records that were actually written. */
export type SetWritten = (written: number) => Promise<void>

/** Of one caller; each write is a note of its number. */
export class RecentWrites {
  readonly #notes: Notes

  constructor(notes: Notes) {
    this.#notes = notes
  }

  /** Records within the window. */
  async count(): Promise<number> {
    const numbers = await this.#notes.list()
    return numbers.reduce((sum, records) => sum + Number(records), 0)
  }

  /** Counts records that are about to be written, so that parallel calls see each other. */
  async add(records: number): Promise<SetWritten> {
    const key = randomUUID()
    const put = (count: number) => this.#notes.put(key, String(count), WINDOW_MINUTES * 60)
    await put(records)
    return async (written) => {
      if (written === 0) await this.#notes.remove(key)
      else if (written !== records) await put(written)
    }
  }

  /** Starts again from 0: the user has just judged what the caller does. */
  async clear(): Promise<void> {
    await this.#notes.clear()
  }
}
