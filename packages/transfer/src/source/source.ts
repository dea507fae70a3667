/** What every format is read as: a header, and rows of cells with the place where they stand. */
import type { JsonValue } from '@chatlayer-tables/core'

export type SourceFormat = 'csv' | 'tsv' | 'ndjson' | 'json' | 'xlsx'

/** A cell of a format that has types of its own (JSON, a spreadsheet). */
export interface TypedCell {
  readonly json: JsonValue | Date
}

/**
 * A cell: `null` where nothing stands (an empty cell without quotes, JSON null, a key left out), a
 * text where the format has text alone, else a typed value.
 */
export type SourceCell = null | string | TypedCell

export interface SourceRow {
  /** Where the row begins: the line of a text file or NDJSON, the row of a sheet, the item of a JSON list; from 1. */
  readonly line: number
  /** In the order of the header. A ragged row has more or fewer. */
  readonly cells: readonly SourceCell[]
}

export interface Source {
  readonly format: SourceFormat
  /** The names of the columns as they stand; null for a blank one. */
  readonly header: readonly (string | null)[]
  /** Throws InvalidInputError where the file stops being readable, after the rows before that. */
  readonly rows: AsyncGenerator<SourceRow, void, undefined>
  /** Of the file as it lies on disk. */
  bytesRead(): number
  readonly bytesTotal: number | undefined
  /** What was found out of the file, in words: encoding, delimiter, sheet, passed-over lines. */
  readonly notes: readonly string[]
}

export interface SourceOptions {
  /** Told by content and name when left out. */
  readonly format?: SourceFormat | undefined
  /** An encoding's name as TextDecoder knows it; told by byte order mark and content when left out. */
  readonly encoding?: string | undefined
  /** One character; told by content when left out. */
  readonly delimiter?: string | undefined
  /** A sheet's name; the first when left out. */
  readonly sheet?: string | undefined
}
