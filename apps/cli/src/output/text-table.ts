/** An aligned table for a terminal. */
import stringWidth from 'string-width'
import { fitWidths, GAP } from './fit-widths.ts'
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
 * for each row. Cells wider than their column are cut, except numbers in later rows, which make their
 * line longer.
 */
export class TextTable {
  #widths: number[]
  readonly #isWhole: boolean[]

  /** @param whole indexes of columns that are not cut */
  constructor(columns: number, whole: readonly number[] = []) {
    this.#widths = new Array<number>(columns).fill(0)
    this.#isWhole = this.#widths.map((_, index) => whole.includes(index))
  }

  widen(row: readonly TextCell[]): void {
    for (const [index, { text, right = false }] of row.entries()) {
      this.#widths[index] = Math.max(
        this.#widths[index] ?? 0,
        stringWidth(text.slice(0, MAX_MEASURED_LENGTH)),
      )
      if (right) this.#isWhole[index] = true
    }
  }

  /** @returns number of columns that fit, from the first */
  fit(room: number): number {
    const needs = this.#widths.map((widest, index) => ({
      widest,
      isWhole: this.#isWhole[index] === true,
    }))
    this.#widths = fitWidths(needs, room)
    return this.#widths.length
  }

  line(row: readonly TextCell[]): Styled {
    const last = this.#widths.length - 1
    const cells = row.slice(0, this.#widths.length).map((cell, index) => {
      const { text, right = false, style } = cell
      const width = this.#widths[index] ?? 0
      const shown = this.#isWhole[index] ? text : cut(text, width)
      const padding = ' '.repeat(Math.max(0, width - stringWidth(shown)))
      const part = style === undefined ? shown : styled(style, shown)
      if (right) return rich`${padding}${part}`
      return index === last ? part : rich`${part}${padding}`
    })
    return joinTexts(cells, ' '.repeat(GAP))
  }
}

const graphemes = new Intl.Segmenter()

/** Cuts text to a width in terminal columns, between graphemes. */
export function cut(text: string, widest = MAX_CELL_WIDTH): string {
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
