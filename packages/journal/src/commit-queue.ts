/**
 * Group commit. What is to be written while a commit is under way goes into the next one, so that
 * many rows share one transaction and one sync of the disk. The sync is asked of the system's
 * threads: requests go on meanwhile.
 */
import { closeSync, fdatasync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { storageErrorIn, syncFolder } from '@chatlayer-tables/local'
import { type JournalDatabase, journalError, waitAsUsual, waitLess } from './database.ts'
import type { Store } from './store.ts'

const sync = promisify(fdatasync)

/** What nobody waits for is committed after this long at the latest. */
const NOTE_MS = 20
/** Between two commits for rows of which many are under way. */
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
  /** Of the write-ahead log; opened after the first commit, as SQLite makes it then. */
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
   * Has `work` done in a transaction; resolves once that is on the disk.
   *
   * @throws ConfigurationError when it cannot be written
   */
  write(work: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ work, resolve, reject })
      this.#start()
    })
  }

  /** Has `work` done in a transaction soon. */
  note(work: () => void): void {
    this.#notes.push(work)
    this.#startSoon()
  }

  /** Commits all there is. @throws ConfigurationError when it cannot be written */
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
      // What could not be written is found out by looking, at the next start.
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
    // At once: whoever was just resolved may come with more before this promise is.
    this.#running = undefined
    this.#startSoon()
  }

  /**
   * Rows whose answers came in together begin together. Where many are under way, one commit for more
   * of them costs less than that they wait for it; a row by itself waits for nobody.
   */
  async #gather(): Promise<void> {
    const wait = this.#isBusy ? this.#committedAt + GATHER_MS - performance.now() : 0
    await new Promise((resolve) => (wait > 1 ? setTimeout(resolve, wait) : setImmediate(resolve)))
  }

  #startSoon(): void {
    if (this.#notes.length === 0 || this.#running !== undefined) return
    this.#timer ??= setTimeout(() => this.#start(), NOTE_MS).unref()
  }

  /** Outcomes go first: what was found out is worth more than what is about to begin. */
  #commit(batch: readonly Waiting[]): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const notes = this.#notes
    this.#store.transaction(() => {
      for (const work of notes) work()
      for (const { work } of batch) work()
    })
    // Where the transaction fails they are tried again with the next.
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
