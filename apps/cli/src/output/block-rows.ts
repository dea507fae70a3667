/** Rows one below the other: a block for each row, with a line for each column. */
import stringWidth from 'string-width'
import { GAP } from './fit-widths.ts'
import { joinTexts, rich, type Style, type Styled, styled } from './styled.ts'
import { cut, type TextCell, wrap } from './text-table.ts'

/** Lines of a value, unless all of it is to be shown. */
const MAX_VALUE_LINES = 4
const MIN_NAME_WIDTH = 6

interface BlockOptions {
  /** Width in terminal columns, or infinity. */
  readonly room: number
  /** Whether values are shown to their end. */
  readonly isWhole: boolean
}

/** The layout of rows with these column names, which must be printable. */
export class BlockRows {
  readonly #names: readonly string[]
  readonly #options: BlockOptions
  readonly #nameWidth: number

  constructor(names: readonly string[], options: BlockOptions) {
    this.#options = options
    const widest = Math.max(0, ...names.map((name) => stringWidth(name)))
    const most = Math.max(MIN_NAME_WIDTH, Math.floor((options.room - GAP) / 3))
    this.#nameWidth = Math.min(widest, most)
    this.#names = names.map((name) => cut(name, this.#nameWidth))
  }

  /** The lines of one row. */
  lines(cells: readonly TextCell[]): Styled[] {
    return cells.flatMap(({ text, style }, index) => {
      const name = this.#names[index] ?? ''
      const padding = ' '.repeat(this.#nameWidth - stringWidth(name) + GAP)
      const indent = ' '.repeat(this.#nameWidth + GAP)
      return this.#valueLines(text).map((line, row) => {
        const value = style === undefined ? line : styled(style, line)
        return row === 0
          ? rich`${styled(NAME_STYLE, name)}${padding}${value}`
          : joinTexts([indent, value], '')
      })
    })
  }

  #valueLines(text: string): string[] {
    const { room, isWhole } = this.#options
    if (room === Number.POSITIVE_INFINITY) return [text]
    const width = Math.max(1, room - this.#nameWidth - GAP)
    // Cut first, so that a very long text is not wrapped in vain.
    const lines = wrap(isWhole ? text : cut(text, width * MAX_VALUE_LINES), width)
    if (isWhole || lines.length <= MAX_VALUE_LINES) return lines
    const kept = lines.slice(0, MAX_VALUE_LINES)
    return [...kept.slice(0, -1), cut(`${kept.at(-1)}……`, width)]
  }
}

const NAME_STYLE: Style = 'bold'
