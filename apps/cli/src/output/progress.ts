import type { Messages } from './messages.ts'

/** Milliseconds between two updates of the line on a terminal. */
const REDRAW_MS = 100
/** Milliseconds between two lines elsewhere. */
const REPEAT_MS = 10_000

/** Shows the progress of work, at most once per interval. */
export class Progress {
  readonly #messages: Messages
  readonly #interval: number
  #last = performance.now()

  constructor(messages: Messages) {
    this.#messages = messages
    this.#interval = messages.isTerminal ? REDRAW_MS : REPEAT_MS
  }

  /** @param line called only when the interval has passed */
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

/** Formats a number with commas between thousands, independent of the locale. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US')
}

export function formatSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`
}

/** @param word singular of a word whose plural ends in s */
export function plural(count: number, word: string): string {
  return `${formatCount(count)} ${word}${count === 1 ? '' : 's'}`
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB']

/** Formats a size in powers of 1,000, as file managers do. */
export function formatBytes(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3))
  const value = bytes / 1000 ** power
  return `${power === 0 ? value : value.toFixed(1)} ${UNITS[power]}`
}
