/** Records into a file of any format, as a stream. */
import type { Writable } from 'node:stream'
import type { ColumnType } from '@chatlayer-tables/contract'
import type { Values } from '@chatlayer-tables/core'
import { checkedDelimiter } from '../source/csv-shape.ts'
import type { SourceFormat } from '../source/source.ts'
import { type CsvOptions, CsvSink } from './csv.ts'
import { JsonSink } from './json.ts'
import { Output } from './output.ts'
import { XlsxSink } from './xlsx/xlsx.ts'

export interface SinkColumn {
  readonly name: string
  /** undefined for a declared type that is none we know. */
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
  /** Ends waiting for a stream that is full. */
  readonly signal?: AbortSignal | undefined
}

export interface Sink {
  /** Writes records, and waits while the stream is full. Columns that a record lacks are null. */
  write(records: readonly Values[]): Promise<void>
  /** Writes what ends the file; the stream stays open. */
  end(): Promise<void>
  /** How many cells were changed under `safeFormulas`. */
  readonly guarded: number
}

/**
 * A writer of one file. What it writes reads back, through `openSource` and `cellReader`, as the same
 * values under the same column types; XLSX needs the types to tell text from numbers, too, and keeps
 * timestamps to the millisecond as dates in UTC.
 *
 * Memory does not grow with the records.
 *
 * @throws InvalidInputError for a delimiter that cannot be used, for more columns than XLSX has; `write` throws it for more records than
 *   XLSX has rows, and for text longer than its cells hold
 */
export function createSink(
  format: SourceFormat,
  columns: readonly SinkColumn[],
  out: Writable,
  options: SinkOptions = {},
): Sink {
  const output = new Output(out, options.signal)
  switch (format) {
    case 'csv':
      return new CsvSink(columns, output, csvOptions(options, ','))
    case 'tsv':
      return new CsvSink(columns, output, csvOptions(options, '\t'))
    case 'ndjson':
      return new JsonSink(columns, output, { before: '', between: '\n', after: '\n', empty: '' })
    case 'json':
      return new JsonSink(columns, output, {
        before: '[\n',
        between: ',\n',
        after: '\n]\n',
        empty: '[]\n',
      })
    case 'xlsx':
      return new XlsxSink(columns, output)
  }
}

function csvOptions(options: DelimitedOptions, delimiter: string): CsvOptions {
  const { safeFormulas = false, bom = false, decimal = '.' } = options
  return { safeFormulas, bom, decimal, delimiter: checkedDelimiter(options.delimiter ?? delimiter) }
}
