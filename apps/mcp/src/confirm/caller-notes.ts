/** What is remembered of one caller, for as long as it matters to confirmations. */
import type { Notes } from '@chatlayer-tables/state'
import { PendingCalls } from './pending-calls.ts'
import { RecentWrites } from './recent-writes.ts'
import { TOKEN_SECONDS } from './token.ts'

/** What is remembered for as long as a token is valid: its use, a question, a user's no. */
export type Mark = 'used' | 'asked' | 'declined'

/** For how long a client that has returned an answer is known to ask its user. */
const ANSWERED_SECONDS = 3_600
const ANSWERED = 'answered'

/** The notes of a caller. */
export type NotesOf = (kind: Mark | 'pending' | 'recent' | 'answered') => Notes

export class CallerNotes {
  /** The calls that wait for a confirmation. */
  readonly pending: PendingCalls
  /** The records that were written without one. */
  readonly recent: RecentWrites
  readonly #notesOf: NotesOf

  constructor(notesOf: NotesOf) {
    this.#notesOf = notesOf
    this.pending = new PendingCalls(notesOf('pending'))
    this.recent = new RecentWrites(notesOf('recent'))
  }

  /** @returns false if it was marked before */
  mark(kind: Mark, what: string): Promise<boolean> {
    return this.#notesOf(kind).add(what, '', TOKEN_SECONDS)
  }

  async isMarked(kind: Mark, what: string): Promise<boolean> {
    return (await this.#notesOf(kind).get(what)) !== undefined
  }

  /** Notes that the client has returned an answer of its user. */
  async noteAnswer(): Promise<void> {
    await this.#notesOf('answered').put(ANSWERED, '', ANSWERED_SECONDS)
  }

  async hasAnswered(): Promise<boolean> {
    return (await this.#notesOf('answered').get(ANSWERED)) !== undefined
  }
}
