/** What the page of changes asks for, and gets: previews, plans, differences, checks, change sets. */
import type { Cell, ColumnFacts, Fact, TableVersion, ToolCall } from './cells.ts'

export const CHANGE_KINDS = ['inserted', 'updated', 'deleted'] as const
export type ChangeKind = (typeof CHANGE_KINDS)[number]

/**
 * Which changes: of a review, of a change set of the journal, of a call that writes or compares (planned
 * again, nothing is written), or (without any) those of this page.
 */
export interface ChangesParams {
  readonly review?: string
  readonly changeSet?: string
  readonly call?: ToolCall
}

export interface ChangesFacts {
  /** Such as `update 754 records of "stores" (DRAFT)`. */
  readonly title: string
  readonly facts: readonly Fact[]
  /** Sentences to read before the changes. */
  readonly remarks: readonly string[]
  /** One for each table that is written. */
  readonly sets: readonly ChangedTable[]
  readonly review?: ReviewFacts
  /** The change set of the journal, if it can be undone from here. */
  readonly undo?: { readonly changeSet: string; readonly canUndoPart: boolean }
}

export interface ChangedTable {
  readonly table: string
  readonly version: TableVersion
  /** Names of the two sides (default: before, after). */
  readonly sides?: readonly [before: string, after: string]
  readonly columns: readonly ColumnFacts[]
  /** Of the whole write; `rows` may be fewer. */
  readonly counts: Readonly<Record<ChangeKind | 'unchanged' | 'rejected', number>>
  /** Number of changes that can be fetched. */
  readonly rows: number
  readonly problems: readonly RowProblem[]
  readonly facts: readonly Fact[]
}

/** A cell of a file that cannot be written, or a record that cannot be changed. */
export interface RowProblem {
  /** Such as `line 12` or an id. */
  readonly place: string
  readonly column?: string
  readonly value?: Cell
  readonly reason: string
  readonly fix?: string
}

export interface ChangeRowsParams extends ChangesParams {
  /** Index in `sets`. */
  readonly set: number
  readonly offset: number
  readonly limit: number
}

export interface ChangeRow {
  /** Its place among all changes of the set, from 0; ticked rows are named by it. */
  readonly index: number
  readonly kind: ChangeKind
  /** Of an existing record. */
  readonly id?: string
  /** In the order of the set's columns; missing for an insert. */
  readonly before?: readonly Cell[]
  /** In the same order, all values after the change; missing for a delete. */
  readonly after?: readonly Cell[]
  /** For an update the indexes of the columns that change. */
  readonly changed?: readonly number[]
  /** Such as `undone`, or the problem of this row. */
  readonly state?: string
}

export interface ChangeRowsPage {
  readonly rows: readonly ChangeRow[]
}

export const REVIEW_STATES = ['pending', 'approved', 'done', 'declined', 'expired'] as const
export type ReviewState = (typeof REVIEW_STATES)[number]

export interface ReviewFacts {
  readonly id: string
  /** Of the exact rows; sent back with the approval. */
  readonly digest: string
  readonly state: ReviewState
  /** ISO time. */
  readonly expiresAt: string
  /** Whether a part of the changes can be approved. */
  readonly canTick: boolean
  /** The reason that the writer gave. */
  readonly note?: string
  /** What was written, once it is done. */
  readonly result?: WriteResult
}

export interface ApproveParams {
  readonly review: string
  readonly digest: string
  /** The approved rows by set, if not all of them: `[[0, 3, 4]]`. */
  readonly ticked?: readonly (readonly number[])[]
  readonly note?: string
  /** From the reply that opened the review; assistants' hosts only. */
  readonly nonce?: string
}

export interface DeclineParams {
  readonly review: string
  readonly note?: string
  readonly nonce?: string
}

export interface WriteResult {
  readonly state: ReviewState
  /** Sentences on what was written, or why nothing was. */
  readonly message: string
  readonly counts?: Readonly<Record<string, number>>
  /** Ids of change sets in the journal. */
  readonly changeSets?: readonly string[]
  /** Whether the page should load the changes again, since they are not current. */
  readonly isOutdated?: boolean
}

/** Progress of a write that was approved on this page. */
export interface ProgressPage {
  readonly done: number
  readonly total?: number
  readonly message: string
  readonly result?: WriteResult
}
