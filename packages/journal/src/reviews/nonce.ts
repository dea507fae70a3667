/** One-time values: they let a view that has opened a review decide on it. The store has only their hashes. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { type DatabaseRow, isOver } from './stored-review.ts'

/** How long a view that has opened a review can decide on it. */
export const NONCE_MINUTES = 3

export function newNonce(): string {
  return randomBytes(16).toString('base64url')
}

export function hashOf(nonce: string): string {
  return createHash('sha256').update(nonce).digest('hex')
}

/** Whether this is the value of the latest opening of a review, not too old and not used. */
export function isNonce(nonce: string, row: DatabaseRow, now: number): boolean {
  const created = Number(row.nonce_created)
  if (row.nonce_hash === null || isOver(created, created + NONCE_MINUTES * 60_000, now))
    return false
  return timingSafeEqual(Buffer.from(String(row.nonce_hash)), Buffer.from(hashOf(nonce)))
}
