/**
 * The space that the journal uses, as the sum of what its rows store. The size of a table's files does not
 * shrink when rows are deleted, so that pruning by it would delete everything.
 */

/** A change without its texts: both versions of its row, and its entries in the indexes. */
export const CHANGE_BYTES = 400
/** A change set without its texts, with its entries in the indexes. */
export const SET_BYTES = 1_000

export function byteLength(text: string | null | undefined): number {
  return text === null || text === undefined ? 0 : Buffer.byteLength(text)
}
