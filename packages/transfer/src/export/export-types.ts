import type { Writable } from 'node:stream'
import type {
  CallOptions,
  QueryOptions,
  TableHandle,
  TableRecord,
  Values,
  Version,
} from '@chatlayer-tables/core'
import type { DelimitedOptions, FormatName } from '@chatlayer-tables/files'

/** What an export needs of a table; a `TableHandle` of the client is one. */
export interface ExportSource extends Pick<TableHandle, 'version' | 'definition'> {
  records(
    query: QueryOptions,
    call: CallOptions,
  ): { pages(): AsyncIterable<readonly TableRecord<Values>[]> }
}

/** A file by its path, or a stream, which is left open. */
export type ExportTarget = { readonly path: string } | { readonly stream: Writable }

export interface ExportOptions
  extends Pick<QueryOptions, 'where' | 'sort' | 'limit'>,
    DelimitedOptions {
  readonly table: ExportSource
  readonly to: ExportTarget
  /** Default: detected from the path's extension; CSV for a stream. */
  readonly format?: FormatName | undefined
  /**
   * Names of columns, in the order in which they are written (default: all of the table). `id`,
   * `createdAt` and `updatedAt` are fields of the record, as in conditions; a column of such a name is
   * written in double quotes.
   */
  readonly select?: readonly string[] | undefined
  /** Puts those of the record's own id and dates that are not selected first, see {@link metaTitles}. */
  readonly withMeta?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  /** Called after each page, with the records written so far. */
  readonly onProgress?: ((records: number) => void) | undefined
}

export interface ExportReport {
  /** The table's name. */
  readonly table: string
  readonly version: Version
  readonly format: FormatName
  readonly records: number
  /** The titles of the columns, as they are in the file. */
  readonly columns: readonly string[]
  /** How many cells and titles were changed under `safeFormulas`. */
  readonly guarded: number
  /**
   * Names under which records hold values though the table's definition has no such column: they are
   * not in the file, since the columns were changed meanwhile.
   */
  readonly leftOut: readonly string[]
  readonly elapsedMs: number
}
