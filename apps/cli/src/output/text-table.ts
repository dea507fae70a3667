/** An aligned table for a terminal. */
import stringWidth from 'string-width'
import { type ColumnKind, fitWidths, GAP, type Widths } from './fit-widths.ts'
import { joinTexts, rich, type Style, type Styled, styled } from './styled.ts'

export interface TextCell {
  readonly text: string
  /** Whether the cell is right-aligned, as numbers are. */
  readonly right?: boolean
  readonly style?: Style | undefined
}

/** Default width that {@link cut} cuts to. */
const MAX_CELL_WIDTH = 40
/** Maximum text length that is measured; terminals are not wider. */
const MAX_MEASURED_LENGTH = 2_000

/**
 * Lays out rows in columns. Call `widen` with some rows, `fit` with the available width, then `line`
 * for each row. Cells wider than their column are cut; a number may take the spaces that its line
 * leaves.
 */
export class TextTable {
  readonly #widest: number[]
  readonly #kinds: ColumnKind[]
  readonly #ids: readonly Set<string>[]
  #widths: Widths
  #room = Number.POSITIVE_INFINITY
  #spare = 0

  /** @param kinds of columns that are no plain data, by index */
  constructor(columns: number, kinds: readonly ('id' | 'time' | undefined)[] = []) {
    this.#widest = new Array<number>(columns).fill(0)
    this.#kinds = this.#widest.map((_, index) => kinds[index] ?? 'text')
    this.#ids = this.#widest.map(() => new Set())
    this.#widths = this.#widest
  }

  widen(row: readonly TextCell[], isHeader = false): void {
    for (const [index, { text, right = false }] of row.entries()) {
      const width = stringWidth(text.slice(0, MAX_MEASURED_LENGTH))
      this.#widest[index] = Math.max(this.#widest[index] ?? 0, width)
      if (right && this.#kinds[index] === 'text') this.#kinds[index] = 'number'
      if (!isHeader && this.#kinds[index] === 'id') this.#ids[index]?.add(text)
    }
  }

  /** @returns indexes of the columns that do not fit */
  fit(room: number): number[] {
    const needs = this.#widest.map((widest, index) => {
      const kind = this.#kinds[index] ?? 'text'
      return { widest, kind, short: kind === 'id' ? this.#shortWidth(index) : undefined }
    })
    this.#widths = fitWidths(needs, room)
    const shown = this.#widths.filter((width) => width !== undefined)
    this.#room = room
    this.#spare = room - shown.reduce((sum, width) => sum + width, GAP * (shown.length - 1))
    return this.#widths.flatMap((width, index) => (width === undefined ? [index] : []))
  }

  line(row: readonly TextCell[]): Styled {
    let spare = this.#spare
    const last = this.#widths.findLastIndex((width) => width !== undefined)
    const cells = row.flatMap((cell, index) => {
      const { text, right = false, style } = cell
      const width = this.#widths[index]
      if (width === undefined) return []
      const room =
        this.#room === Number.POSITIVE_INFINITY ? this.#room : width + (right ? spare : 0)
      const shown = cut(text, room)
      const used = stringWidth(shown)
      spare -= Math.max(0, used - width)
      const padding = ' '.repeat(Math.max(0, width - used))
      const part = style === undefined ? shown : styled(style, shown)
      if (right) return [rich`${padding}${part}`]
      return [index === last ? part : rich`${part}${padding}`]
    })
    return joinTexts(cells, ' '.repeat(GAP))
  }

  /** The width of prefixes that tell the measured IDs apart, with an ellipsis. */
  #shortWidth(index: number): number | undefined {
    const ids = [...(this.#ids[index] ?? [])]
    const widest = this.#widest[index] ?? 0
    for (let length = MIN_ID_PREFIX; length + 1 < widest; length += 1) {
      if (new Set(ids.map((text) => text.slice(0, length))).size === ids.length) return length + 1
    }
    return undefined
  }
}

/** Characters of a shortened ID, at least. */
const MIN_ID_PREFIX = 8

const graphemes = new Intl.Segmenter()

/** Cuts text to a width in terminal columns, at least 1, between graphemes. */
export function cut(text: string, widest = MAX_CELL_WIDTH): string {
  if (widest === Number.POSITIVE_INFINITY) return text
  if (text.length <= MAX_MEASURED_LENGTH && stringWidth(text) <= widest) return text
  let shown = ''
  let width = 0
  for (const { segment } of graphemes.segment(text.slice(0, MAX_MEASURED_LENGTH))) {
    width += stringWidth(segment)
    if (width > widest - 1) break
    shown += segment
  }
  return `${shown}…`
}

/** Splits text into lines of at most `width` terminal columns, between graphemes. */
export function wrap(text: string, width: number): string[] {
  if (text.length <= width && stringWidth(text) <= width) return [text]
  const lines: string[] = []
  let line = ''
  let used = 0
  for (const { segment } of graphemes.segment(text)) {
    const next = stringWidth(segment)
    if (used + next > width && line !== '') {
      lines.push(line)
      line = ''
      used = 0
    }
    line += segment
    used += next
  }
  return [...lines, line]
}
