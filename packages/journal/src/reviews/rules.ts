/** What calls make of a review: the columns that they set. Each is decided by the review as it is now. */
import { hashOf, isNonce } from './nonce.ts'
import type { ReviewColumns } from './review-table.ts'
import { type DatabaseRow, isOf, reviewOfRow, stateOf } from './stored-review.ts'
import { checkedTicks, isEveryRow } from './ticks.ts'
import type { Approval, ReviewCaller, ReviewProof, ReviewRefusal } from './types.ts'

/** How long a review can be approved, and how long after that its execution can begin. */
export const REVIEW_MINUTES = 30

export const REVIEW_MS = REVIEW_MINUTES * 60_000

const NOTHING: ReviewColumns = {}
const EXPIRED: ReviewColumns = { state: 'expired', nonce_hash: null }

export interface Verdict {
  readonly columns: ReviewColumns
  readonly refusal?: ReviewRefusal | undefined
}

/** A decision of someone who can prove that it is theirs. */
interface Decision {
  readonly proof: ReviewProof
  readonly note: string | undefined
}

export function approve(
  row: DatabaseRow,
  { digest, ticked, note }: Approval,
  proof: ReviewProof,
  now: number,
): Verdict {
  return decide(row, proof, now, () => {
    const review = reviewOfRow(row, now)
    if (digest !== review.digest) return 'digest'
    const ticks = ticked && checkedTicks(ticked, review.rowCounts)
    if (ticked !== undefined && ticks === undefined) return 'ticks'
    const isPart = ticks !== undefined && !isEveryRow(ticks, review.rowCounts)
    if (isPart && !review.canTick) return 'ticks'
    return {
      ...decided('approved', { proof, note }, now),
      ticked: isPart ? JSON.stringify(ticks) : null,
      expires: now + REVIEW_MS,
    }
  })
}

export function decline(
  row: DatabaseRow,
  note: string | undefined,
  proof: ReviewProof,
  now: number,
): Verdict {
  return decide(row, proof, now, () => decided('declined', { proof, note }, now))
}

/** A new value for a view of this caller. */
export function openNonce(
  row: DatabaseRow,
  nonce: string,
  caller: ReviewCaller,
  now: number,
): { readonly columns: ReviewColumns; readonly isOpen: boolean } {
  if (!isOf(row, caller)) return { columns: NOTHING, isOpen: false }
  const state = stateOf(row, now)
  if (state === 'expired') return { columns: EXPIRED, isOpen: false }
  if (state !== 'pending') return { columns: NOTHING, isOpen: false }
  return { columns: { nonce_hash: hashOf(nonce), nonce_created: now }, isOpen: true }
}

export function withdraw({ state, claimed }: DatabaseRow): ReviewColumns {
  const waits = state === 'pending' || state === 'approved'
  return waits && claimed === null ? EXPIRED : NOTHING
}

export function claim(
  row: DatabaseRow,
  now: number,
): { readonly columns: ReviewColumns; readonly isClaimed: boolean } {
  if (row.claimed !== null) return { columns: NOTHING, isClaimed: false }
  const state = stateOf(row, now)
  if (state === 'expired') return { columns: EXPIRED, isClaimed: false }
  if (state !== 'approved') return { columns: NOTHING, isClaimed: false }
  return { columns: { claimed: now }, isClaimed: true }
}

export function complete({ state, claimed }: DatabaseRow, result: string): ReviewColumns {
  return state === 'approved' && claimed !== null ? { state: 'done', result } : NOTHING
}

/** @param apply returns the columns of the decision, or why it cannot be made */
function decide(
  row: DatabaseRow,
  proof: ReviewProof,
  now: number,
  apply: () => ReviewColumns | ReviewRefusal,
): Verdict {
  if (proof.way === 'view' && !isOf(row, proof.caller)) {
    return { columns: NOTHING, refusal: 'missing' }
  }
  const state = stateOf(row, now)
  // That a review has expired is kept, whatever the clock says later.
  if (state === 'expired') return { columns: EXPIRED, refusal: 'expired' }
  const isProven = proof.way !== 'view' || isNonce(proof.nonce, row, now)
  // Any try uses up the value.
  const tried: ReviewColumns = proof.way === 'view' ? { nonce_hash: null } : NOTHING
  if (state !== 'pending') return { columns: tried, refusal: 'decided' }
  if (!isProven) return { columns: tried, refusal: 'nonce' }
  const made = apply()
  return typeof made === 'string' ? { columns: tried, refusal: made } : { columns: made }
}

function decided(
  state: 'approved' | 'declined',
  { proof, note }: Decision,
  now: number,
): ReviewColumns {
  return { state, way: proof.way, decided: now, decision_note: note ?? null, nonce_hash: null }
}
