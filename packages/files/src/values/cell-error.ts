import { InvalidInputError } from '@chatlayer-tables/core'

/** A cell whose value is not valid in its column. */
export class CellError extends InvalidInputError {
  /** The cell, made printable and cut to 40 characters. */
  readonly value: string
  /** The problem, without the place and the value: `is not a whole number`. */
  readonly reason: string

  /** @param hint what to do */
  constructor(place: string, value: string, reason: string, hint: string) {
    const shown = shorten(value)
    super(`${place}: "${shown}" ${reason}`, { field: place, hint })
    this.value = shown
    this.reason = reason
  }
}

const MAX_SHOWN_LENGTH = 40

/** Characters that a terminal or a log interprets: control characters, line separators, direction marks. */
const UNPRINTABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\p{Cs}]/gu

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** Text of a file, printable on one line. */
export function printable(text: string): string {
  return text.replace(
    UNPRINTABLE,
    (odd) => SHORT[odd] ?? `\\u${odd.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** The same, of at most 40 characters. */
export function shorten(text: string): string {
  const shown: string[] = []
  let length = 0
  for (const character of text.slice(0, MAX_SHOWN_LENGTH * 2)) {
    const part = printable(character)
    shown.push(part)
    length += part.length
    if (length > MAX_SHOWN_LENGTH) return `${cut(shown)}…`
  }
  return shown.join('')
}

/** The parts from the first on that leave room for a mark that there were more. */
function cut(parts: readonly string[]): string {
  let text = ''
  for (const part of parts) {
    if (text.length + part.length > MAX_SHOWN_LENGTH - 1) break
    text += part
  }
  return text
}
