/** A database or an HTTP API that data is read from, in the form in which the commands take a file. */
import type { ColumnType } from '@chatlayer-tables/contract'

/** The kinds of sides besides tables and files. */
export type SideKind = 'postgres' | 'mysql' | 'sqlite' | 'http'

/** A column of a database, in the order of the table or query. */
export interface SideColumn {
  readonly name: string
  /** The type of a table's column that keeps every value of this one; undefined where there is none. */
  readonly type: ColumnType | undefined
  /** The type as the database declares it, such as `numeric(10,2)`. */
  readonly declared: string
}

/** What a side can do. */
export interface SideAbilities {
  /** Whether one reading is one consistent snapshot, however long it takes. */
  readonly snapshot: boolean
  /** Whether it can report before a reading that nothing has changed since an earlier one. */
  readonly unchanged: boolean
}

/** A side that was opened: its address is valid, and a database responded. It can be read several times. */
export interface Side extends AsyncDisposable {
  readonly kind: SideKind
  /**
   * The name in messages, jobs and the journal, which also identifies the data:
   * `postgres://db.example.com/shop#public.stores`. Without user, password, parameters or headers.
   */
  readonly name: string
  readonly can: SideAbilities
  /**
   * Begins to read from the start.
   *
   * @throws InvalidInputError for a table, column or type that cannot be read, naming it, SideError when
   *   the server cannot be reached or refuses
   */
  read(options?: ReadOptions): Promise<SideReading>
}

export interface ReadOptions {
  /**
   * The {@link SideReading.validator} of an earlier reading. Where the side can report that nothing has
   * changed since then, the reading is `unchanged`. Others ignore it.
   */
  readonly ifChangedFrom?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** One reading of all rows, as the text of a file that `openSource` of the files package reads. */
export interface SideReading extends AsyncDisposable {
  readonly format: 'ndjson' | 'csv' | 'tsv'
  /** The columns, where they are known before the rows: for a database. Every row has exactly these. */
  readonly columns: readonly SideColumn[] | undefined
  /** How many rows there are, where that is known without reading them. */
  readonly count: number | undefined
  /** Set if nothing has changed since `ifChangedFrom`. There are no rows to read then: `bytes` throws. */
  readonly unchanged?: true
  /**
   * Identifies what was read, for `ifChangedFrom`; to be kept once the rows were used. Known when all
   * bytes were read; undefined where the side cannot report that nothing changed.
   */
  readonly validator?: string | undefined
  /** What was found out about the side, for the user; may grow until all bytes were read. */
  readonly notes: readonly string[]
  /**
   * The rows, to be read once. Memory does not grow with them.
   *
   * @throws InvalidInputError for a value that cannot be kept exactly, naming column and row, SideError
   *   when the connection breaks
   */
  bytes(): AsyncGenerator<Uint8Array, void, undefined>
}
