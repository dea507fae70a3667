/** CSV and TSV as RFC 4180 has them, but for the line end, which is `\n`. */
import type { Values } from '@chatlayer-tables/core'
import { valueToCell } from '../values/write-cell.ts'
import type { Output } from './output.ts'
import type { Sink, SinkColumn } from './sink.ts'

/**
 * A line of CSV, its end included. Null is an empty cell, the empty string an empty cell in quotes;
 * so reading tells them apart.
 */
export function csvLine(cells: readonly (string | null)[], delimiter = ','): string {
  let line = ''
  for (const [index, cell] of cells.entries()) {
    if (index > 0) line += delimiter
    if (cell === null) continue
    line += cell === '' || cell.includes(delimiter) || NEEDS_QUOTES.test(cell) ? quoted(cell) : cell
  }
  return `${line}\n`
}

const NEEDS_QUOTES = /["\r\n]/

function quoted(cell: string): string {
  return `"${cell.replaceAll('"', '""')}"`
}

/**
 * The first line of a file, from which its reader tells the format: names are quoted that could be
 * taken for JSON, for a byte order mark, for a `sep=` line, or for several columns.
 */
export function csvHeader(names: readonly (string | null)[], delimiter = ','): string {
  const cells = names.map((name) => (name !== null && ODD_NAME.test(name) ? quoted(name) : name))
  return `${cells.join(delimiter)}\n`
}

const ODD_NAME = /^$|^sep=|^\ufeff|^\s*[[{]|[",;\t|\r\n]/i

/** What a spreadsheet takes for the beginning of a formula, or passes over before one. */
const FORMULA = /^[=+\-@\t\r]/

export class CsvSink implements Sink {
  readonly #columns: readonly (SinkColumn & { readonly guarded: boolean })[]
  readonly #output: Output
  readonly #delimiter: string
  #begun = false
  #guarded = 0

  constructor(
    columns: readonly SinkColumn[],
    output: Output,
    delimiter: string,
    safeFormulas: boolean,
  ) {
    this.#columns = columns.map(({ name, type }) => ({
      name,
      type,
      guarded: safeFormulas && mayHoldFormula(type),
    }))
    this.#output = output
    this.#delimiter = delimiter
  }

  get guarded(): number {
    return this.#guarded
  }

  async write(records: readonly Values[]): Promise<void> {
    const lines = records.map((values) => {
      const cells = this.#columns.map(({ name, type, guarded }) => {
        const cell = valueToCell(values[name], type)
        return guarded && cell !== null ? this.#guard(cell) : cell
      })
      return csvLine(cells, this.#delimiter)
    })
    await this.#output.write(this.#head() + lines.join(''))
  }

  async end(): Promise<void> {
    await this.#output.write(this.#head())
  }

  #head(): string {
    if (this.#begun) return ''
    this.#begun = true
    const names = this.#columns.map(({ name }) => name)
    return csvHeader(names, this.#delimiter)
  }

  #guard(cell: string): string {
    if (!FORMULA.test(cell)) return cell
    this.#guarded += 1
    return `'${cell}`
  }
}

/** Values of the other types begin with `-` at most, and are numbers then. */
function mayHoldFormula(type: SinkColumn['type']): boolean {
  return type === undefined || type === 'text' || type === 'jsonb'
}
