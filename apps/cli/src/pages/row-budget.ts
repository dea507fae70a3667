/** Limits the rows inside a page, so that memory stays bounded and browsers can show it. Pure. */
import type { Cell } from '@chatlayer-tables/views'
import { formatCount } from '../output/progress.ts'

/** Maximum number of rows in a page. */
const MAX_ROWS = 200_000
/** Maximum length of all their values, in characters. */
const MAX_LENGTH = 64_000_000
/** Characters of a value besides its text. */
const CELL_LENGTH = 4

interface SizedRow {
  readonly before?: readonly Cell[]
  readonly after?: readonly Cell[]
}

export class RowBudget {
  #rows: number
  #length: number
  #isSpent = false
  #omitted = 0

  constructor(rows = MAX_ROWS, length = MAX_LENGTH) {
    this.#rows = rows
    this.#length = length
  }

  /** Whether there is room for a row. Once there is not, later rows are omitted too. */
  take({ before = [], after = [] }: SizedRow): boolean {
    this.#rows -= 1
    this.#length -= lengthOf(before) + lengthOf(after)
    if (this.#rows < 0 || this.#length < 0) this.#isSpent = true
    if (this.#isSpent) this.#omitted += 1
    return !this.#isSpent
  }

  /** Whether no further row has room. */
  get isSpent(): boolean {
    return this.#isSpent
  }

  /** Counts rows that were not offered. */
  omit(rows: number): void {
    this.#omitted += rows
  }

  get omitted(): number {
    return this.#omitted
  }

  /** A sentence for the page; none if every row is in it. @param what such as `changes` */
  remarks(what: string): string[] {
    if (this.#omitted === 0) return []
    return [
      `${formatCount(this.#omitted)} ${what} are not on this page, which has room for ${formatCount(MAX_ROWS)} rows and ${formatCount(MAX_LENGTH)} characters. The counts are of all ${what}.`,
    ]
  }
}

function lengthOf(cells: readonly Cell[]): number {
  return cells.reduce<number>((sum, cell) => sum + CELL_LENGTH + textLength(cell), 0)
}

function textLength(cell: Cell): number {
  if (typeof cell === 'string') return cell.length
  if (typeof cell !== 'object' || cell === null) return 0
  return Object.values(cell).reduce((sum, text) => sum + text.length, 0)
}
