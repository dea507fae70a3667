/** Prints records on stdout: for a terminal or for a program. Memory use does not grow with their number. */
import { type ColumnType, columnTypeOf } from '@chatlayer-tables/contract'
import { stringifyJson, type Table, type TableRecord, type Value } from '@chatlayer-tables/core'
import { printable } from '../printable.ts'
import { rich } from './styled.ts'
import { TextTable } from './text-table.ts'
import { displayValue, isNumeric, tsvField } from './values.ts'
import type { Writer } from './writer.ts'

/** Number of records that determine the column widths on a terminal. */
const MEASURED_ROWS = 200

/** Accepts rows of named columns. */
export interface RowSink {
  row(values: readonly Value[]): Promise<void>
  /** Writes buffered rows. */
  end(): Promise<void>
  /** Columns that did not fit on the terminal; known after the rows are written. */
  readonly hidden: readonly string[]
}

export interface SinkColumn {
  readonly name: string
  readonly type?: ColumnType | undefined
  /** Whether cells must not be cut; IDs never are. */
  readonly isWhole?: boolean
}

/** Writes an aligned table on a terminal, a header and tab-separated lines elsewhere. */
export function rowSink(writer: Writer, columns: readonly SinkColumn[]): RowSink {
  return writer.isTerminal ? new TerminalRows(writer, columns) : new TsvRows(writer, columns)
}

class TsvRows implements RowSink {
  readonly hidden: readonly string[] = []
  readonly #writer: Writer
  readonly #columns: readonly SinkColumn[]
  #begun = false

  constructor(writer: Writer, columns: readonly SinkColumn[]) {
    this.#writer = writer
    this.#columns = columns
  }

  async row(values: readonly Value[]): Promise<void> {
    await this.#begin()
    await this.#writer.write(tsvLine(values))
  }

  async end(): Promise<void> {
    await this.#begin()
  }

  async #begin(): Promise<void> {
    if (this.#begun) return
    this.#begun = true
    await this.#writer.write(tsvLine(this.#columns.map(({ name }) => name)))
  }
}

function tsvLine(values: readonly Value[]): string {
  return `${values.map(tsvField).join('\t')}\n`
}

class TerminalRows implements RowSink {
  readonly #writer: Writer
  readonly #columns: readonly SinkColumn[]
  readonly #table: TextTable
  #held: (readonly Value[])[] | undefined = []
  hidden: readonly string[] = []

  constructor(writer: Writer, columns: readonly SinkColumn[]) {
    this.#writer = writer
    this.#columns = columns
    const whole = columns.flatMap(({ name, type, isWhole }, index) =>
      (isWhole ?? (name === 'id' && type === undefined)) ? [index] : [],
    )
    this.#table = new TextTable(columns.length, whole)
  }

  async row(values: readonly Value[]): Promise<void> {
    if (this.#held === undefined) return this.#write(values)
    this.#held.push(values)
    if (this.#held.length >= MEASURED_ROWS) await this.end()
  }

  async end(): Promise<void> {
    if (this.#held === undefined) return
    const held = this.#held
    this.#held = undefined
    const header = this.#columns.map(({ name, type }) => ({
      text: printable(name),
      right: type === 'int' || type === 'numeric',
      style: 'bold' as const,
    }))
    this.#table.widen(header)
    for (const values of held) this.#table.widen(this.#cells(values))
    const fitting = this.#table.fit(this.#writer.width)
    this.hidden = this.#columns.slice(fitting).map(({ name }) => name)
    await this.#writer.write(rich`${this.#table.line(header)}\n`)
    for (const values of held) await this.#write(values)
  }

  async #write(values: readonly Value[]): Promise<void> {
    await this.#writer.write(rich`${this.#table.line(this.#cells(values))}\n`)
  }

  #cells(values: readonly Value[]) {
    return values.map((value, index) => ({
      text: displayValue(value),
      right: isNumeric(value, this.#columns[index]?.type),
      style: value === null ? ('dim' as const) : undefined,
    }))
  }
}

/** Writes a JSON list with one value per line. */
export class JsonList {
  readonly #writer: Writer
  #count = 0

  constructor(writer: Writer) {
    this.#writer = writer
  }

  async item(value: unknown): Promise<void> {
    await this.#writer.write(`${this.#count++ === 0 ? '[' : ','}\n  ${stringifyJson(value)}`)
  }

  async end(): Promise<void> {
    await this.#writer.write(this.#count === 0 ? '[]\n' : '\n]\n')
  }
}

/** The columns to show: the record ID first, then the selected columns. */
export function recordColumns(table: Table, select: readonly string[] | undefined): SinkColumn[] {
  const names = select ?? table.columns.map(({ name }) => name)
  return [
    { name: 'id' },
    ...names.map((name) => {
      const declared = table.columns.find((column) => column.name === name)?.type
      return { name, type: declared === undefined ? undefined : columnTypeOf(declared) }
    }),
  ]
}

/** The values of a record in the order of `columns`, its ID first. */
export function recordRow(record: TableRecord, columns: readonly SinkColumn[]): Value[] {
  return [record.id, ...columns.slice(1).map(({ name }) => record.values[name] ?? null)]
}
