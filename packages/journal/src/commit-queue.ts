/**
 * Group commit. Writes that arrive during a commit go into the next one, so that many rows share one
 * transaction and one sync of the disk. A thread of the system syncs, so that requests continue
 * meanwhile.
 */
import { closeSync, fdatasync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { storageErrorIn, syncFolder } from '@chatlayer-tables/local'
import { type JournalDatabase, journalError, waitAsUsual, waitLess } from './database.ts'
import type { Store } from './store.ts'

const sync = promisify(fdatasync)

/** The longest time until an outcome is committed; no caller waits for it. */
const NOTE_MS = 20
/** The time between two commits while many rows are in flight. */
const GATHER_MS = 4

interface Waiting {
  readonly work: () => void
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export class CommitQueue {
  readonly #store: Store
  readonly #path: string
  readonly #walPath: string
  /** Whether the last wait for the lock of another process failed. */
  #isLocked = false
  /** The write-ahead log's file, opened after the first commit, which creates it. */
  #wal: number | undefined
  #waiting: Waiting[] = []
  #notes: (() => void)[] = []
  #running: Promise<void> | undefined
  #committedAt = 0
  /** Whether the last commit was for several. */
  #isBusy = false
  #timer: NodeJS.Timeout | undefined

  constructor({ path, walPath }: JournalDatabase, store: Store) {
    this.#store = store
    this.#path = path
    this.#walPath = walPath
  }

  /**
   * Runs `work` in a transaction; resolves once that is on the disk.
   *
   * @throws ConfigurationError when it cannot be written
   */
  write(work: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ work, resolve, reject })
      this.#start()
    })
  }

  /** Runs `work` in a transaction soon. */
  note(work: () => void): void {
    this.#notes.push(work)
    this.#startSoon()
  }

  /** Commits all that waits. @throws ConfigurationError when it cannot be written */
  async flush(): Promise<void> {
    if (this.#running === undefined && this.#notes.length === 0) return
    await this.write(() => undefined)
  }

  async close(): Promise<void> {
    try {
      await this.flush()
    } finally {
      await this.#running
      clearTimeout(this.#timer)
      // Outcomes that could not be written are determined at the next start.
      this.#notes = []
      if (this.#wal !== undefined) closeSync(this.#wal)
      this.#wal = undefined
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
        this.#commit(batch)
        if (batch.length > 0) await sync(this.#walHandle())
        this.#noteLock(false)
        for (const { resolve } of batch) resolve()
      } catch (error) {
        const failure = journalError(error, this.#path)
        this.#noteLock(storageErrorIn(failure)?.kind === 'locked')
        for (const { reject } of batch) reject(failure)
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
  #commit(batch: readonly Waiting[]): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const notes = this.#notes
    this.#store.transaction(() => {
      for (const work of notes) work()
      for (const { work } of batch) work()
    })
    // Where the transaction fails, they are retried with the next one.
    this.#notes = []
  }

  #noteLock(isLocked: boolean): void {
    if (isLocked === this.#isLocked) return
    this.#isLocked = isLocked
    const { database } = this.#store
    if (isLocked) waitLess(database)
    else waitAsUsual(database)
  }

  #walHandle(): number {
    if (this.#wal === undefined) {
      this.#wal = openSync(this.#walPath, 'r+')
      syncFolder(dirname(this.#walPath))
    }
    return this.#wal
  }
}
