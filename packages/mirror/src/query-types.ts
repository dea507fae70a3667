/** Options and results of queries. */
import type { Version } from '@chatlayer-tables/core'
import type { AttachedRows, AttachedTable } from './attached.ts'
import type { Freshness } from './freshness.ts'
import type { Limits } from './limits.ts'
import type { SqlParameters } from './prepare.ts'
import type { MirrorConnection } from './query-names.ts'
import type { OutColumn, OutValue } from './sql/protocol.ts'

export interface QueryOptions {
  /**
   * The default connection, or that of a profile that the query names. Undefined for an unknown profile;
   * its errors are thrown.
   */
  readonly connect: (
    profile: string | undefined,
  ) => MirrorConnection | undefined | Promise<MirrorConnection | undefined>
  /** Values for `?`, in their order, or for `:name`, by name. */
  readonly params?: SqlParameters | undefined
  /** Default: `always`. */
  readonly fresh?: Freshness | undefined
  /** Further tables that the query may read, as `files.name` or `name`. */
  readonly attached?: readonly (AttachedTable | (() => Promise<AttachedTable>))[] | undefined
  /** Opens the path of `file('…')` (default: files are not allowed). */
  readonly openFile?: ((path: string) => Promise<AttachedRows>) | undefined
  readonly limits?: Partial<Limits> | undefined
  readonly signal?: AbortSignal | undefined
  /** Called while tables are read, with a table and the number of its records so far. */
  readonly onProgress?: ((table: string, records: number) => void) | undefined
}

/** A table that a query has read. */
export interface QuerySource {
  /** The table's own name. */
  readonly table: string
  /** The name in SQL, with its schema. */
  readonly name: string
  readonly profile: string | undefined
  readonly version: Version
  /** The result includes all writes before this time: ISO 8601, by this machine's clock. */
  readonly asOf: string
  /** Whether all records were read; false where the table kept changing meanwhile. */
  readonly complete: boolean
  readonly records: number
}

export interface QueryResultFacts {
  readonly columns: readonly OutColumn[]
  /** The limit that cut the result off. */
  readonly truncated: 'rows' | 'bytes' | undefined
  readonly sources: readonly QuerySource[]
  /** Warnings about the result, as text. */
  readonly notices: readonly string[]
}

export interface QueryResult extends QueryResultFacts {
  /** Booleans for `bool` columns, bigints beyond 2^53, bytes as SQL literals. */
  readonly rows: readonly (readonly OutValue[])[]
}

export interface RowHandlers {
  /** Called once, before any row, with the columns of the result. */
  readonly columns?: (columns: readonly OutColumn[]) => void | Promise<void>
  readonly rows: (rows: readonly (readonly OutValue[])[]) => void | Promise<void>
}

/** A description of a query that is not run; only the list of tables is read for it. */
export interface QueryPlan {
  readonly sources: readonly (Omit<QuerySource, 'asOf' | 'complete' | 'records'> & {
    /** The present mirror; undefined where the table is still to be read. */
    readonly held: Pick<QuerySource, 'asOf' | 'complete' | 'records'> | undefined
  })[]
  /** SQLite's query plan. */
  readonly steps: readonly string[]
}

/** A table as SQL sees it. */
export interface SqlTable {
  readonly schema: string
  readonly name: string
  /** The table's own name. */
  readonly table: string
  readonly columns: readonly OutColumn[]
}
