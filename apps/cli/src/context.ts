import type { Inputs } from './io.ts'
import type { Messages } from './output/messages.ts'
import type { Writer } from './output/writer.ts'
import type { RunJournal } from './run-journal.ts'

/** What a command is run with. */
export interface Context {
  readonly io: Inputs
  /** Data goes here, and nothing else. */
  readonly out: Writer
  /** stderr as such, for what is shown to a person before a question. */
  readonly err: Writer
  readonly messages: Messages
  /** Where writes are kept. */
  readonly journal: RunJournal
  readonly json: boolean
  readonly quiet: boolean
  /** The first Ctrl-C: end in good order. Its reason is an `Interrupted`. */
  readonly stop: AbortSignal
  /** The second Ctrl-C: end at once. */
  readonly abort: AbortSignal
}
