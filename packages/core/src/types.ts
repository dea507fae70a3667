/** Types of the public API: records, conditions, outcomes. */
import type { ChatlayerError } from './errors.ts'

/**
 * A value of a column, as it is read and written here.
 *
 * | column type | reads as | also written from |
 * | --- | --- | --- |
 * | text, uuid | string | |
 * | int | number, or bigint beyond 2^53 | bigint, integer string |
 * | numeric | string, exact (`"12.50"`) | number, bigint |
 * | bool | boolean | `"true"`, `"false"` |
 * | timestamp | string, ISO 8601 in UTC with up to six fraction digits | Date, ISO string |
 * | jsonb | JSON value (integers beyond 2^53 as bigint) | any JSON value |
 */
export type Value = JsonValue | bigint | Date

/** Any JSON value. Integers beyond 2^53 are bigint. */
export type JsonValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue }

/** The values of one record by column name. A column omitted from an insert is null. */
export type Values = Record<string, Value>

/** A record of a table; the shape mirrors the wire, the values are decoded by column type. */
export interface TableRecord<V = Values> {
  readonly id: string
  /** ISO 8601 date-time from the gateway; an empty string where it sent none. */
  readonly createdAt: string
  readonly updatedAt: string
  readonly values: V
}

/** The comparisons of a condition on one column. Several in one object are ANDed. */
export interface Comparison {
  readonly eq?: Value
  readonly ne?: Value
  readonly gt?: Value
  readonly gte?: Value
  readonly lt?: Value
  readonly lte?: Value
  readonly in?: readonly Value[]
  readonly nin?: readonly Value[]
  readonly contains?: string
  readonly startsWith?: string
  readonly endsWith?: string
  readonly icontains?: string
  readonly istartsWith?: string
  readonly iendsWith?: string
  readonly ieq?: string
  readonly isNull?: boolean
}

/** Options of every call. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined
  /** For the whole call, all attempts and waits together, in milliseconds. */
  readonly timeoutMs?: number | undefined
}

/** Options of the write of one row. */
export interface RowCallOptions extends CallOptions {
  /** Ends it gently: a request that is not in flight is not sent; see `stop` of `WriteOptions`. */
  readonly stop?: AbortSignal | undefined
}

/** What happened to a record. */
export type Change = 'inserted' | 'updated' | 'deleted' | 'unchanged'

/**
 * A value that a gateway stored differently from what was sent: rounded, truncated, in another
 * case, or as null. Both are compared by the meaning of the column's type.
 */
export interface StoredDifference {
  readonly column: string
  readonly sent: Value
  /** The stored value, from the response. */
  readonly stored: Value
}

/** Outcome of one row of a write. `index` is its position in the input, from 0. */
export type Outcome<Row = Values> =
  | {
      readonly status: 'ok'
      readonly index: number
      readonly row: Row
      readonly change: Change
      /** The record's id, if known. */
      readonly id: string | undefined
      /** Values that the gateway stored differently; missing where none is known. */
      readonly stored?: readonly StoredDifference[] | undefined
      /**
       * How often an insert was sent, if more than once: each time after searches that did not find
       * its record. If an earlier request took effect after the last search, the record exists twice.
       */
      readonly sends?: number | undefined
    }
  | {
      readonly status: 'rejected'
      readonly index: number
      readonly row: Row
      readonly id: string | undefined
      readonly error: ChatlayerError
    }
  | {
      readonly status: 'unknown'
      readonly index: number
      readonly row: Row
      readonly id: string | undefined
      readonly error: ChatlayerError
      /** What was done to determine the outcome, in order. */
      readonly tried: readonly string[]
    }

/** Outcome of a row that was not written, or may not have been. */
export type Problem<Row = Values> = Exclude<Outcome<Row>, { readonly status: 'ok' }>
