/** Records into a file of any format, as a stream. */
import type { Writable } from 'node:stream'
import type { ColumnType } from '@chatlayer-tables/contract'
import type { Values } from '@chatlayer-tables/core'
import type { FileShape, RowWriter } from '../formats/format.ts'
import type { FormatName } from '../formats/format-facts.ts'
import { FORMATS } from '../formats/formats.ts'
import { Output } from './output.ts'

export interface SinkColumn {
  readonly name: string
  /** undefined for an unknown declared type. */
  readonly type: ColumnType | undefined
}

/** How a CSV or TSV file is written; other formats need none of it. */
export interface DelimitedOptions {
  /**
   * Puts an apostrophe before text that a spreadsheet would take for a formula when it opens the file,
   * also inside a text that a program with another separator would split; such texts are in quotes
   * then. This changes the values. Numbers of `int`, `numeric` and `jsonb` columns stay numbers.
   */
  readonly safeFormulas?: boolean | undefined
  /** Begins the file with a byte order mark, by which spreadsheets know UTF-8. */
  readonly bom?: boolean | undefined
  /** Between cells, one character; a comma, or a tab in TSV, when omitted. */
  readonly delimiter?: string | undefined
  /** Before the fraction of numbers; a point when omitted. */
  readonly decimal?: '.' | ',' | undefined
}

export interface SinkOptions extends DelimitedOptions {
  /** Aborts waiting for a full stream. */
  readonly signal?: AbortSignal | undefined
}

export interface Sink {
  /** Writes records, and waits while the stream is full. Columns missing from a record are null. */
  write(records: readonly Values[]): Promise<void>
  /** Writes the end of the file; the stream stays open. */
  end(): Promise<void>
  /** How many cells were changed under `safeFormulas`. */
  readonly guarded: number
}

/**
 * A writer of one file. What it writes reads back, through `openSource` and `cellReader`, as the same
 * values under the same column types; XLSX needs the types to distinguish text from numbers, and keeps
 * timestamps to the millisecond as dates in UTC.
 *
 * Memory does not grow with the records.
 *
 * @throws InvalidInputError for an invalid delimiter, and for more columns than XLSX has; `write` throws
 *   it for more records than XLSX has rows, and for text that is too long for its cells
 */
export function createSink(
  format: FormatName,
  columns: readonly SinkColumn[],
  out: Writable,
  options: SinkOptions = {},
): Sink {
  return FORMATS[format].createSink(columns, new Output(out, options.signal), options)
}

/**
 * A writer of rows that were read from a file, into a file of the same format: the settings that read
 * the one read the other, to the same values.
 */
export function createRowWriter(shape: FileShape, output: Output): RowWriter {
  return FORMATS[shape.format].createRowWriter(shape, output)
}
