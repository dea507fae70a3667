/** An XLSX workbook of one sheet, as a stream. */
import { InvalidInputError, type Values } from '@chatlayer-tables/core'
import { MAX_COLUMNS, MAX_ROWS } from '../../source/xlsx/places.ts'
import type { Output } from '../output.ts'
import type { Sink, SinkColumn } from '../sink.ts'
import { cellMarkup, MAX_TEXT_LENGTH, textCell } from './cells.ts'
import { OTHER_FORMATS, SheetWriter } from './sheet-writer.ts'

/**
 * Text is written as such, so that no program takes it for a number, a date or a formula. Numbers
 * that a spreadsheet would cut to fifteen digits, and timestamps that it has no date for, are text.
 */
export class XlsxSink implements Sink {
  readonly #columns: readonly SinkColumn[]
  readonly #sheet: SheetWriter
  readonly guarded = 0

  constructor(columns: readonly SinkColumn[], output: Output) {
    if (columns.length > MAX_COLUMNS) {
      throw new InvalidInputError(
        `an XLSX sheet holds ${MAX_COLUMNS.toLocaleString('en-US')} columns, not ${columns.length}`,
        { hint: OTHER_FORMATS },
      )
    }
    this.#columns = columns
    this.#sheet = new SheetWriter(output)
  }

  async write(records: readonly Values[]): Promise<void> {
    const head = this.#head()
    if (this.#sheet.rows + records.length > MAX_ROWS) {
      throw new InvalidInputError(
        `an XLSX sheet holds ${(MAX_ROWS - 1).toLocaleString('en-US')} records and its header`,
        { hint: OTHER_FORMATS },
      )
    }
    await this.#sheet.write(head + records.map((values) => this.#row(values)).join(''))
  }

  async end(): Promise<void> {
    await this.#sheet.write(this.#head())
    await this.#sheet.end(this.#columns.length)
  }

  #head(): string {
    if (this.#sheet.rows > 0) return ''
    const names = this.#columns.map(({ name }, index) => textCell(this.#sheet.place(index), name))
    return this.#sheet.row(names.join(''))
  }

  #row(values: Values): string {
    const cells = this.#columns.map(({ name, type }, index) => {
      const markup = cellMarkup(this.#sheet.place(index), values[name], type)
      if (markup !== undefined) return markup
      const most = MAX_TEXT_LENGTH.toLocaleString('en-US')
      throw new InvalidInputError(
        `"${name}" of record ${this.#sheet.rows} is longer than the ${most} characters of an XLSX cell`,
        { field: name, hint: OTHER_FORMATS },
      )
    })
    return this.#sheet.row(cells.join(''))
  }
}
