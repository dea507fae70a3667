import type { Inputs } from './io.ts'
import type { Messages } from './output/messages.ts'
import type { Writer } from './output/writer.ts'
import type { RunJournal } from './run-journal.ts'
import type { RunState } from './run-state.ts'

/** The context in which a command runs. */
export interface Context {
  readonly io: Inputs
  /** Receives only data. */
  readonly out: Writer
  /** stderr, for previews before a question. */
  readonly err: Writer
  readonly messages: Messages
  /** Records writes. */
  readonly journal: RunJournal
  /** Journal, jobs, reviews and locks: of this machine, or shared by several. */
  readonly state: RunState
  readonly json: boolean
  readonly quiet: boolean
  /**
   * Shows the rows that follow in a pager if they are longer than the screen. For commands that neither
   * ask nor read from the terminal; their messages appear when the pager is closed.
   *
   * @returns whether there may be a pager
   */
  page(): Promise<boolean>
  /** Writes the rows of {@link page} to their end. Call before messages about them. */
  endPage(): Promise<void>
  /** Aborted at the first Ctrl-C, to stop cleanly. Its reason is an `Interrupted`. */
  readonly stop: AbortSignal
  /** Aborted at the second Ctrl-C, to stop immediately. */
  readonly abort: AbortSignal
}
