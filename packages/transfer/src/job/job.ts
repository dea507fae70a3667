import type { DatabaseSync } from 'node:sqlite'
import {
  asStorageError,
  type HeldLock,
  storageErrorOf,
  transaction,
  usingTemporaryFolder,
} from '@chatlayer-tables/local'
import { EarlierRows } from './earlier-rows.ts'
import { readFact, writeFact } from './job-database.ts'
import { RowStates } from './row-states.ts'
import { StoredRows } from './stored-rows.ts'

/** What a process that works on a job holds. */
export type JobLock = Pick<HeldLock, 'lost' | 'release'>

/** One job that this process works on; no other process does until it is closed. */
export class Job {
  readonly id: string
  /** Folder for further files of the job. */
  readonly folder: string
  readonly rows: RowStates
  readonly #database: DatabaseSync
  readonly #lock: JobLock

  constructor(parts: { id: string; folder: string; database: DatabaseSync; lock: JobLock }) {
    this.id = parts.id
    this.folder = parts.folder
    this.#database = parts.database
    this.#lock = parts.lock
    this.rows = new RowStates(parts.database)
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

  /** Aborts when another machine took the job over. Nothing is sent or written then. */
  get lost(): AbortSignal {
    return this.#lock.lost
  }

  async keepPlan(plan: unknown): Promise<void> {
    this.#write(() => writeFact(this.#database, 'plan', plan))
  }

  /** What earlier processes are known to have written; to be asked for before this one writes. */
  async earlierRows(): Promise<EarlierRows> {
    return usingTemporaryFolder(() => new EarlierRows(this.#database))
  }

  /** Keeps how a run ended. */
  async report(report: unknown): Promise<void> {
    this.#write(() => writeFact(this.#database, 'report', report))
  }

  /** What was stored otherwise than it was sent, as far as it is known now. */
  async storedRows(): Promise<StoredRows> {
    await this.rows.flush()
    return new StoredRows(this.#database)
  }

  /**
   * Nothing is left to do: what was needed to continue takes no room any more.
   *
   * @param keepStored whether the problems of written rows are still needed
   */
  async finish(keepStored = false): Promise<void> {
    await this.rows.flush()
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

  async close(): Promise<void> {
    this.#database.close()
    await this.#lock.release()
  }

  /** @throws StorageError where the disk is the reason */
  #write<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw asStorageError(error, this.folder)
    }
  }
}
