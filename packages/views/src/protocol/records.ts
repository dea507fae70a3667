/** What the page of records asks for, and gets. */
import type { Cell, ColumnFacts, Fact, TableVersion, ToolCall } from './cells.ts'

/** Such as `stores@draft`; without a table, the program decides, as a result of a tool does. */
export interface TableParams {
  readonly table?: string
}

/** Groups are those of a call of `query_records`; without one, those of this page. */
export interface GroupsParams {
  readonly call?: ToolCall
}

export interface TableFacts {
  readonly table: string
  readonly version: TableVersion
  readonly columns: readonly ColumnFacts[]
  /** Number of all records. */
  readonly total: number
  /** Whether this page may change records. */
  readonly isWritable: boolean
  readonly facts: readonly Fact[]
}

export const FILTER_OPERATORS = [
  'equals',
  'differs',
  'contains',
  'starts',
  'more',
  'less',
  'empty',
  'filled',
] as const
export type FilterOperator = (typeof FILTER_OPERATORS)[number]

export interface RecordFilter {
  /** A column, or `id`, `createdAt`, `updatedAt`. */
  readonly column: string
  readonly operator: FilterOperator
  /** As typed by the user; missing for `empty` and `filled`. */
  readonly value?: string
}

/**
 * In assistants' hosts a page may have fewer rows than `limit`, since hosts take replies of a limited size:
 * ask for the rest from the next offset.
 */
export interface RecordsParams extends TableParams {
  readonly offset: number
  readonly limit: number
  readonly sort?: { readonly column: string; readonly descending: boolean }
  /** All of them must match. */
  readonly filters: readonly RecordFilter[]
  /** A call of `query_records`: only records that match its `where`, by default in its order. */
  readonly call?: ToolCall
  /** A text that any text column must contain. */
  readonly search?: string
}

export interface RecordRow {
  readonly id: string
  readonly createdAt?: string
  readonly updatedAt?: string
  /** In the order of the table's columns. */
  readonly cells: readonly Cell[]
}

export interface RecordsPage {
  readonly rows: readonly RecordRow[]
  /** Number of records that match. */
  readonly total: number
}
