/** Options and results of the methods of a table. */
import {
  BOOLEAN,
  CALL,
  COLUMNS,
  objectWith,
  type Rules,
  required,
  SIGNAL,
  wholeNumber,
} from './check-options.ts'
import type { ChangedValues } from './schema-types.ts'
import type { CallOptions, Change, StoredDifference, Values } from './types.ts'
import type { EarlierInserts } from './write/earlier.ts'

export interface WriteOptions extends CallOptions {
  /**
   * Time for one row in milliseconds, including its retries, its waits and the resolution of an
   * unknown outcome (default: 10 minutes, since rows wait for one another under a slow rate limit).
   * The reads that find the records of a condition are not counted.
   */
  readonly timeoutMs?: number | undefined
  /** Rows in flight at once (default: 128). The gate decides how many requests are. */
  readonly inFlight?: number | undefined
  /**
   * Ends the write gently, as `signal` ends it at once: no further row is sent, also none that waits for
   * its turn; requests in flight come to their end, and their rows get their outcomes. A row that was
   * not sent is rejected with the situation `NOT_SENT`, if it was taken. Then the write ends with the
   * reason of this signal.
   */
  readonly stop?: AbortSignal | undefined
}

export const WRITE: Rules<WriteOptions> = { ...CALL, inFlight: wholeNumber(1), stop: SIGNAL }

export interface InsertOneOptions<Column extends string = string> extends CallOptions {
  /**
   * Columns whose values are unique. After an insert without a response the client searches by
   * these, otherwise (and where a row leaves one of them empty) by all of its values.
   */
  readonly key?: Column | readonly Column[] | undefined
  /** Inserts of an earlier process, to continue where it was interrupted. */
  readonly earlier?: EarlierInserts | undefined
}

export const INSERT_ONE: Rules<InsertOneOptions> = {
  ...CALL,
  key: COLUMNS,
  earlier: objectWith('attempted', 'takenOf', 'anonymous'),
}

export interface InsertOptions<Column extends string = string>
  extends WriteOptions,
    InsertOneOptions<Column> {
  readonly timeoutMs?: number | undefined
}

export const INSERT: Rules<InsertOptions> = { ...WRITE, ...INSERT_ONE }

export interface WhereWriteOptions extends WriteOptions {
  /** Allows a condition that every record meets. */
  readonly all?: boolean | undefined
}

export const WHERE_WRITE: Rules<WhereWriteOptions> = { ...WRITE, all: BOOLEAN }

export interface UpsertOneOptions<Column extends string = string> extends CallOptions {
  /** The key columns. */
  readonly key: Column | readonly Column[]
}

export const UPSERT_ONE: Rules<UpsertOneOptions> = { ...CALL, key: required(COLUMNS) }

export interface UpsertOptions<Column extends string = string>
  extends WriteOptions,
    UpsertOneOptions<Column> {
  readonly timeoutMs?: number | undefined
}

export const UPSERT: Rules<UpsertOptions> = { ...WRITE, ...UPSERT_ONE }

/** One change of {@link TableHandle.updateMany}. */
export interface UpdateById<T = Values> {
  readonly id: string
  readonly set: ChangedValues<T>
  /**
   * Values that the record must still have when it is written, such as those that `set` was computed
   * from. If one of them has changed, the row is rejected with a ConflictError and not written. (The
   * gateway has no conditional write: the record is read just before the request, so a change between
   * the two is not noticed.)
   */
  readonly before?: ChangedValues<T> | undefined
}

/** What a write of one record did. */
export interface WriteResult<Id extends string | undefined = string> {
  /** The record's id. After an insert, undefined where neither response nor search showed it. */
  readonly id: Id
  readonly change: Change
  /** Values that the gateway stored differently from what was sent; missing where none is known. */
  readonly stored?: readonly StoredDifference[] | undefined
  /** How often an insert was sent, if more than once; see `sends` of an {@link Outcome}. */
  readonly sends?: number | undefined
}
