/** From a row of the file to the values of a record. */
import { ChatlayerError, InvalidInputError, type Table, type Values } from '@chatlayer-tables/core'
import type { Source, SourceRow } from '../source/source.ts'
import { type CellReader, cellReader } from '../values/read-cell.ts'
import { type MatchedColumn, matchColumns } from './columns.ts'
import type { ReadingSettings } from './import-types.ts'

/** A row with its number, from 1, and what it comes to. */
export type ReadRow = { readonly n: number; readonly row: SourceRow } & (
  | { readonly values: Values; readonly error?: undefined }
  | { readonly values?: undefined; readonly error: ChatlayerError }
)

export class RowReader {
  /** The columns that the file fills. */
  readonly columns: readonly MatchedColumn[]
  readonly #source: Source
  readonly #readCell: CellReader

  /**
   * @param readCell in place of the reader that the settings make
   * @throws InvalidInputError when the file's columns do not fit the table, or a setting is none
   */
  constructor(source: Source, table: Table, settings: ReadingSettings, readCell?: CellReader) {
    this.#source = source
    this.#readCell = readCell ?? cellReader(settings)
    this.columns = matchColumns(source.header, table, settings)
  }

  /** All rows of the file. Throws InvalidInputError where it stops being readable. */
  async *rows(): AsyncGenerator<ReadRow, void, undefined> {
    let n = 0
    for await (const row of this.#source.rows) {
      n++
      yield this.#read(n, row)
    }
  }

  #read(n: number, row: SourceRow): ReadRow {
    try {
      return { n, row, values: this.#valuesOf(row) }
    } catch (error) {
      if (!(error instanceof ChatlayerError)) throw error
      return { n, row, error }
    }
  }

  #valuesOf({ cells, trouble }: SourceRow): Values {
    if (trouble !== undefined) throw trouble
    const expected = this.#source.header.length
    if (cells.length !== expected) {
      throw new InvalidInputError(
        `the row has ${cells.length} ${cells.length === 1 ? 'cell' : 'cells'}, the header ${expected}`,
        {
          hint: 'Put cells that hold a delimiter in quotes, and keep the delimiters of empty ones.',
        },
      )
    }
    const entries = this.columns.map(({ index, name, type, place }) => [
      name,
      this.#readCell(cells[index] ?? null, type, place),
    ])
    return Object.fromEntries(entries)
  }
}
