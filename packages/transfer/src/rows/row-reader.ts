/** From a row of the file to the values of a record. */
import {
  ChatlayerError,
  InvalidInputError,
  type Table,
  type Value,
  type Values,
} from '@chatlayer-tables/core'
import {
  type CellReader,
  cellReader,
  DecimalEvidence,
  type InputKind,
  type RowPlace,
  type Source,
  type SourceCell,
  type SourceRow,
} from '@chatlayer-tables/files'
import { type MatchedColumn, matchColumns, untitledEnd } from './columns.ts'
import type { ReadingSettings } from './reading-settings.ts'

export type RowErrors = readonly [ChatlayerError, ...ChatlayerError[]]

/** A row with its number, from 1, and what it comes to. */
export type ReadRow = { readonly n: number; readonly row: SourceRow } & (
  | { readonly values: Values; readonly errors?: undefined }
  | {
      readonly values?: undefined
      /** All that keeps the row from being read. */
      readonly errors: RowErrors
      /** What could be read of it. */
      readonly readable: Values
    }
)

export class RowReader {
  /** The columns that the file fills. */
  readonly columns: readonly MatchedColumn[]
  readonly #source: Source
  readonly #readCell: CellReader
  readonly #decimal: ReadingSettings['decimal']
  readonly #untitled: readonly number[]

  /**
   * @param readCell in place of the reader that the settings make
   * @throws InvalidInputError when the file's columns do not fit the table, or a setting is none
   */
  constructor(source: Source, table: Table, settings: ReadingSettings, readCell?: CellReader) {
    this.#source = source
    this.#readCell = readCell ?? cellReader(settings)
    this.#decimal = settings.decimal
    this.columns = matchColumns(source.header, table, settings, source.inputKind)
    this.#untitled = untitledEnd(source.header, settings)
  }

  /** What the input is called. */
  get inputKind(): InputKind {
    return this.#source.inputKind
  }

  /** What the place of a row is called. */
  get place(): RowPlace {
    return this.#source.place
  }

  /** All rows of the file. Throws InvalidInputError where it stops being readable. */
  rows(): AsyncGenerator<ReadRow, void, undefined> {
    return this.#rows(undefined)
  }

  /**
   * All rows, where they are read before anything is written.
   *
   * @throws InvalidInputError as {@link rows} does, and after the last row where numbers of the file can
   *   be read in two ways
   */
  rowsOfCertainNumbers(): AsyncGenerator<ReadRow, void, undefined> {
    return this.#rows(new DecimalEvidence(this.#decimal, this.#source))
  }

  /** One generator for both: each one between the file and the request costs every row. */
  async *#rows(evidence: DecimalEvidence | undefined): AsyncGenerator<ReadRow, void, undefined> {
    const numbers = this.columns.filter(({ type }) => type === 'int' || type === 'numeric')
    let n = 0
    for await (const row of this.#source.rows) {
      n++
      const item = this.#read(n, row)
      if (evidence !== undefined) {
        for (const { index, name, type } of numbers) {
          const text = textOf(row.cells[index] ?? null)
          if (text !== undefined) evidence.note(name, type as 'int' | 'numeric', text, row.line)
        }
      }
      yield item
    }
    const problem = evidence?.problem()
    if (problem !== undefined) throw problem
  }

  #read(n: number, row: SourceRow): ReadRow {
    const shape = this.#shapeProblem(row)
    if (shape !== undefined) return { n, row, errors: [shape], readable: {} }
    const values: Values = {}
    let errors: [ChatlayerError, ...ChatlayerError[]] | undefined
    for (const column of this.columns) {
      try {
        setOwn(values, column.name, this.#valueOf(row, column))
      } catch (error) {
        if (!(error instanceof ChatlayerError)) throw error
        if (errors === undefined) errors = [error]
        else errors.push(error)
      }
    }
    return errors === undefined ? { n, row, values } : { n, row, errors, readable: values }
  }

  #valueOf({ cells }: SourceRow, { index, type, place }: MatchedColumn): Value {
    return this.#readCell(cells[index] ?? null, type, place)
  }

  #shapeProblem({ cells, problem }: SourceRow): ChatlayerError | undefined {
    if (problem !== undefined) return problem
    const expected = this.#source.header.length
    if (cells.length !== expected) {
      return new InvalidInputError(
        `the row has ${cells.length} ${cells.length === 1 ? 'cell' : 'cells'}, the header ${expected}`,
        {
          hint: 'Put cells that hold a delimiter in quotes, and keep the delimiters of empty ones.',
        },
      )
    }
    const filled = this.#untitled.find((index) => !isBlank(cells[index] ?? null))
    if (filled === undefined) return undefined
    return new InvalidInputError(`column ${filled + 1} has a value but no title`, {
      hint: `Put cells that hold a delimiter in quotes, give the column a title, or ignore "column ${filled + 1}".`,
    })
  }
}

/** The text of a cell, where it is one and not a number already. */
function textOf(cell: SourceCell): string | undefined {
  if (cell === null || typeof cell === 'string') return cell ?? undefined
  return typeof cell.json === 'string' ? cell.json : undefined
}

function isBlank(cell: SourceCell): boolean {
  return cell === null || (typeof cell === 'string' && cell.trim() === '')
}

/** Assigning `__proto__` would set the prototype in place of a property. */
function setOwn(values: Values, name: string, value: Value): void {
  if (name !== '__proto__') values[name] = value
  else
    Object.defineProperty(values, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    })
}
