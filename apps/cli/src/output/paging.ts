/** Shows the output of a command in a pager, if it is text on a terminal and longer than the screen. */
import type { Io, TextOutput } from '../io.ts'
import type { Messages } from './messages.ts'
import type { Pager } from './pager.ts'
import type { Writer } from './writer.ts'

interface PagingParts {
  readonly stdout: TextOutput
  readonly env: Io['env']
  readonly out: Writer
  readonly messages: Messages
  /** False for JSON and other formats, and under --no-pager. */
  readonly isWanted: boolean
  /** Called when the user closes the pager before the output has ended. */
  readonly onClosed: () => void
}

export class Paging {
  readonly #parts: PagingParts
  #pager: Pager | undefined

  constructor(parts: PagingParts) {
    this.#parts = parts
  }

  /** Call before the first row, in a command that neither asks nor reads from the terminal. */
  async begin(): Promise<boolean> {
    const { stdout, env, out, messages, isWanted, onClosed } = this.#parts
    // A stream without a descriptor cannot be given to another process.
    if (!isWanted || !out.isTerminal || stdout.fd === undefined || !stdout.rows) return false
    const { missingPager, Pager, pagerCommand } = await import('./pager.ts')
    const command = pagerCommand(env)
    if (command === undefined) return false
    const missing = missingPager(command, env)
    if (missing !== undefined) {
      await messages.say(
        `there is no pager "${missing}", which PAGER names; writing to the terminal`,
      )
      return false
    }
    this.#pager = new Pager(stdout, { command, env, onOpen: () => messages.hold(), onClosed })
    out.redirect(this.#pager.stream)
    return true
  }

  /** Waits until the user has closed the pager, then writes the messages that it kept back. */
  async end(): Promise<void> {
    const pager = this.#pager
    if (pager === undefined) return
    this.#pager = undefined
    await pager.end()
    this.#parts.out.redirect(this.#parts.stdout)
    await this.#parts.messages.release()
  }
}
