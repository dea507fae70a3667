/**
 * Where reviews are kept: a file for one machine, PostgreSQL for many. What becomes of a review is
 * decided by the files around.
 */
import type { DatabaseRow } from './stored-review.ts'

/** Columns of a review; see `schema.ts`. */
export type ReviewColumns = Readonly<Record<string, string | number | null>>

/** The columns by which reviews are pruned and listed, without those that may be long. */
export const HEAD_COLUMNS = [
  ...['n', 'id', 'state', 'place', 'principal', 'bytes'],
  ...['created', 'expires', 'decided', 'claimed'],
] as const

export interface TableRow {
  readonly set_n: number
  readonly place: number
  readonly digest: string
  readonly shown: string
}

/** Every method is one transaction, and throws StorageError where the store cannot be used. */
export interface ReviewTable {
  /** Milliseconds since 1970 by the clock of the store. */
  now(): number
  /**
   * Adds a review, once some have been deleted with their rows.
   *
   * @param toDelete returns the numbers of those to delete, of the {@link HEAD_COLUMNS} of all
   * @returns the added one
   */
  add(
    review: ReviewColumns & { readonly id: string },
    rows: readonly TableRow[],
    toDelete: (heads: readonly DatabaseRow[]) => readonly number[],
  ): Promise<DatabaseRow>
  /**
   * Sets columns of a review. Of two at once, the second one finds what the first one set.
   *
   * @param rule returns the columns to set, which may be none; may be called several times
   * @returns the review as it is then; undefined if there is none
   */
  change(id: string, rule: (review: DatabaseRow) => ReviewColumns): Promise<DatabaseRow | undefined>
  /** Whole reviews. */
  reviews(ids: readonly string[]): Promise<DatabaseRow[]>
  /** The {@link HEAD_COLUMNS} of all, the newest first. */
  heads(): Promise<DatabaseRow[]>
  /** Rows of a set of a review from this place on, in their order. */
  rows(
    id: string,
    page: { readonly set: number; readonly offset: number; readonly limit: number },
  ): Promise<DatabaseRow[]>
  close(): Promise<void>
}
