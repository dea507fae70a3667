/** The result of reading any format: a header, and rows of cells with their line. */
import type { FileHandle } from 'node:fs/promises'
import type { InvalidInputError, JsonValue } from '@chatlayer-tables/core'
import type { FormatName } from '../formats/format-facts.ts'

/** A cell of a format that has types of its own: everything in JSON, all but text in a spreadsheet. */
export interface TypedCell {
  readonly json: JsonValue | Date
  /**
   * Why this is not the value that the author entered, such as a spreadsheet's `#N/A`; reading it as a
   * value throws then.
   */
  readonly problem?: string
  /** How to fix the problem, when not in a spreadsheet program. */
  readonly fix?: string
  /**
   * The text that a spreadsheet shows for a number, if it differs from the number's own, such as `00501`
   * for 501; or why it cannot be determined. A text column takes it instead of the number, even when
   * there is a `problem`.
   */
  readonly shown?: string | { readonly unknown: string } | undefined
}

/**
 * A cell: `null` when empty (an empty cell without quotes, JSON null, a missing key), a text in a format
 * without types, otherwise a typed value. Text of a spreadsheet is a text, since it may be the text of
 * any type; text in JSON is typed, since it can only be text.
 */
export type SourceCell = null | string | TypedCell

export interface SourceRow {
  /** Where the row begins: the line of a text file or NDJSON, the row of a sheet, the item of a JSON list; from 1. */
  readonly line: number
  /** The cells in the order of the header. A ragged row has more or fewer. */
  readonly cells: readonly SourceCell[]
  /**
   * Why this row cannot be used, if so: it has a key that is not in the header. It has more cells than
   * the header then.
   */
  readonly problem?: InvalidInputError
}

export interface Source {
  readonly format: FormatName
  /** The names of the columns as in the file; null for a blank one. */
  readonly header: readonly (string | null)[]
  /** Throws InvalidInputError where the file stops being readable, after the rows before that. */
  readonly rows: AsyncGenerator<SourceRow, void, undefined>
  /** How many bytes of the file on disk were read. */
  bytesRead(): number
  readonly bytesTotal: number | undefined
  /**
   * What was found out about the file, as text: encoding, delimiter, sheet. Notes on skipped lines are
   * added once all rows are read.
   */
  readonly notes: readonly string[]
  /** The character between cells, for CSV and TSV only. */
  readonly delimiter?: string | undefined
  /** What the input is called in messages. */
  readonly inputKind: InputKind
  /** What the place of a row is called in messages. */
  readonly place: RowPlace
  /** Whether this is text in UTF-8 without a byte order mark. */
  readonly isPlainUtf8: boolean
  /** Closes the file. Reading all rows, or ending their loop, closes it too. */
  close(): Promise<void>
}

export interface SourceOptions {
  /** The format (default: detected from content and name). */
  readonly format?: FormatName | undefined
  /** An encoding name of TextDecoder (default: detected from byte order mark and content). */
  readonly encoding?: string | undefined
  /** One character (default: detected from content). */
  readonly delimiter?: string | undefined
  /** The name of a sheet (default: the first one that is not hidden). */
  readonly sheet?: string | undefined
  /**
   * The keys of NDJSON or JSON, where they are known before the objects (default: those of the objects).
   * An input without objects has these columns too.
   */
  readonly header?: readonly string[] | undefined
  /** What the input is called in messages (default: `file`). */
  readonly inputKind?: InputKind | undefined
  /** What the place of a row is called in messages (default: `line`). */
  readonly place?: RowPlace | undefined
}

/** `row` where rows have a number but no line that the author of the data knows, as those of a database. */
export type RowPlace = 'line' | 'row'

/** Where rows come from, as messages call it after `the`. */
export type InputKind = 'file' | 'table' | 'database' | 'API'

/** The input of a source: a file by its path, an open file, or bytes with a name from which the format may be detected. */
export type SourceInput =
  | {
      readonly path: string
      /** Receives the bytes of the file as they are read, in order; of XLSX it may receive none. */
      readonly onBytes?: ((bytes: Uint8Array) => void) | undefined
    }
  | {
      /** An open file, which may have no name any more. Its owner closes it. */
      readonly file: FileHandle
      readonly name: string
    }
  | { readonly stream: AsyncIterable<Uint8Array>; readonly name?: string | undefined }

/** The result of a reader of one format; the rest of a {@link Source} is the same for all. */
export interface Table {
  readonly header: readonly (string | null)[]
  readonly rows: AsyncGenerator<SourceRow, void, undefined>
}

/** The name of a column from its title in a header. */
export function headerName(text: string | null): string | null {
  return text === null || text.trim() === '' ? null : text
}

/** The name of a column without a title, or with a title that it shares with another. */
export function placeName(index: number): string {
  return `column ${index + 1}`
}
