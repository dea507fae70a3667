/**
 * Group commit. Writes that arrive during a commit go into the next one, so that many rows share one
 * transaction. While the store waits, for the disk or for its database, so do the writes, and the
 * requests after them.
 */
import type { HeldLock } from '@chatlayer-tables/local'
import type { JournalStore, StoreWrite } from './journal-store.ts'
import { throwIfLost } from './lost.ts'

/** The longest time until an outcome is committed; no caller waits for it. */
const NOTE_MS = 20
/** The time between two commits while many rows are in flight. */
const GATHER_MS = 4

interface Waiting {
  readonly writes: readonly StoreWrite[]
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export class CommitQueue {
  readonly #store: JournalStore
  readonly #lock: HeldLock
  #waiting: Waiting[] = []
  #notes: StoreWrite[] = []
  #running: Promise<void> | undefined
  #committedAt = 0
  /** Whether the last commit was for several. */
  #isBusy = false
  #timer: NodeJS.Timeout | undefined

  /** @param lock that all is written under; nothing is written once it is lost */
  constructor(store: JournalStore, lock: HeldLock) {
    this.#store = store
    this.#lock = lock
  }

  /** Commits writes, all or none. @throws StorageError when they cannot be written */
  write(writes: readonly StoreWrite[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ writes, resolve, reject })
      this.#start()
    })
  }

  /** Commits a write soon. */
  note(write: StoreWrite): void {
    this.#notes.push(write)
    this.#startSoon()
  }

  /** Commits all that waits. @throws StorageError when it cannot be written */
  async flush(): Promise<void> {
    if (this.#running === undefined && this.#notes.length === 0) return
    await this.write([])
  }

  async close(): Promise<void> {
    try {
      await this.flush()
    } finally {
      await this.#running
      clearTimeout(this.#timer)
      // Outcomes that could not be written are determined at the next start.
      this.#notes = []
    }
  }

  #start(): void {
    this.#running ??= this.#run()
  }

  async #run(): Promise<void> {
    do {
      await this.#gather()
      const batch = this.#waiting
      this.#waiting = []
      this.#committedAt = performance.now()
      this.#isBusy = batch.length > 1
      try {
        await this.#commit(batch)
        for (const { resolve } of batch) resolve()
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    } while (this.#waiting.length > 0)
    // Cleared at once: callers that were just resolved may write more before this promise resolves.
    this.#running = undefined
    this.#startSoon()
  }

  /**
   * Waits for more rows while many are in flight: one commit for more of them costs less than their
   * wait. A single row does not wait.
   */
  async #gather(): Promise<void> {
    const wait = this.#isBusy ? this.#committedAt + GATHER_MS - performance.now() : 0
    await new Promise((resolve) => (wait > 1 ? setTimeout(resolve, wait) : setImmediate(resolve)))
  }

  #startSoon(): void {
    if (this.#notes.length === 0 || this.#running !== undefined) return
    this.#timer ??= setTimeout(() => this.#start(), NOTE_MS).unref()
  }

  /** Outcomes go first: they are worth more than intents. */
  async #commit(batch: readonly Waiting[]): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const notes = this.#notes
    this.#notes = []
    const writes = [...notes, ...batch.flatMap((each) => each.writes)]
    try {
      throwIfLost(this.#lock, this.#store.place)
      await this.#store.commit(writes, this.#lock)
    } catch (error) {
      // They are retried with the next commit, unless another machine determines them now.
      if (!this.#lock.lost.aborted) this.#notes = [...notes, ...this.#notes]
      throw error
    }
    // What was committed just before is resolved by another machine: its requests must not leave.
    throwIfLost(this.#lock, this.#store.place)
  }
}
