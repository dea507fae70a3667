/** What a stored review shows, in the form of pages. */
import type { ReviewRow, StoredReview } from '@chatlayer-tables/journal/reviews'
import type { ChangeRow, ChangesFacts, WriteResult } from '@chatlayer-tables/views'

/** The facts of the page of changes: programs store them in this form. */
export function factsOf(review: StoredReview): ChangesFacts {
  const facts = review.facts as unknown as ChangesFacts
  const { id, digest, state, expiresAt, canTick, note, result } = review
  return {
    ...facts,
    review: {
      ...{ id, digest, state, expiresAt, canTick },
      ...(note !== undefined && { note }),
      ...(result !== undefined && { result: result as unknown as WriteResult }),
    },
  }
}

export function rowOf({ index, shown }: ReviewRow): ChangeRow {
  return { index, ...shown } as ChangeRow
}
