/** The state of one machine: files and SQLite databases in a folder. */
import { join } from 'node:path'
import { InvalidInputError } from '@chatlayer-tables/core'
import {
  hasJournal,
  type Journal,
  type JournalOptions,
  openJournal,
} from '@chatlayer-tables/journal'
import { openReviews, type Reviews } from '@chatlayer-tables/journal/reviews'
import { LockFolder, type Locks } from '@chatlayer-tables/local'
import type { JobStore } from '@chatlayer-tables/transfer'
import { type CallsInFlight, NotedCalls } from './calls-in-flight.ts'
import { journalFolder, mayNeedLocalRecovery } from './local-journal.ts'
import { LocalNotes } from './notes/local-notes.ts'
import type { NoteKind, Notes } from './notes/notes.ts'
import type { LockKind, State } from './state.ts'

/** Where the locks of each kind are. The journal and the jobs take their own ones there. */
const LOCK_FOLDERS: Readonly<Record<LockKind, string>> = {
  writers: 'journal/writers',
  calls: 'journal/calls',
  undos: 'journal/undos',
  tables: 'locks',
  jobs: 'job-locks',
}

/** Nothing is opened or made before it is used. */
export class LocalState implements State {
  readonly place: string
  readonly isShared = false
  readonly #journal: string
  #calls: CallsInFlight | undefined

  constructor(folder: string) {
    this.place = folder
    this.#journal = journalFolder(folder)
  }

  now(): number {
    return Date.now()
  }

  locks(kind: LockKind): Locks {
    return new LockFolder(join(this.place, LOCK_FOLDERS[kind]))
  }

  openJournal(options: Pick<JournalOptions, 'retention' | 'redact'>): Promise<Journal> {
    return openJournal({ folder: this.#journal, ...options })
  }

  async hasJournal(): Promise<boolean> {
    return hasJournal(this.#journal)
  }

  async mayNeedRecovery(): Promise<boolean> {
    return mayNeedLocalRecovery(this.place)
  }

  async openReviews(): Promise<Reviews> {
    return openReviews(this.place)
  }

  async jobs(): Promise<JobStore> {
    // Loading it takes longer than all else here.
    const { JobStore } = await import('@chatlayer-tables/transfer')
    return new JobStore(join(this.place, 'jobs'))
  }

  callsInFlight(): CallsInFlight {
    this.#calls ??= new NotedCalls(this.notes('cancelled', ''))
    return this.#calls
  }

  notes(kind: NoteKind, owner: string): Notes {
    return new LocalNotes(this.place, kind, owner)
  }

  async openQueue(): Promise<never> {
    throw new InvalidInputError('a queue needs a database that machines share', {
      hint: 'Set CHATLAYER_STATE to the address of a PostgreSQL database.',
    })
  }

  async listSessions(): Promise<[]> {
    return []
  }

  pace(): undefined {
    return undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
