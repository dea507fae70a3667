import type {
  Client,
  TableChangedError,
  TableHandle,
  TableOptions,
  Version,
} from '@chatlayer-tables/core'

/** What backups and restores need of a client; one of core is one. */
export interface BackupClient extends Pick<Client, 'connection'> {
  readonly tables: Pick<Client['tables'], 'list'>
  table(nameOrId: string, options?: TableOptions): TableHandle
}

/** A table, in one version or in those that hold for all. */
export interface TableChoice {
  /** Its name or id. */
  readonly table: string
  readonly version?: Version | undefined
}

export interface BackupOptions {
  readonly client: BackupClient
  readonly file: string
  /** Default: all tables of the bot. */
  readonly tables?: readonly TableChoice[] | undefined
  /** Versions of tables without a version of their own. */
  readonly versions: readonly Version[]
  /** The program and its release, as the manifest names it. */
  readonly createdBy: string
  readonly signal?: AbortSignal | undefined
  /** How long to wait before a table that changed is read again, in milliseconds (default: 1,000). */
  readonly pauseMs?: number | undefined
  /** Called after each page. */
  readonly onProgress?: ((progress: BackupProgress) => void) | undefined
  /** Called when a table changed while it was read; it is read again unless `isLast`. */
  readonly onChanged?: ((changed: ChangedTable) => void) | undefined
}

export interface BackupProgress {
  readonly table: string
  readonly version: Version
  /** Read of this table so far. */
  readonly records: number
  /** Tables, each version by itself: done, and in all. */
  readonly done: number
  readonly total: number
}

export interface ChangedTable {
  readonly table: string
  readonly version: Version
  /** From 1. */
  readonly attempt: number
  readonly isLast: boolean
  readonly error: TableChangedError
}

export interface BackupReport {
  readonly file: string
  readonly createdAt: string
  /** Size of the archive in bytes. */
  readonly bytes: number
  readonly records: number
  /** Whether every table was read as it was at one moment. */
  readonly consistent: boolean
  readonly tables: readonly BackedUpTable[]
  readonly elapsedMs: number
}

/** One table in one version. */
export interface BackedUpTable {
  readonly table: string
  readonly version: Version
  readonly records: number
  readonly consistent: boolean
  /** See the manifest. */
  readonly oddValues: number
}
