/** What machines share: opened once by a program, and closed when it ends. */
import type { JournalStore } from '@chatlayer-tables/journal'
import type { Reviews } from '@chatlayer-tables/journal/reviews'
import type { Locks } from '@chatlayer-tables/local'
import type { Database, DatabaseOptions } from './database.ts'
import type { Sessions } from './sessions.ts'
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

  constructor(database: Database, sessions: Sessions) {
    this.place = database.place
    this.database = database
    this.sessions = sessions
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
