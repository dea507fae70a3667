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

/** Also what the reader would take for the mark of a joined file. */
const NEEDS_QUOTES = /["\r\n]|^\ufeff/

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

/**
 * What a spreadsheet takes for the beginning of a formula, or passes over before one; the last four
 * are the wide forms that Japanese and Chinese versions take for the narrow ones.
 */
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/

/** What begins like one and is a number to every spreadsheet. */
const NUMBER = /^-\d+(?:\.\d+)?$/

export class CsvSink implements Sink {
  readonly #columns: readonly SinkColumn[]
  readonly #output: Output
  readonly #delimiter: string
  readonly #safeFormulas: boolean
  #begun = false
  #guarded = 0

  constructor(
    columns: readonly SinkColumn[],
    output: Output,
    delimiter: string,
    safeFormulas: boolean,
  ) {
    this.#columns = columns
    this.#output = output
    this.#delimiter = delimiter
    this.#safeFormulas = safeFormulas
  }

  get guarded(): number {
    return this.#guarded
  }

  async write(records: readonly Values[]): Promise<void> {
    const lines = records.map((values) => {
      const cells = this.#columns.map(({ name, type }) => {
        const cell = valueToCell(values[name], type)
        const isNumber = type === 'int' || type === 'numeric'
        return cell === null || (isNumber && NUMBER.test(cell)) ? cell : this.#guard(cell)
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
    const names = this.#columns.map(({ name }) => this.#guard(name))
    return csvHeader(names, this.#delimiter)
  }

  #guard(cell: string): string {
    if (!this.#safeFormulas || !FORMULA.test(cell)) return cell
    this.#guarded += 1
    return `'${cell}`
  }
}
