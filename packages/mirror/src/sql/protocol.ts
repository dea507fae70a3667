/** The messages to and from the process that runs queries. */
import type { ColumnType } from '@chatlayer-tables/contract'
import { OWN_PREFIX } from '../names.ts'
import type { SqlValue } from '../values.ts'

export interface PlanSchema {
  readonly name: string
  /** The statements that make its tables, empty. */
  readonly create: readonly string[]
  readonly tables: readonly string[]
}

/** Finds the tables that a query reads, on empty ones. */
export interface PlanRequest {
  readonly kind: 'plan'
  readonly sql: string
  /** The schemas, in the order of resolution of a name without a schema. */
  readonly schemas: readonly PlanSchema[]
  /** Whether to return SQLite's query plan. */
  readonly explain: boolean
  /** Ends of the places at which a syntax error may be. */
  readonly ends: readonly number[]
}

export interface RunSchema {
  readonly name: string
  readonly file: string
  /** The tables that may be read. */
  readonly tables: readonly string[]
  /** The expected states of the mirrors among them, as JSON, by their tables' ids. */
  readonly states: Readonly<Record<string, string>>
}

/** The message for a mirror in another state, which was not read then. */
export const CHANGED = 'a mirror has changed'

export interface RunRequest {
  readonly kind: 'run'
  readonly sql: string
  readonly schemas: readonly RunSchema[]
  readonly params: readonly SqlValue[] | Readonly<Record<string, SqlValue>>
  readonly maxRows: number
  readonly maxBytes: number
  readonly ends: readonly number[]
}

/** Evaluates expressions over records, one record at a time. */
export interface ComputeRequest {
  readonly kind: 'compute'
  /** The name by which expressions can refer to the record. */
  readonly alias: string
  /** The statement that makes the table of the record. */
  readonly create: string
  readonly expressions: readonly {
    readonly text: string
    /** Ends of the places in `text` at which a syntax error may be. */
    readonly ends: readonly number[]
  }[]
  /** The cells of the records, in the order of the table's columns; none to check the expressions. */
  readonly rows: readonly (readonly SqlValue[])[]
  readonly maxBytes: number
}

/** The table that holds one record; no expression may name it. */
export const RECORD_TABLE = `${OWN_PREFIX}_record`

/** The result of an expression for a record, or why there is none. */
export type ComputedCell = { readonly value: SqlValue } | { readonly reason: string }

export type Request = PlanRequest | RunRequest | ComputeRequest

export interface ReadTable {
  readonly schema: string
  readonly name: string
  readonly columns: readonly string[]
}

export interface OutColumn {
  readonly name: string
  readonly type: ColumnType | undefined
}

export type Reply =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'planned'
      readonly reads: readonly ReadTable[]
      readonly steps: readonly string[]
    }
  | {
      readonly kind: 'computed'
      /** The columns of the record that the expressions read. */
      readonly reads: readonly string[]
      readonly rows: readonly (readonly ComputedCell[])[]
    }
  | { readonly kind: 'columns'; readonly columns: readonly OutColumn[] }
  /** The next reply follows a `more`. */
  | { readonly kind: 'rows'; readonly rows: readonly (readonly OutValue[])[] }
  | { readonly kind: 'done'; readonly truncated: 'rows' | 'bytes' | undefined }
  | {
      readonly kind: 'failed'
      readonly message: string
      /** SQLite's result code, for its own errors. */
      readonly code: number | undefined
      /** The refused action, if there was one. */
      readonly refusal: string | undefined
      /** The place among `ends` of a syntax error. */
      readonly at: number | undefined
      /** The expression that the error is about, by its position. */
      readonly expression?: number | undefined
    }

export type OutValue = SqlValue | boolean
