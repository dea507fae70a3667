export { digestOfRows } from './digest.ts'
export { NONCE_MINUTES } from './nonce.ts'
export { type OpenReviewsOptions, openReviews, REVIEW_MINUTES } from './sqlite.ts'
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
