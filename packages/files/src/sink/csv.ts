/** CSV and TSV as RFC 4180 has them, but for the line end, which is `\n`. */
import type { Value, Values } from '@chatlayer-tables/core'
import { valueToCell } from '../values/write-cell.ts'
import { formulaGuard, NUMBER } from './formulas.ts'
import type { Output } from './output.ts'
import type { Sink, SinkColumn } from './sink.ts'

/**
 * A line of CSV, its end included. Null is an empty cell, the empty string an empty cell in quotes;
 * so a reader can distinguish them.
 *
 * @param odd matches further cells to quote
 */
export function csvLine(
  cells: readonly (string | null)[],
  delimiter = ',',
  odd = ODD_CELL,
): string {
  // A header of one name does not show the delimiter.
  const quotes = cells.length === 1 ? SPLIT_CELL : odd
  let line = ''
  for (const [index, cell] of cells.entries()) {
    if (index > 0) line += delimiter
    if (cell === null) continue
    line += cell === '' || cell.includes(delimiter) || quotes.test(cell) ? quoted(cell) : cell
  }
  return `${line}\n`
}

/** Includes a character that the reader would take for the mark of a joined file. */
const ODD_CELL = /["\r\n]|^\ufeff/

/** Includes delimiters at which a program with another setting would split. */
const SPLIT_CELL = /[",;\t|\r\n]|^\ufeff/

function quoted(cell: string): string {
  return `"${cell.replaceAll('"', '""')}"`
}

/**
 * The first line of a file, from which a reader detects the format: names are quoted that could be
 * taken for JSON, for a byte order mark, for a `sep=` line, or for several columns.
 */
export function csvHeader(names: readonly (string | null)[], delimiter = ','): string {
  const isOdd = (name: string): boolean => name.includes(delimiter) || ODD_NAME.test(name)
  const cells = names.map((name) => (name !== null && isOdd(name) ? quoted(name) : name))
  return `${cells.join(delimiter)}\n`
}

const ODD_NAME = /^$|^sep=|^\ufeff|^\s*[[{]|[",;\t|\r\n]/i

/** The delimiters that a reader finds by content. */
const COMMON_DELIMITERS = [',', ';', '\t', '|']

/** A line that sets the delimiter, for delimiters that a reader does not detect; otherwise empty. */
export function separatorLine(delimiter: string): string {
  return COMMON_DELIMITERS.includes(delimiter) ? '' : `sep=${delimiter}\n`
}

export interface CsvOptions {
  readonly delimiter: string
  /** Before the fraction of the numbers of `int` and `numeric` columns. */
  readonly decimal: '.' | ','
  readonly safeFormulas: boolean
  /** Whether the file begins with a byte order mark, by which spreadsheets know UTF-8. */
  readonly bom: boolean
}

export class CsvSink implements Sink {
  readonly #columns: readonly SinkColumn[]
  readonly #output: Output
  readonly #options: CsvOptions
  readonly #guard: (cell: string) => string
  #begun = false
  #guarded = 0

  constructor(columns: readonly SinkColumn[], output: Output, options: CsvOptions) {
    this.#columns = columns
    this.#output = output
    this.#options = options
    this.#guard = options.safeFormulas ? formulaGuard(options.delimiter) : (cell) => cell
  }

  get guarded(): number {
    return this.#guarded
  }

  async write(records: readonly Values[]): Promise<void> {
    const { delimiter, safeFormulas } = this.#options
    const odd = safeFormulas ? SPLIT_CELL : ODD_CELL
    const lines = records.map((values) => {
      const cells = this.#columns.map(({ name, type }) => this.#cell(values[name], type))
      return csvLine(cells, delimiter, odd)
    })
    await this.#output.write(this.#head() + lines.join(''))
  }

  async end(): Promise<void> {
    await this.#output.write(this.#head())
  }

  #cell(value: Value | undefined, type: SinkColumn['type']): string | null {
    const cell = valueToCell(value, type)
    if (cell === null || type === 'bool' || type === 'uuid') return cell
    if ((type === 'int' || type === 'numeric' || type === 'jsonb') && NUMBER.test(cell)) {
      const isDecimal = type !== 'jsonb' && this.#options.decimal === ','
      return isDecimal ? cell.replace('.', ',') : cell
    }
    return this.#guarding(cell)
  }

  #head(): string {
    if (this.#begun) return ''
    this.#begun = true
    const { bom, delimiter } = this.#options
    const names = this.#columns.map(({ name }) => this.#guarding(name))
    return `${bom ? '\ufeff' : ''}${separatorLine(delimiter)}${csvHeader(names, delimiter)}`
  }

  #guarding(cell: string): string {
    const guarded = this.#guard(cell)
    if (guarded !== cell) this.#guarded += 1
    return guarded
  }
}
