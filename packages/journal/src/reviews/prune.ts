/** How much the store of reviews keeps. */
import { type DatabaseRow, isOf, isOver } from './stored-review.ts'
import type { ReviewCaller } from './types.ts'

/** Decided reviews are kept this long, to show what became of them. */
const KEEP_MS = 24 * 3_600_000
export const MAX_REVIEW_BYTES = 32_000_000

interface Sums {
  reviews: number
  bytes: number
}

/** Of one caller: its own oldest reviews make room, not those of others. */
const MAX_OWN: Sums = { reviews: 100, bytes: 64_000_000 }
const MAX_ALL: Sums = { reviews: 1_000, bytes: 512_000_000 }

/**
 * The numbers of the reviews to delete: old ones, and the oldest ones if there are too many.
 *
 * @param heads of all reviews, the newest first
 * @param bytes of the new review of this caller
 */
export function reviewsToDelete(
  heads: readonly DatabaseRow[],
  now: number,
  bytes: number,
  caller: ReviewCaller,
): number[] {
  const own: Sums = { reviews: 1, bytes }
  const all: Sums = { reviews: 1, bytes }
  const numbers: number[] = []
  for (const row of heads) {
    const isOwn = isOf(row, caller)
    for (const sums of isOwn ? [own, all] : [all]) {
      sums.reviews++
      sums.bytes += Number(row.bytes)
    }
    const created = Number(row.created)
    const isOld = isOver(created, created + KEEP_MS, now)
    const isExecuting = row.state === 'approved' && row.claimed !== null
    const isTooMany = !isExecuting && ((isOwn && isFull(own, MAX_OWN)) || isFull(all, MAX_ALL))
    if (isOld || isTooMany) numbers.push(Number(row.n))
  }
  return numbers
}

function isFull(sums: Sums, max: Sums): boolean {
  return sums.reviews > max.reviews || sums.bytes > max.bytes
}
