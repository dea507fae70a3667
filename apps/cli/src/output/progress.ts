import type { Messages } from './messages.ts'

/** On a terminal a line that is drawn anew, so often. */
const REDRAW_MS = 100
/** Anywhere else a line now and then. */
const REPEAT_MS = 10_000

/** Tells how long work is going. Lines come no faster than anybody reads them. */
export class Progress {
  readonly #messages: Messages
  readonly #interval: number
  #last = performance.now()

  constructor(messages: Messages) {
    this.#messages = messages
    this.#interval = messages.isTerminal ? REDRAW_MS : REPEAT_MS
  }

  /** @param line called only when it is time for one */
  show(line: () => string): void {
    const now = performance.now()
    if (now - this.#last < this.#interval) return
    this.#last = now
    void (this.#messages.isTerminal
      ? this.#messages.updateLine(line())
      : this.#messages.note(line()))
  }

  end(): Promise<void> {
    return this.#messages.clearLine()
  }
}

/** With a comma between thousands, whatever the machine's language. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US')
}

export function formatSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`
}
