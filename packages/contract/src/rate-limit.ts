/**
 * Headers of a response about a rate limit. None is documented for this gateway (standing: U); a
 * sister API of the vendor sends the `x-ratelimit-*` headers. With several named limits,
 * `@nestjs/throttler` appends `-<name>` to each of these names.
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
