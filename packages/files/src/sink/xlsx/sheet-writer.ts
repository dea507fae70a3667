/** A workbook of one sheet, row by row, as a stream. */
import { InvalidInputError } from '@chatlayer-tables/core'
import { columnLetters } from '../../source/xlsx/places.ts'
import { ZipTooLarge, ZipWriter } from '../../zip/zip-writer.ts'
import type { Output } from '../output.ts'
import { nullRowCell } from './cells.ts'
import { partsOf, SHEET_PATH, SHEET_START, sheetEnd } from './parts.ts'

export const OTHER_FORMATS = 'Export as CSV or NDJSON, which have no such limit.'

export class SheetWriter {
  readonly #zip: ZipWriter
  readonly #name: string
  readonly #letters: string[] = []
  #isBegun = false
  #rows = 0

  /** @param name of the sheet */
  constructor(output: Output, name = 'Records') {
    this.#zip = new ZipWriter(output)
    this.#name = name
  }

  /** Rows so far. */
  get rows(): number {
    return this.#rows
  }

  /** The reference of a cell of the next row, such as `B2`; columns count from 0. */
  place(column: number): string {
    const letters = this.#letters[column] ?? columnLetters(column + 1)
    this.#letters[column] = letters
    return `${letters}${this.#rows + 1}`
  }

  /** The markup of the next row, which is to be written in its turn. @param cells the markup of its cells */
  row(cells: string): string {
    const line = ++this.#rows
    // A row without any value would be read as one that was left blank.
    return `<row r="${line}">${cells === '' ? nullRowCell(`A${line}`) : cells}</row>`
  }

  /** @throws InvalidInputError where the file becomes too large */
  async write(rows: string): Promise<void> {
    if (!this.#isBegun) await this.#begin()
    await this.#put(rows)
  }

  /** Writes what ends the file. */
  async end(columns: number): Promise<void> {
    const last = columnLetters(Math.max(1, columns))
    await this.write(sheetEnd(`A1:${last}${this.#rows}`))
    await this.#zip.finish()
    await this.#zip.end()
  }

  async #begin(): Promise<void> {
    this.#isBegun = true
    for (const [path, text] of partsOf(this.#name)) {
      await this.#zip.begin(path)
      await this.#zip.write(text)
      await this.#zip.finish()
    }
    await this.#zip.begin(SHEET_PATH)
    await this.#put(SHEET_START)
  }

  async #put(text: string): Promise<void> {
    try {
      await this.#zip.write(text)
    } catch (error) {
      if (!(error instanceof ZipTooLarge)) throw error
      throw new InvalidInputError('an XLSX file holds 4 GiB', { hint: OTHER_FORMATS })
    }
  }
}
