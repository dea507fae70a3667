import type { ChatlayerError, Version } from '@chatlayer-tables/core'

/**
 * Where the rows of a file ended up: `read = ok + rejected + unknown + unsent` at any time, but for
 * those under way.
 */
export interface ImportCounts {
  /** Rows read from the file, the header not among them. */
  readonly read: number
  /** Written. */
  readonly ok: number
  /** Refused, by us or by the gateway: the row must be mended. */
  readonly rejected: number
  /** Perhaps written: the answer never came, and looking did not settle it. */
  readonly unknown: number
  /** Not written for a reason that is not the row's: an end before its turn, no connection. */
  readonly unsent: number
}

export interface ImportProgress extends ImportCounts {
  /** Bytes of the file read so far, and in all. */
  readonly bytesRead: number
  readonly bytesTotal: number
}

/**
 * Why an import ended before the end of its file: its caller said so, the gateway could not go on
 * (gone, sign-in refused, table gone), or the rest of the file is not readable.
 */
export interface ImportStop {
  readonly reason: 'interrupted' | 'gateway' | 'file'
  readonly error: ChatlayerError | undefined
}

/** The files that hold what was not written; only those that have rows. */
export interface ImportFiles {
  /** The rejected rows with the file's own header: mend them, and import this file. */
  readonly rejected: string | undefined
  /** One JSON object a line for each rejected and each unknown row: why. */
  readonly errors: string | undefined
  /** The rows that are perhaps written. */
  readonly unknown: string | undefined
  /** The rows to import as they are, to go on. */
  readonly unsent: string | undefined
}

export interface ImportReport extends ImportCounts {
  readonly table: string
  readonly version: Version
  readonly file: string
  readonly elapsedMs: number
  /** Columns of the table that the file lacks; null in every row. */
  readonly absentColumns: readonly string[]
  readonly stopped: ImportStop | undefined
  readonly files: ImportFiles
}
