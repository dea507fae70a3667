/** The rows of a worksheet; ECMA-376 part 1, section 18.3.1. */
import { printable, shorten } from '../../values/cell-error.ts'
import type { SourceCell } from '../source.ts'
import { cellValue, type RawCell, type SheetContext } from './cell-value.ts'
import { cellName, MAX_COLUMNS, MAX_ROWS, readPlace, sheetPrefix } from './places.ts'
import { MAX_TEXT, TextParts, TOO_LONG } from './strings.ts'
import { type XmlAttributes, XmlError, type XmlHandler } from './xml.ts'

/** A row with the cells that are in the file, by their columns from 1, in their order. */
export interface SheetRow {
  readonly line: number
  readonly cells: readonly { readonly column: number; readonly cell: SourceCell }[]
  /** Problems of the row as a whole. */
  readonly problems: readonly string[]
}

const MAX_PROBLEMS = 3

/** The nesting depth of the elements of rows, cells and values. */
const ROW_DEPTH = 3
const CELL_DEPTH = 4
const VALUE_DEPTH = 5

/**
 * Takes the tags of a worksheet and collects its rows, without those that have no value in any cell.
 * An invalid row or cell does not stop reading: the row reports its problems.
 */
export class SheetReader implements XmlHandler {
  readonly #context: SheetContext
  readonly #prefix: string
  readonly #name: string
  readonly #inline = new TextParts()
  #rows: SheetRow[] = []
  #count = 0
  #depth = 0
  #isInData = false
  #lastLine = 0
  #row: OpenRow | undefined
  #cell: OpenCell | undefined
  /** How many groups of merged cells there are; known at the end. */
  merged = 0

  /** @param sheet its name, for messages */
  constructor(sheet: string, context: SheetContext) {
    this.#context = context
    this.#name = printable(sheet)
    this.#prefix = sheetPrefix(sheet)
  }

  /** The rows since the last call. */
  take(): SheetRow[] {
    const rows = this.#rows
    this.#rows = []
    return rows
  }

