/** What machines share: opened once by a program, and closed when it ends. */
import type { JournalStore } from '@chatlayer-tables/journal'
import type { Reviews } from '@chatlayer-tables/journal/reviews'
import type { Locks } from '@chatlayer-tables/local'
import { Database, type DatabaseOptions } from './database.ts'
import { prepareSchema } from './migrate.ts'
import { Sessions } from './sessions.ts'
import type { LockKind } from './state.ts'

export interface OpenSharedStateOptions extends DatabaseOptions {
  /** Told with what a session begins; shown to other machines. */
  readonly program: string
  readonly principal?: string | undefined
}

export class SharedState implements AsyncDisposable {
  /** Its address without password and parameters, for messages. */
  readonly place: string
  readonly database: Database
  readonly sessions: Sessions

  private constructor(database: Database, sessions: Sessions) {
    this.place = database.place
    this.database = database
    this.sessions = sessions
  }

  /**
   * Connects, and makes the schema or brings it up to date, where the role may.
   *
   * @throws StorageError; InvalidInputError for an invalid address
   */
  static async open(options: OpenSharedStateOptions): Promise<SharedState> {
    const { program, principal, ...connection } = options
    const database = new Database(connection)
    try {
      await prepareSchema(database)
      const sessions = await Sessions.open(database, connection, { program, principal })
      return new SharedState(database, sessions)
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

  journalStore(): Promise<JournalStore> {
    throw new Error('not written yet')
  }

  reviews(): Promise<Reviews> {
    throw new Error('not written yet')
  }

  async close(): Promise<void> {
    await this.sessions.close()
    await this.database.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
