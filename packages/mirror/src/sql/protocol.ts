/** What is said between us and the process that runs queries. */
import type { ColumnType } from '@chatlayer-tables/contract'
import type { SqlValue } from '../values.ts'

export interface PlanSchema {
  readonly name: string
  /** The statements that make its tables, empty. */
  readonly create: readonly string[]
  readonly tables: readonly string[]
}

/** Finds out which tables a query reads, on empty ones. */
export interface PlanRequest {
  readonly kind: 'plan'
  readonly sql: string
  /** In the order in which a name without a schema is looked for. */
  readonly schemas: readonly PlanSchema[]
  /** Whether to tell how SQLite would go about it. */
  readonly explain: boolean
  /** Ends of the places at which a syntax error may be. */
  readonly ends: readonly number[]
}

export interface RunSchema {
  readonly name: string
  readonly file: string
  /** The tables that may be read. */
  readonly tables: readonly string[]
  /** The mirrors among them by their tables' ids, each in the state in which it must be: its JSON. */
  readonly states: Readonly<Record<string, string>>
}

/** What is said when a mirror is in another state; nothing of it was read then. */
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

export type Request = PlanRequest | RunRequest

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
  | { readonly kind: 'columns'; readonly columns: readonly OutColumn[] }
  /** The next comes after a `more`. */
  | { readonly kind: 'rows'; readonly rows: readonly (readonly OutValue[])[] }
  | { readonly kind: 'done'; readonly truncated: 'rows' | 'bytes' | undefined }
  | {
      readonly kind: 'failed'
      readonly message: string
      /** SQLite's own number for it, where it is SQLite's. */
      readonly code: number | undefined
      /** What was refused, if that is the trouble. */
      readonly refusal: string | undefined
      /** The place among `ends` of a syntax error. */
      readonly at: number | undefined
    }

export type OutValue = SqlValue | boolean
