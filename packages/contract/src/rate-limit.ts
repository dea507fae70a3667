/**
 * What a refusal may say about when to come back. None of it is documented for this gateway
 * (standing: U); a sister API of the vendor sends the `x-ratelimit-*` headers.
 */
export const RETRY_AFTER_HEADER = 'retry-after'

export const RATE_LIMIT_HEADERS = {
  limit: 'x-ratelimit-limit',
  remaining: 'x-ratelimit-remaining',
  reset: 'x-ratelimit-reset',
} as const
