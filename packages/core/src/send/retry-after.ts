/** When a refused request may come back, as far as the gateway says so. Pure. */
import { RATE_LIMIT_HEADERS, RETRY_AFTER_HEADER } from '@chatlayer-tables/contract'
import type { HeaderValues } from './transport.ts'

/** How long to wait, in milliseconds from now; where a header can be read in two ways, within these. */
export interface Wait {
  readonly atLeastMs: number
  readonly atMostMs: number
}

/**
 * A bare `x-ratelimit-reset` may be seconds or milliseconds, and nobody documents which. Above this
 * it reads as milliseconds: few limits are reset only after minutes. Up to it, it may be either.
 */
const LONGEST_RESET_IN_SECONDS = 60

/** Larger numbers are seconds since 1970 (from 2001 on), and from the second bound milliseconds. */
const EPOCH_SECONDS_FROM = 1e9
const EPOCH_MILLISECONDS_FROM = 1e12

const NUMBER = /^\d{1,15}(?:\.\d{1,15})?$/

/** `Retry-After`: seconds or an HTTP date. Undefined for neither. */
export function parseRetryAfter(value: string, now: number): Wait | undefined {
  const text = value.trim()
  if (NUMBER.test(text)) return exactly(Number(text) * 1000)
  // Date.parse takes almost anything; an HTTP date begins with the name of a day.
  if (!/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text)) return undefined
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : exactly(date - now)
}

/**
 * `x-ratelimit-reset`: a time from now or since 1970, in seconds or milliseconds, told apart by
 * size. Undefined for anything else.
 */
export function parseRateLimitReset(value: string, now: number): Wait | undefined {
  const text = value.trim()
  if (!NUMBER.test(text)) return undefined
  const number = Number(text)
  if (number >= EPOCH_MILLISECONDS_FROM) return exactly(number - now)
  if (number >= EPOCH_SECONDS_FROM) return exactly(number * 1000 - now)
  if (number > LONGEST_RESET_IN_SECONDS) return exactly(number)
  return number > 0 ? { atLeastMs: number, atMostMs: number * 1000 } : undefined
}

/**
 * What an answer asks to wait; undefined when it says nothing readable. `Retry-After` counts before
 * `x-ratelimit-reset`, being the one with a standard.
 *
 * @param now the gateway's own clock where its `Date` header tells it, else ours: ms since 1970
 */
export function retryAfterOf(headers: HeaderValues, now: number): Wait | undefined {
  const retryAfter = headerText(headers, RETRY_AFTER_HEADER)
  const asked = retryAfter === undefined ? undefined : parseRetryAfter(retryAfter, now)
  if (asked !== undefined) return asked
  const reset = headerText(headers, RATE_LIMIT_HEADERS.reset)
  return reset === undefined ? undefined : parseRateLimitReset(reset, now)
}

/** The first value of a header. */
export function headerText(headers: HeaderValues, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'object' ? value[0] : value
}

/** A time that has passed, or none, says nothing: whoever refuses and says "at once" is not believed. */
function exactly(ms: number): Wait | undefined {
  return ms > 0 ? { atLeastMs: ms, atMostMs: ms } : undefined
}
