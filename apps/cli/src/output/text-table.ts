/** An aligned table for a terminal. */
import stringWidth from 'string-width'

export interface TextCell {
  readonly text: string
  /** Numbers stand at the right. */
  readonly right?: boolean
  /** Applied after the text was laid out, so that colour codes do not count as width. */
  readonly style?: (text: string) => string
}

/** Cells wider than this are cut. */
const WIDEST = 40

/**
 * Lays out rows in columns. Call `widen` with some rows, then `line` for each; rows that come later
 * and are wider push their line to the right.
 */
export class TextTable {
  readonly #widths: number[]

  constructor(columns: number) {
    this.#widths = new Array<number>(columns).fill(0)
  }

  widen(row: readonly TextCell[]): void {
    for (const [index, { text }] of row.entries()) {
      this.#widths[index] = Math.max(this.#widths[index] ?? 0, stringWidth(cut(text)))
    }
  }

  line(row: readonly TextCell[]): string {
    const cells = row.map(({ text, right = false, style = asIs }, index) => {
      const shown = cut(text)
      const padding = ' '.repeat(Math.max(0, (this.#widths[index] ?? 0) - stringWidth(shown)))
      if (right) return padding + style(shown)
      return index === row.length - 1 ? style(shown) : style(shown) + padding
    })
    return cells.join('  ')
  }
}

function asIs(text: string): string {
  return text
}

const graphemes = new Intl.Segmenter()

/** Cuts text to the widest that a cell may be, between characters as people see them. */
export function cut(text: string, widest = WIDEST): string {
  if (stringWidth(text) <= widest) return text
  let shown = ''
  let width = 0
  for (const { segment } of graphemes.segment(text)) {
    width += stringWidth(segment)
    if (width > widest - 1) break
    shown += segment
  }
  return `${shown}…`
}
