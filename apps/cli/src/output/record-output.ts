/** Prints records on stdout: for a terminal or for a program. Memory use does not grow with their number. */
import { type ColumnType, columnTypeOf, type RecordField } from '@chatlayer-tables/contract'
import { stringifyJson, type Table, type TableRecord, type Value } from '@chatlayer-tables/core'
import type { Field } from '../where.ts'
import { TerminalRows } from './terminal-rows.ts'
import { tsvField } from './values.ts'
import type { Writer } from './writer.ts'

/** Accepts rows of named columns. */
export interface RowSink {
  row(values: readonly Value[]): Promise<void>
  /** Writes buffered rows. */
  end(): Promise<void>
  /** Columns that did not fit on the terminal; known after the rows are written. */
  readonly hidden: readonly HiddenColumn[]
}

export interface HiddenColumn {
  readonly name: string
  readonly role: SinkColumn['role']
}

export interface SinkColumn {
  readonly name: string
  readonly type?: ColumnType | undefined
  /** A column that gives way to data on a narrow terminal (default: `id` without a type is an ID). */
  readonly role?: 'id' | 'time' | undefined
}

/** Writes a table for the eye on a terminal, a header and tab-separated lines elsewhere. */
export function rowSink(writer: Writer, columns: readonly SinkColumn[]): RowSink {
  return writer.isTerminal || writer.view.vertical
    ? new TerminalRows(writer, columns)
    : new TsvRows(writer, columns)
}

class TsvRows implements RowSink {
  readonly hidden: readonly HiddenColumn[] = []
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

/** A column of records: one of the table, or a field of the record. */
export interface RecordColumn extends SinkColumn {
  readonly meta?: RecordField | undefined
  /** Column name in formats that require unique names. */
  readonly title?: string | undefined
}

/**
 * The columns to show: the selected fields, default all columns of the table. The record ID comes first
 * unless it is among the selected fields.
 *
 * @param titles of the record's fields, for formats that require unique names
 */
export function recordColumns(
  table: Table,
  select?: readonly Field[],
  titles: ReadonlyMap<RecordField, string> = new Map(),
): RecordColumn[] {
  const fields = select ?? table.columns.map(({ name }): Field => ({ column: name }))
  const columns = fields.map((field): RecordColumn => {
    if ('column' in field) {
      const declared = table.columns.find(({ name }) => name === field.column)?.type
      return {
        name: field.column,
        type: declared === undefined ? undefined : columnTypeOf(declared),
      }
    }
    const { meta } = field
    return { name: meta, meta, title: titles.get(meta), type: meta === 'id' ? 'uuid' : 'timestamp' }
  })
  const hasId = columns.some(({ meta }) => meta === 'id')
  const id: RecordColumn = { name: 'id', meta: 'id', title: titles.get('id'), role: 'id' }
  return hasId ? columns : [id, ...columns]
}

/** The values of a record in the order of `columns`. */
export function recordRow(record: TableRecord, columns: readonly RecordColumn[]): Value[] {
  return columns.map(({ name, meta }) =>
    meta === undefined ? (record.values[name] ?? null) : record[meta] || null,
  )
}
