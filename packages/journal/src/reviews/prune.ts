/** How much the store of reviews keeps. */
import type { DatabaseSync } from 'node:sqlite'
import { isOf, isOver } from './stored-review.ts'
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
 * Deletes old reviews, and the oldest ones if there are too many.
 *
 * @param bytes of the new review of this caller
 */
export function prune(
  database: DatabaseSync,
  now: number,
  bytes: number,
  caller: ReviewCaller,
): void {
  const query =
    'SELECT n, created, bytes, place, principal, state, claimed FROM reviews ORDER BY n DESC'
  const own: Sums = { reviews: 1, bytes }
  const all: Sums = { reviews: 1, bytes }
  for (const row of database.prepare(query).all()) {
    const isOwn = isOf(row, caller)
    for (const sums of isOwn ? [own, all] : [all]) {
      sums.reviews++
      sums.bytes += Number(row.bytes)
    }
    const created = Number(row.created)
    const isOld = isOver(created, created + KEEP_MS, now)
    const isExecuting = row.state === 'approved' && row.claimed !== null
    const isTooMany = !isExecuting && ((isOwn && isFull(own, MAX_OWN)) || isFull(all, MAX_ALL))
    if (!isOld && !isTooMany) continue
    database.prepare('DELETE FROM review_rows WHERE review = ?').run(Number(row.n))
    database.prepare('DELETE FROM reviews WHERE n = ?').run(Number(row.n))
  }
}

function isFull(sums: Sums, max: Sums): boolean {
  return sums.reviews > max.reviews || sums.bytes > max.bytes
}
