import type { DatabaseSync } from 'node:sqlite'
import {
  asStorageError,
  type HeldLock,
  storageErrorOf,
  transaction,
  usingTemporaryFolder,
} from '@chatlayer-tables/local'
import { EarlierRows } from './earlier-rows.ts'
import { type FactName, readFact, writeFact } from './job-database.ts'
import type { JobFigures } from './job-replicas.ts'
import type { PartFeed } from './replica-feed.ts'
import { RowStates } from './row-states.ts'
import { StoredRows } from './stored-rows.ts'

/** What a process that works on a job holds. */
export interface JobLock extends Pick<HeldLock, 'release'> {
  /** The lock of all machines, which may be lost; undefined for a job of this machine alone. */
  readonly shared: Pick<HeldLock, 'lost' | 'certain'> | undefined
}

export interface JobParts {
  readonly id: string
  readonly folder: string
  readonly database: DatabaseSync
  readonly lock: JobLock
  /** Takes the changes to the job's replica, where jobs are shared. */
  readonly feed?: PartFeed | undefined
}

/** One job that this process works on; no other process does until it is closed. */
export class Job {
  readonly id: string
  /** Folder for further files of the job. */
  readonly folder: string
  readonly rows: RowStates
  /** Takes the changes to its replica; undefined where the job is only on this machine. */
  readonly feed: PartFeed | undefined
  readonly #database: DatabaseSync
  readonly #lock: JobLock

  constructor({ id, folder, database, lock, feed }: JobParts) {
    this.id = id
    this.folder = folder
    this.feed = feed
    this.#database = database
    this.#lock = lock
    this.rows = new RowStates(database, feed)
  }

  /** What the job was asked to do. */
  get facts(): unknown {
    return readFact(this.#database, 'facts')
  }

  /** Whether nothing is left to do. */
  get isDone(): boolean {
    return readFact(this.#database, 'done') === true
  }

  /** How the last run ended; undefined when there was none, or it was cut off. */
  get lastReport(): unknown {
    return readFact(this.#database, 'report')
  }

  /** The plan of the first run; undefined if it did not get that far. */
  get plan(): unknown {
    return readFact(this.#database, 'plan')
  }

  /** Aborts when another machine took the job over, or may have. Nothing is sent or written then. */
  get lost(): AbortSignal | undefined {
    return this.#lock.shared?.lost
  }

  /**
   * To be asked before a write is handed to the client: whether the lock of the job is held for certain.
   *
   * @returns undefined where it is; otherwise a promise, after which it is
   * @throws StorageError of the kind `lost`; so does the promise
   */
  certain(): Promise<void> | undefined {
    const waiting = this.#lock.shared?.certain()
    return waiting && this.#certainAfter(waiting)
  }

  async #certainAfter(first: Promise<void>): Promise<void> {
    for (let waiting: Promise<void> | undefined = first; waiting !== undefined; ) {
      await waiting
      waiting = this.#lock.shared?.certain()
    }
  }

  /** Why the job cannot be kept any more where it is shared; undefined while it can. */
  get failure(): unknown {
    return this.feed?.feed.failure
  }

  async keepPlan(plan: unknown): Promise<void> {
    await this.#keep('plan', plan)
  }

  /** What earlier processes are known to have written; to be asked for before this one writes. */
  async earlierRows(): Promise<EarlierRows> {
    return usingTemporaryFolder(() => new EarlierRows(this.#database))
  }

  /** Keeps how a run ended. */
  async report(report: unknown): Promise<void> {
    await this.#keep('report', report)
  }

  /** What was stored otherwise than it was sent, as far as it is known now. */
  async storedRows(): Promise<StoredRows> {
    await this.rows.flush()
    return new StoredRows(this.#database)
  }

  /** @param figures how far the job has come, for those who look at it from elsewhere */
  showFigures(figures: () => JobFigures): void {
    this.feed?.watch(figures)
  }

  /**
   * Nothing is left to do: what was needed to continue takes no room any more.
   *
   * @param keepStored whether the problems of written rows are still needed
   */
  async finish(keepStored = false): Promise<void> {
    await this.rows.flush()
    this.feed?.push({ kind: 'finish', keepStored })
    await this.feed?.settle()
    transaction(this.#database, () => {
      writeFact(this.#database, 'done', true)
      this.rows.clear(keepStored)
    })
    try {
      this.#database.exec('VACUUM')
    } catch (error) {
      // VACUUM needs disk space before it frees some. The job is done without it.
      if (storageErrorOf(error, this.folder) === undefined) throw error
    }
  }

  /** Lets others work on it. */
  async close(): Promise<void> {
    // What could not be kept is known to the run, or is found out again by the next one.
    await this.feed?.settle().catch(() => undefined)
    try {
      this.#noteVersion()
    } finally {
      this.#database.close()
      await this.#lock.release()
    }
  }

  /** Closes the job, which is to be removed, and leaves its lock to the caller. */
  async closeDatabase(): Promise<void> {
    await this.feed?.settle().catch(() => undefined)
    this.#database.close()
  }

  /** The copy will differ from its replica as soon as the job is written to. @throws StorageError */
  forgetVersion(): void {
    transaction(this.#database, () => writeFact(this.#database, 'copy', null))
  }

  /** A copy that is equal to its replica need not be made again, unless the job runs elsewhere. */
  #noteVersion(): void {
    if (this.feed?.part !== '' || !this.feed.feed.isSettled || this.lost?.aborted) return
    try {
      writeFact(this.#database, 'copy', this.feed.feed.replica.version)
    } catch (error) {
      if (storageErrorOf(error, this.folder) === undefined) throw error
    }
  }

  /** @throws StorageError where the disk is the reason */
  async #keep(name: FactName, value: unknown): Promise<void> {
    try {
      writeFact(this.#database, name, value)
    } catch (error) {
      throw asStorageError(error, this.folder)
    }
    this.feed?.push({ kind: 'fact', name, value: JSON.stringify(value) })
    await this.feed?.settle()
  }
}
