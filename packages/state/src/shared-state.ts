/** The state that machines share, in PostgreSQL. */
import type { PaceSharing } from '@chatlayer-tables/core'
import {
  type Journal,
  type JournalOptions,
  type JournalStore,
  openJournal,
} from '@chatlayer-tables/journal'
import type { Reviews } from '@chatlayer-tables/journal/reviews'
import type { Locks } from '@chatlayer-tables/local'
import type { JobStore } from '@chatlayer-tables/transfer'
import { type CallsInFlight, NotedCalls } from './calls-in-flight.ts'
import { Database, type DatabaseOptions } from './database.ts'
import { openJournalStore } from './journal/store.ts'
import { prepareSchema } from './migrate.ts'
import { JOURNAL } from './migrations/0002-journal.ts'
import type { NoteKind, Notes } from './notes/notes.ts'
import { SharedNotes } from './notes/shared-notes.ts'
import { SharedPace } from './pace/shared-pace.ts'
import { type OpenQueueOptions, Queue } from './queue/queue.ts'
import { openReviews } from './reviews/review-table.ts'
import { type LiveSession, Sessions } from './sessions.ts'
import type { LockKind, OpenStateOptions, PaceGroup, State } from './state.ts'

/** How long statements of a worker about its queue wait for a database that went away. */
const QUEUE_WAIT_MS = 5_000

export interface OpenSharedStateOptions
  extends DatabaseOptions,
    Pick<OpenStateOptions, 'folder' | 'program' | 'principal'> {}

export class SharedState implements State {
  /** Its address without password and parameters, for messages. */
  readonly place: string
  readonly isShared = true
  readonly database: Database
  readonly sessions: Sessions
  /** The state folder of this machine, for working files. */
  readonly folder: string
  readonly #connection: DatabaseOptions
  readonly #notes: SharedNotes
  #calls: CallsInFlight | undefined

  private constructor(
    database: Database,
    sessions: Sessions,
    { folder, ...connection }: DatabaseOptions & Pick<OpenStateOptions, 'folder'>,
  ) {
    this.place = database.place
    this.database = database
    this.sessions = sessions
    this.folder = folder
    this.#connection = connection
    this.#notes = new SharedNotes(database)
  }

  /**
   * Connects, and makes the schema or brings it up to date, where the role may.
   *
   * @throws StorageError; InvalidInputError for an invalid address
   */
  static async open(options: OpenSharedStateOptions): Promise<SharedState> {
    const { program, principal, folder, ...connection } = options
    const database = new Database(connection)
    try {
      await prepareSchema(database)
      const sessions = await Sessions.open(database, connection, { program, principal })
      return new SharedState(database, sessions, { ...connection, folder })
    } catch (error) {
      await database.close()
      throw error
    }
  }

  /** Milliseconds since 1970 by the database's clock, whatever this machine's says. */
  now(): number {
    return this.sessions.now()
  }

  locks(kind: LockKind): Locks {
    return this.sessions.locks(kind)
  }

  /** @throws StorageError */
  journalStore(): Promise<JournalStore> {
    return openJournalStore(this.database, this.sessions)
  }

  async openJournal(options: Pick<JournalOptions, 'retention' | 'redact'>): Promise<Journal> {
    return openJournal({ ...options, store: await this.journalStore() })
  }

  async hasJournal(): Promise<boolean> {
    const found = await this.database.query(`select 1 from ${JOURNAL.sets} limit 1`)
    return found.length > 0
  }

  mayNeedRecovery(): Promise<boolean> {
    return this.sessions.hasFree('writers')
  }

  async openReviews(): Promise<Reviews> {
    return openReviews(this.database, this.sessions)
  }

  async jobs(): Promise<JobStore> {
    const { openJobs } = await import('./jobs/open-jobs.ts')
    const { env } = this.#connection
    return openJobs(this.database, this.sessions, { folder: this.folder, env })
  }

  callsInFlight(): CallsInFlight {
    this.#calls ??= new NotedCalls(this.notes('cancelled', ''))
    return this.#calls
  }

  notes(kind: NoteKind, owner: string): Notes {
    return this.#notes.of(kind, owner)
  }

  async openQueue(options: OpenQueueOptions = {}): Promise<Queue> {
    // Own connections: signs of life do not wait for the statements of jobs. A worker tries again itself.
    const waitMs = options.worker === undefined ? undefined : QUEUE_WAIT_MS
    const database = new Database({ ...this.#connection, waitMs, maxConnections: 2 })
    try {
      return await Queue.open(database, options)
    } catch (error) {
      await database.close()
      throw error
    }
  }

  listSessions(): Promise<LiveSession[]> {
    return this.sessions.list()
  }

  pace(group: PaceGroup): PaceSharing {
    return new SharedPace(this.database, group)
  }

  async close(): Promise<void> {
    await this.sessions.close()
    await this.database.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
