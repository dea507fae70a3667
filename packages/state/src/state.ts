/**
 * Where programs keep their journal, jobs, reviews and locks: a folder of this machine, or a PostgreSQL
 * database that several machines share. Mirrors of tables and secrets are in neither.
 */
import type { PaceSharing } from '@chatlayer-tables/core'
import type { Journal, JournalOptions } from '@chatlayer-tables/journal'
import type { Reviews } from '@chatlayer-tables/journal/reviews'
import type { Locks } from '@chatlayer-tables/local'
import type { JobStore } from '@chatlayer-tables/transfer'
import type { CallsInFlight } from './calls-in-flight.ts'
import type { NoteKind, Notes } from './notes/notes.ts'
import type { OpenQueueOptions, Queue } from './queue/queue.ts'
import type { LiveSession } from './sessions.ts'

/** What locks are for. Names of different kinds do not meet. */
export type LockKind = 'writers' | 'calls' | 'undos' | 'tables' | 'jobs'

/** Whose rate limit it is: processes of one token share it. */
export interface PaceGroup {
  readonly origin: string
  /** Only a keyed hash of it leaves the process. */
  readonly token: string
}

/** Opened once by a program. What it opens is to be closed before it. */
export interface State extends AsyncDisposable {
  /** For messages: the path of the folder, or the address without its password. */
  readonly place: string
  /** Whether other machines have the same state. */
  readonly isShared: boolean
  /** Milliseconds since 1970 by the clock of the state: the machine's, or the database's. */
  now(): number

  locks(kind: LockKind): Locks
  /** @throws StorageError */
  openJournal(options: Pick<JournalOptions, 'retention' | 'redact'>): Promise<Journal>
  /** Whether there is a journal with anything in it; opening it would make one. */
  hasJournal(): Promise<boolean>
  /** Whether an ended process may have left outcomes open; cheap. */
  mayNeedRecovery(): Promise<boolean>
  /** @throws StorageError */
  openReviews(): Promise<Reviews>
  /** Loads what jobs need, which most programs do not. @throws StorageError */
  jobs(): Promise<JobStore>
  /** The tool calls in flight, which another replica of a server may cancel. */
  callsInFlight(): CallsInFlight
  /** Small texts that expire, of one owner: who is asked for them later has the same. */
  notes(kind: NoteKind, owner: string): Notes
  /**
   * Opens the queue of projects, which is to be closed.
   *
   * @throws InvalidInputError where the state is not shared, StorageError
   */
  openQueue(options?: OpenQueueOptions): Promise<Queue>
  /** The processes that use the state; none where it is not shared. */
  listSessions(): Promise<LiveSession[]>
  /** For one client, whose token it is. Undefined where each process finds the limit alone. */
  pace(group: PaceGroup): PaceSharing | undefined
}

export interface OpenStateOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The state folder of this machine, which also holds working files of shared jobs. */
  readonly folder: string
  /** Address of a database; the folder alone is used without it. */
  readonly address?: string | undefined
  /** The password of a saved connection. */
  readonly secret?: string | undefined
  /** The name of the program, shown to other machines. */
  readonly program: string
  /** The person or service that runs it, where that is known. */
  readonly principal?: string | undefined
  /** Called once each time that statements begin to wait. @param place the address without a password */
  readonly onWait?: ((place: string) => void) | undefined
  /** Ends the waits for a database that went away: statements are then tried once. */
  readonly signal?: AbortSignal | undefined
}
