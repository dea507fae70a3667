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

/** @param word in the singular, one that takes an s */
export function plural(count: number, word: string): string {
  return `${formatCount(count)} ${word}${count === 1 ? '' : 's'}`
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB']

/** In powers of a thousand, as file managers tell them. */
export function formatBytes(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3))
  const value = bytes / 1000 ** power
  return `${power === 0 ? value : value.toFixed(1)} ${UNITS[power]}`
}
