/** What every format is read as: a header, and rows of cells with the place where they stand. */
import type { InvalidInputError, JsonValue } from '@chatlayer-tables/core'

export const SOURCE_FORMATS = ['csv', 'tsv', 'ndjson', 'json', 'xlsx'] as const

export type SourceFormat = (typeof SOURCE_FORMATS)[number]

/** A cell of a format that has types of its own: everything in JSON, what is no text in a spreadsheet. */
export interface TypedCell {
  readonly json: JsonValue | Date
  /**
   * Why this is not the value that somebody put there, such as a spreadsheet's `#N/A`; reading it as
   * a value throws then.
   */
  readonly trouble?: string
  /** What to do about the trouble, where it is not mended in a spreadsheet. */
  readonly fix?: string
  /**
   * What a spreadsheet shows for a number, where that is not its own text, such as `00501` for 501;
   * or why this cannot be determined. A text column takes it in place of the number, whether there is
   * `trouble` or not.
   */
  readonly shown?: string | { readonly unknown: string } | undefined
}

/**
 * A cell: `null` where nothing stands (an empty cell without quotes, JSON null, a key left out), a
 * text where the format has text alone, else a typed value. Text of a spreadsheet is a text, since it
 * may be the text of any type; text in JSON is typed, since it is text and nothing else.
 */
export type SourceCell = null | string | TypedCell

export interface SourceRow {
  /** Where the row begins: the line of a text file or NDJSON, the row of a sheet, the item of a JSON list; from 1. */
  readonly line: number
  /** In the order of the header. A ragged row has more or fewer. */
  readonly cells: readonly SourceCell[]
  /**
   * Why this row cannot be taken as it was read, where that is so: it has a key that the header
   * lacks. Its cells are more than the header has then.
   */
  readonly trouble?: InvalidInputError
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
  /**
   * What was found out of the file, in words: encoding, delimiter, sheet. Passed-over lines are told
   * at its end, once the rows are read.
   */
  readonly notes: readonly string[]
  /** What stands between the cells; of CSV and TSV alone. */
  readonly delimiter?: string | undefined
  /** Whether this is text in UTF-8 without a byte order mark. */
  readonly isPlainUtf8: boolean
  /** Lets go of the file. Reading the rows to their end, or ending their loop, does so too. */
  close(): Promise<void>
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

/** Where a source comes from: a file, or bytes with a name that tells their format (`-` has none). */
export type SourceInput =
  | {
      readonly path: string
      /** Takes the bytes of the file as they are read, in order; of XLSX it may take none. */
      readonly onBytes?: ((bytes: Uint8Array) => void) | undefined
    }
  | { readonly stream: AsyncIterable<Uint8Array>; readonly name?: string | undefined }

/** What a reader of one format gives; the rest of a {@link Source} is the same for all. */
export interface Table {
  readonly header: readonly (string | null)[]
  readonly rows: AsyncGenerator<SourceRow, void, undefined>
}

/** The name of a column as it stands in a header. */
export function headerName(text: string | null): string | null {
  return text === null || text.trim() === '' ? null : text
}

/** The name of a column without a title, or with a title that it shares with another. */
export function placeName(index: number): string {
  return `column ${index + 1}`
}
