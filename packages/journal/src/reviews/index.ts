export { digestOfRows } from './digest.ts'
export { NONCE_MINUTES } from './nonce.ts'
export {
  HEAD_COLUMNS,
  type ReviewColumns,
  type ReviewTable,
  type TableRow,
} from './review-table.ts'
export { REVIEW_MINUTES } from './rules.ts'
export { type OpenReviewsOptions, openReviews } from './sqlite.ts'
export type { DatabaseRow } from './stored-review.ts'
export { StoredReviews } from './stored-reviews.ts'
export { ReviewTooLargeError } from './too-large.ts'
export type {
  Approval,
  NewReview,
  NewReviewRow,
  ReviewCaller,
  ReviewDecision,
  ReviewFilter,
  ReviewOutcome,
  ReviewProof,
  ReviewRefusal,
  ReviewResult,
  ReviewRow,
  ReviewState,
  Reviews,
  ReviewWay,
  StoredReview,
} from './types.ts'
