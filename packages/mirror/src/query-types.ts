/** What is asked with a query, and what is answered. */
import type { Version } from '@chatlayer-tables/core'
import type { AttachedRows, AttachedTable } from './attached.ts'
import type { Freshness } from './freshness.ts'
import type { Limits } from './limits.ts'
import type { SqlParameters } from './prepare.ts'
import type { MirrorConnection } from './query-names.ts'
import type { OutColumn, OutValue } from './sql/protocol.ts'

export interface QueryOptions {
  /**
   * The bot whose tables are meant, or that of a profile that the query names. Undefined for a
   * profile that there is not; what it throws is thrown.
   */
  readonly connect: (
    profile: string | undefined,
  ) => MirrorConnection | undefined | Promise<MirrorConnection | undefined>
  /** Values for `?`, in their order, or for `:name`, by name. */
  readonly params?: SqlParameters | undefined
  /** `always` when left out. */
  readonly fresh?: Freshness | undefined
  /** Tables that the query may read beside those of bots, as `files.name` or `name`. */
  readonly attached?: readonly (AttachedTable | (() => Promise<AttachedTable>))[] | undefined
  /** Opens what `file('…')` names; without it there are no files. */
  readonly openFile?: ((path: string) => Promise<AttachedRows>) | undefined
  readonly limits?: Partial<Limits> | undefined
  readonly signal?: AbortSignal | undefined
  /** Told while tables are read: how many records of which table so far. */
  readonly onProgress?: ((table: string, records: number) => void) | undefined
}

/** A table of which an answer was made. */
export interface QuerySource {
  /** The table's own name. */
  readonly table: string
  /** As SQL names it, with its schema. */
  readonly name: string
  readonly profile: string | undefined
  readonly version: Version
  /** What was written before this instant is in the answer: ISO 8601, by our clock. */
  readonly asOf: string
  /** Whether all records were there; false where the table kept changing while it was read. */
  readonly complete: boolean
  readonly records: number
}

export interface AnswerFacts {
  readonly columns: readonly OutColumn[]
  /** What cut the answer off, if anything did. */
  readonly truncated: 'rows' | 'bytes' | undefined
  readonly sources: readonly QuerySource[]
  /** What to know before relying on the answer, in words. */
  readonly notices: readonly string[]
}

export interface Answer extends AnswerFacts {
  /** Booleans for columns that are `bool`, bigints beyond 2^53, bytes as SQL writes them. */
  readonly rows: readonly (readonly OutValue[])[]
}

export interface RowHandlers {
  /** Told once, before any row, with what the answer is made of. */
  readonly columns?: (columns: readonly OutColumn[]) => void | Promise<void>
  readonly rows: (rows: readonly (readonly OutValue[])[]) => void | Promise<void>
}

/** What of a query can be told without running it. Nothing but the list of tables is read for it. */
export interface QueryPlan {
  readonly sources: readonly (Omit<QuerySource, 'asOf' | 'complete' | 'records'> & {
    /** What is held of it now; undefined where it is still to be read. */
    readonly held: Pick<QuerySource, 'asOf' | 'complete' | 'records'> | undefined
  })[]
  /** How SQLite goes about it, in its words. */
  readonly steps: readonly string[]
}

/** A table as SQL sees it. */
export interface SqlTable {
  readonly schema: string
  readonly name: string
  /** The table's own name, and whose it is. */
  readonly table: string
  readonly columns: readonly OutColumn[]
}
