/** What the page of the journal asks for, and gets. */

import type { TableVersion } from './cells.ts'
import type { ReviewState } from './changes.ts'

export interface JournalParams {
  readonly table?: string
  /** The cursor of the page before. */
  readonly after?: string
  readonly limit: number
}

export interface JournalEntry {
  readonly changeSet: string
  /** ISO time. */
  readonly at: string
  readonly table: string
  readonly version: TableVersion
  /** Program, command and caller. */
  readonly who: string
  readonly note?: string
  readonly counts: Readonly<
    Record<'inserted' | 'updated' | 'deleted' | 'rejected' | 'unknown', number>
  >
  /** Number of changes that are undone. */
  readonly undone: number
  /** The change set that this one undoes. */
  readonly undoes?: string
  readonly job?: string
  /** Such as `settled` or `open`. */
  readonly status: string
}

export interface JournalPage {
  readonly entries: readonly JournalEntry[]
  readonly next?: string
}

/** Creates a review of an undo, which is then shown and approved as any other. */
export interface PreviewUndoParams {
  readonly changeSet: string
  /** Ids of records (default: all). */
  readonly records?: readonly string[]
}

export interface CreatedReview {
  readonly review: string
  readonly state: ReviewState
}
