/** When a refused request may come back, as far as the gateway says so. Pure. */
import { RATE_LIMIT_HEADERS, RETRY_AFTER_HEADER } from '@chatlayer-tables/contract'
import type { HeaderValues } from './transport.ts'

/**
 * A bare `x-ratelimit-reset` may be seconds or milliseconds; nobody documents which. Up to this it
 * reads as seconds, above as milliseconds. To come back too early costs one refused request, to
 * wait a thousand times too long costs the caller's deadline; so it leans to the early side.
 */
const LONGEST_RESET_IN_SECONDS = 60
/** And what it asks for is waited for no longer than this. */
const LONGEST_RELATIVE_RESET_MS = 10_000

/** Larger numbers are seconds since 1970 (from 2001 on), and from the second bound milliseconds. */
const EPOCH_SECONDS_FROM = 1e9
const EPOCH_MILLISECONDS_FROM = 1e12

/** `Retry-After`: whole seconds or an HTTP date. Milliseconds from now, or undefined for neither. */
export function parseRetryAfter(value: string, now: number): number | undefined {
  const text = value.trim()
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text) * 1000
  if (!/^[A-Za-z]{3}/.test(text)) return undefined
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

/**
 * `x-ratelimit-reset`: a time from now or since 1970, in seconds or milliseconds, told apart by
 * size. Milliseconds from now, or undefined for anything else.
 */
export function parseRateLimitReset(value: string, now: number): number | undefined {
  const text = value.trim()
  if (!/^\d+(?:\.\d+)?$/.test(text)) return undefined
  const number = Number(text)
  if (number >= EPOCH_MILLISECONDS_FROM) return Math.max(0, number - now)
  if (number >= EPOCH_SECONDS_FROM) return Math.max(0, number * 1000 - now)
  const relative = number <= LONGEST_RESET_IN_SECONDS ? number * 1000 : number
  return Math.min(relative, LONGEST_RELATIVE_RESET_MS)
}

/**
 * What an answer asks to wait, in milliseconds; undefined when it says nothing readable.
 * `Retry-After` counts before `x-ratelimit-reset`, being the one with a standard.
 *
 * @param now the gateway's own clock where its `Date` header tells it, else ours: ms since 1970
 */
export function retryAfterOf(headers: HeaderValues, now: number): number | undefined {
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
