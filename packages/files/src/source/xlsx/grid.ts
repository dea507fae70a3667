/** Rows of a sheet below its header. */
import { InvalidInputError } from '@chatlayer-tables/core'
import { shorten } from '../../values/cell-error.ts'
import { headerName, type SourceCell, type SourceRow } from '../source.ts'
import { cellName, columnLetters, sheetPrefix } from './places.ts'
import type { SheetRow } from './sheet.ts'

/** The names of the columns. Numbers and dates are named by their text. */
export function readHeader({ cells, problems }: SheetRow, notes: string[]): (string | null)[] {
  const header: (string | null)[] = []
  for (const { column, cell } of cells) {
    while (header.length < column - 1) header.push(null)
    header.push(title(cell))
    if (cell !== null && typeof cell !== 'string' && cell.problem !== undefined) {
      notes.push(`in the header ${cell.problem}`)
    }
  }
  for (const problem of problems) notes.push(`in the header ${problem}`)
  return header
}

function title(cell: SourceCell): string | null {
  if (cell === null || typeof cell === 'string') return headerName(cell)
  const { json, shown, problem } = cell
  if (typeof shown === 'string') return headerName(shown)
  if (problem !== undefined) return null
  return headerName(json instanceof Date ? json.toISOString().slice(0, 10) : String(json))
}

/**
 * How many cells may be missing in all rows together, and how many for each existing cell if more: a
 * small file can expand to billions of cells.
 */
const MAX_GAPS = 50_000_000
const MAX_GAPS_PER_CELL = 100

export class Grid {
  readonly #sheet: string
  readonly #width: number
  readonly #blank: readonly null[]
  #gaps = 0
  #cells = 0

  /** @param width how many columns the header has */
  constructor(sheet: string, width: number) {
    this.#sheet = sheet
    this.#width = width
    this.#blank = new Array<null>(width).fill(null)
  }

  /** The row with a cell for each column of the header; undefined for a blank one. */
  row({ line, cells, problems }: SheetRow): SourceRow | undefined {
    const all: SourceCell[] = this.#blank.slice()
    const beyond = cells.filter(({ column, cell }) => {
      if (column <= this.#width) all[column - 1] = cell
      return column > this.#width && !looksEmpty(cell)
    })
    const found = [...problems]
    if (beyond[0] !== undefined) found.push(this.#beyond(beyond[0], line))
    const isBlank = found.length === 0 && !cells.some(({ column }) => column <= this.#width)
    if (isBlank) return undefined
    this.#count(cells.length)
    if (found.length === 0) return { line, cells: all }
    const problem = new InvalidInputError(found.join('; '), { hint: ROW_HINT })
    return { line, cells: [...all, ...beyond.map(({ cell }) => cell)], problem }
  }

  #count(cells: number): void {
    this.#cells += cells
    this.#gaps += Math.max(0, this.#width - cells)
    if (this.#gaps <= MAX_GAPS || this.#gaps <= this.#cells * MAX_GAPS_PER_CELL) return
    throw new InvalidInputError(
      `the header of the sheet "${this.#sheet}" has ${this.#width} columns, but its rows are nearly empty`,
      { hint: 'Delete the columns that hold nothing, or save the sheet as CSV.' },
    )
  }

  #beyond({ column, cell }: { column: number; cell: SourceCell }, line: number): string {
    const value = typeof cell === 'string' ? `"${shorten(cell)}"` : 'a value'
    const last = columnLetters(this.#width)
    return `${sheetPrefix(this.#sheet)}${cellName(column, line)} holds ${value}, and the header ends at column ${last}`
  }
}

const ROW_HINT =
  'Fix the row in a spreadsheet program: empty that cell, or give its column a title.'

/** Whether a cell is empty, or holds invisible characters only. */
function looksEmpty(cell: SourceCell): boolean {
  if (cell === null) return true
  return typeof cell === 'string' && INVISIBLE.test(cell)
}

const INVISIBLE = /^[\s\u00ad\u180e\u200b-\u200f\u2028-\u202f\u2060-\u2064\ufeff]*$/
