/** An XLSX workbook of one sheet, as a stream. */
import { InvalidInputError, type Values } from '@chatlayer-tables/core'
import { columnLetters, MAX_COLUMNS, MAX_ROWS } from '../../source/xlsx/places.ts'
import { ZipTooLarge, ZipWriter } from '../../zip/zip-writer.ts'
import type { Output } from '../output.ts'
import type { Sink, SinkColumn } from '../sink.ts'
import { cellMarkup, LONGEST_TEXT, nullRowCell, textCell } from './cells.ts'
import { PARTS, SHEET_PATH, SHEET_START, sheetEnd } from './parts.ts'

const OTHER_FORMATS = 'Export as CSV or NDJSON, which have no such limit.'

/**
 * Text is written as such, so that no program takes it for a number, a date or a formula. Numbers
 * that a spreadsheet would cut to fifteen digits, and timestamps that it has no date for, are text.
 */
export class XlsxSink implements Sink {
  readonly #columns: readonly (SinkColumn & { readonly letters: string })[]
  readonly #zip: ZipWriter
  #rows = 0
  readonly guarded = 0

  constructor(columns: readonly SinkColumn[], output: Output) {
    if (columns.length > MAX_COLUMNS) {
      throw new InvalidInputError(
        `an XLSX sheet holds ${MAX_COLUMNS.toLocaleString('en-US')} columns, not ${columns.length}`,
        { hint: OTHER_FORMATS },
      )
    }
    this.#columns = columns.map((column, index) => ({
      ...column,
      letters: columnLetters(index + 1),
    }))
    this.#zip = new ZipWriter(output)
  }

  async write(records: readonly Values[]): Promise<void> {
    await this.#begin()
    if (this.#rows + records.length > MAX_ROWS) {
      throw new InvalidInputError(
        `an XLSX sheet holds ${(MAX_ROWS - 1).toLocaleString('en-US')} records and its header`,
        { hint: OTHER_FORMATS },
      )
    }
    await this.#put(records.map((values) => this.#row(values)).join(''))
  }

  async end(): Promise<void> {
    await this.#begin()
    const last = this.#columns.at(-1)?.letters ?? 'A'
    await this.#put(sheetEnd(`A1:${last}${this.#rows}`))
    await this.#zip.finish()
    await this.#zip.end()
  }

  async #begin(): Promise<void> {
    if (this.#rows > 0) return
    for (const [path, text] of PARTS) {
      await this.#zip.begin(path)
      await this.#zip.write(text)
      await this.#zip.finish()
    }
    await this.#zip.begin(SHEET_PATH)
    this.#rows = 1
    const names = this.#columns.map(({ letters, name }) => textCell(`${letters}1`, name))
    await this.#put(`${SHEET_START}<row r="1">${names.join('')}</row>`)
  }

  async #put(text: string): Promise<void> {
    try {
      await this.#zip.write(text)
    } catch (error) {
      if (!(error instanceof ZipTooLarge)) throw error
      throw new InvalidInputError('an XLSX file holds 4 GiB', { hint: OTHER_FORMATS })
    }
  }

  #row(values: Values): string {
    const line = ++this.#rows
    let cells = ''
    for (const { name, type, letters } of this.#columns) {
      const markup = cellMarkup(`${letters}${line}`, values[name], type)
      if (markup === undefined) {
        const most = LONGEST_TEXT.toLocaleString('en-US')
        throw new InvalidInputError(
          `"${name}" of record ${line - 1} is longer than the ${most} characters of an XLSX cell`,
          { field: name, hint: OTHER_FORMATS },
        )
      }
      cells += markup
    }
    // A row without any value would be read as one that was left blank.
    return `<row r="${line}">${cells === '' ? nullRowCell(`A${line}`) : cells}</row>`
  }
}
