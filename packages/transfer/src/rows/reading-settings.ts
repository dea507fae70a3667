import type { CellOptions, SourceOptions } from '@chatlayer-tables/files'

/** How a file is read; each setting is detected or has a default. */
export interface ReadingSettings extends SourceOptions, CellOptions {
  /** Columns of the table by the file's titles for them, where these do not fit. */
  readonly map?: Readonly<Record<string, string>> | undefined
  /** Titles of columns of the file that are omitted. */
  readonly ignore?: readonly string[] | undefined
  /** Skips the record's own id and dates, which an export adds on request, see `metaTitles`. */
  readonly ignoreMeta?: boolean | undefined
}
