/**
 * What an answer may say of a rate limit. None of it is documented for this gateway (standing: U); a
 * sister API of the vendor sends the `x-ratelimit-*` headers. Where several limits with names hold at
 * once, `@nestjs/throttler` puts `-<name>` after each of these names.
 */
export const RETRY_AFTER_HEADER = 'retry-after'

export const RATE_LIMIT_HEADERS = {
  limit: 'x-ratelimit-limit',
  remaining: 'x-ratelimit-remaining',
  reset: 'x-ratelimit-reset',
} as const

/** Structured fields of the IETF draft `ratelimit-headers`, and the separate fields of its early versions. */
export const RATE_LIMIT_FIELDS = {
  /** `"name";r=<remaining>;t=<seconds until more>`, a list. */
  state: 'ratelimit',
  /** `"name";q=<quota>;w=<window in seconds>`, a list. */
  policy: 'ratelimit-policy',
  remaining: 'ratelimit-remaining',
  reset: 'ratelimit-reset',
} as const
