/** Reviews as pages get them. */
import type { StoredReview } from '@chatlayer-tables/journal/reviews'
import type {
  ChangeRow,
  ChangeRowsPage,
  ChangeRowsParams,
  ChangesFacts,
  WriteResult,
} from '@chatlayer-tables/views'
import type { CallContext } from '../call/context.ts'
import { ToolError } from '../result/tool-error.ts'
import { allowedTools } from '../tools/registry.ts'
import type { ViewReply } from '../views/view-request.ts'

/** Metadata of a reply, in which a view finds what it can decide with, once. */
const NONCE_KEY = 'chatlayer-tables/nonce'

/** Rows of one reply, at most. */
const MAX_ROWS = 500

/** @throws ToolError for another caller's review, and for one of a tool that is not allowed */
export async function findReviewOf(id: string, context: CallContext): Promise<StoredReview> {
  const review = await context.reviews.find(id, context.request)
  const isAllowed = allowedTools(context.settings).some(({ name }) => name === review?.command)
  if (review !== undefined && isAllowed) return review
  throw new ToolError('NOT_FOUND', 'There is no review of this id.', { field: 'review' })
}

/** What a view shows of a review; its metadata lets the view decide, if the review is pending. */
export async function openReview(
  id: string,
  context: CallContext,
): Promise<ViewReply<ChangesFacts>> {
  const { reviews, request } = context
  const review = await findReviewOf(id, context)
  const store = await reviews.open()
  const nonce = request.showsViews
    ? await store.openNonce(id, reviews.callerOf(request))
    : undefined
  const meta = nonce === undefined ? undefined : { [NONCE_KEY]: nonce }
  return { result: factsOf(review), meta }
}

function factsOf(review: StoredReview): ChangesFacts {
  const { id, digest, state, expiresAt, canTick, note, result } = review
  return {
    ...(review.facts as unknown as Omit<ChangesFacts, 'review'>),
    review: {
      ...{ id, digest, state, expiresAt, canTick },
      ...(note === undefined ? {} : { note }),
      ...(result === undefined ? {} : { result: result as unknown as WriteResult }),
    },
  }
}

export async function reviewRowsPage(
  id: string,
  { set, offset, limit }: Pick<ChangeRowsParams, 'set' | 'offset' | 'limit'>,
  context: CallContext,
): Promise<ChangeRowsPage> {
  await findReviewOf(id, context)
  const page = { set, offset, limit: Math.min(limit, MAX_ROWS) }
  const rows = await (await context.reviews.open()).rows(id, page)
  return {
    rows: rows.map(({ index, shown }) => ({ index, ...shown }) as unknown as ChangeRow),
  }
}