  open(name: string, attributes: XmlAttributes): void {
    this.#depth += 1
    switch (this.#depth) {
      case 1:
        return
      case 2:
        this.#isInData = name === 'sheetData'
        return
      case ROW_DEPTH:
        if (this.#isInData && name === 'row') this.#openRow(attributes)
        else if (name === 'mergeCell') this.merged += 1
        return
      case CELL_DEPTH:
        if (this.#row !== undefined && name === 'c') this.#openCell(this.#row, attributes)
        return
      case VALUE_DEPTH:
        if (this.#cell !== undefined) this.#openValue(this.#cell, name)
        return
      default:
        if (this.#cell?.inside === 'is') this.#inline.open(name)
        // An element within a value is invalid, and counts as another value.
        else if (this.#cell?.inside === 'v') this.#cell.values += 1
    }
  }

  text(text: string): void {
    const cell = this.#cell
    if (cell === undefined) return
    if (cell.inside === 'is') this.#inline.add(text)
    else if (cell.inside === 'v' && this.#depth === VALUE_DEPTH) {
      cell.value = (cell.value ?? '') + text
      if (cell.value.length > MAX_TEXT) throw new XmlError(TOO_LONG)
    }
  }

  close(): void {
    this.#depth -= 1
    const cell = this.#cell
    if (this.#depth === ROW_DEPTH - 1) this.#closeRow()
    else if (cell === undefined) return
    else if (this.#depth === CELL_DEPTH - 1) this.#closeCell(cell)
    else if (this.#depth === VALUE_DEPTH - 1) this.#closeValue(cell)
    else if (cell.inside === 'is') this.#inline.close()
  }

  #openRow(attributes: XmlAttributes): void {
    this.#count += 1
    if (this.#count > MAX_ROWS) throw new XmlError(TOO_MANY_ROWS)
    const number = attributes.get('r')
    this.#row = { line: this.#lastLine + 1, isNumbered: false, column: 0, cells: [], problems: [] }
    if (number !== undefined) this.#number(this.#row, number)
  }

  /** Takes the number of a row; in its place counts on from the last where it is not one. */
  #number(row: OpenRow, text: string): void {
    const line = /^\d{1,7}$/.test(text) ? Number(text) : 0
    if (line < 1 || line > MAX_ROWS) {
      const after = this.#lastLine === 0 ? 'the first row' : `the row after ${this.#lastLine}`
      report(row, () => `${after} of the sheet "${this.#name}" has the number "${shorten(text)}"`)
      return
    }
    row.line = line
    row.isNumbered = true
    if (line <= this.#lastLine) {
      report(
        row,
        () => `row ${line} of the sheet "${this.#name}" comes after row ${this.#lastLine}`,
      )
    }
  }

  #closeRow(): void {
    const row = this.#row
    if (row === undefined) return
    this.#row = undefined
    this.#lastLine = Math.max(this.#lastLine, row.line)
    const { line, cells, problems } = row
    if (cells.length > 0 || problems.length > 0) this.#rows.push({ line, cells, problems })
  }

  #openCell(row: OpenRow, attributes: XmlAttributes): void {
    this.#cell = {
      column: this.#columnOf(row, attributes.get('r')) ?? 0,
      type: attributes.get('t') ?? '',
      style: attributes.get('s'),
      value: undefined,
      text: undefined,
      inside: undefined,
      values: 0,
      texts: 0,
      hasText: false,
      hasFormula: false,
    }
  }

  /** The column of a cell; undefined where the cell has no place of its own in the row. */
  #columnOf(row: OpenRow, reference: string | undefined): number | undefined {
    const place =
      reference === undefined ? { column: row.column + 1, line: row.line } : readPlace(reference)
    if (place === undefined || place.column > MAX_COLUMNS) {
      report(
        row,
        () =>
          `a cell in row ${row.line} of the sheet "${this.#name}" has no valid place: "${shorten(reference ?? '')}"`,
      )
      return undefined
    }
    if (place.line !== row.line) {
      if (row.isNumbered || row.cells.length > 0 || place.line <= this.#lastLine) {
        report(row, () => `the cell ${this.#prefix}${reference} is in row ${row.line}`)
        return undefined
      }
      row.line = place.line
    }
    if (place.column <= row.column) {
      report(row, () => `the cell ${this.#prefix}${reference} comes twice or not in its order`)
      return undefined
    }
    row.column = place.column
    return place.column
  }

  #openValue(cell: OpenCell, name: string): void {
    if (name === 'f') cell.hasFormula = true
    if (name === 'v') {
      cell.inside = 'v'
      cell.values += 1
      cell.value = ''
    }
    if (name === 'is') {
      cell.inside = 'is'
      cell.texts += 1
      cell.hasText = true
      this.#inline.begin()
    }
  }

  #closeValue(cell: OpenCell): void {
    if (cell.inside === 'is') cell.text = this.#inline.end()
    cell.inside = undefined
  }

  #closeCell(cell: OpenCell): void {
    const row = this.#row
    this.#cell = undefined
    if (row === undefined || cell.column === 0) return
    if (cell.values > 1 || cell.texts > 1 || (cell.values > 0 && cell.texts > 0)) {
      const json = cell.value ?? cell.text ?? ''
      this.#place(row, cell, { json, problem: 'holds more than one value' })
      return
    }
    const read = cellValue(cell, this.#context)
    // An empty cell is kept only if an export marked a record without values with it.
    if (read !== null || cell.hasText || this.#marksRecord(cell)) this.#place(row, cell, read)
  }

  #place({ line, cells }: OpenRow, { column }: OpenCell, cell: SourceCell): void {
    if (cell === null || typeof cell === 'string' || cell.problem === undefined) {
      cells.push({ column, cell })
    } else {
      const problem = `${this.#prefix}${cellName(column, line)} ${cell.problem}`
      cells.push({ column, cell: { ...cell, problem } })
    }
  }

  #marksRecord({ style, value }: OpenCell): boolean {
    return (
      style !== undefined &&
      value === undefined &&
      this.#context.formats[Number(style)]?.marksRecord === true
    )
  }
}

const TOO_MANY_ROWS = `a sheet of it has more than ${MAX_ROWS.toLocaleString('en-US')} rows`

interface OpenRow {
  line: number
  isNumbered: boolean
  /** The last column that a cell took. */
  column: number
  readonly cells: { column: number; cell: SourceCell }[]
  readonly problems: string[]
}

/** A column of 0 is that of a cell without a place of its own. */
interface OpenCell extends RawCell {
  readonly column: number
  value: string | undefined
  text: string | undefined
  hasText: boolean
  hasFormula: boolean
  inside: 'v' | 'is' | undefined
  values: number
  texts: number
}

function report(row: OpenRow, problem: () => string): void {
  if (row.problems.length < MAX_PROBLEMS) row.problems.push(problem())
}
