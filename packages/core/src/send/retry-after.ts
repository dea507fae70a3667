/** What a response reports of rate limits: how long to wait, and how much remains. Pure. */
import {
  RATE_LIMIT_FIELDS,
  RATE_LIMIT_HEADERS,
  RETRY_AFTER_HEADER,
} from '@chatlayer-tables/contract'
import type { HeaderValues } from './transport.ts'

/** How long to wait, in milliseconds from now: a range if a header can be read in two ways. */
export interface Wait {
  readonly atLeastMs: number
  readonly atMostMs: number
}

/** What a response reports of one limit. */
export interface Allowance {
  /** Distinguishes limits that apply at the same time. */
  readonly name: string
  /** How many requests a window allows, if the response states it. */
  readonly limit?: number | undefined
  /** How many more requests are allowed now. */
  readonly remaining: number
  /** Time until more are allowed. */
  readonly reset: Wait | undefined
  /** Length of the window, if the response states it. */
  readonly windowMs?: number | undefined
}

/**
 * A bare `x-ratelimit-reset` may be seconds or milliseconds, and the vendor does not document which. Above this
 * it reads as milliseconds: few limits are reset only after minutes. Up to it, it may be either.
 */
const MAX_RESET_IN_SECONDS = 60

/** Larger numbers are seconds since 1970 (from 2001 on), and from the second bound milliseconds. */
const EPOCH_SECONDS_FROM = 1e9
const EPOCH_MILLISECONDS_FROM = 1e12

const NUMBER = /^\d{1,15}(?:\.\d{1,15})?$/

/** `Retry-After`: seconds or an HTTP date. Undefined for neither. */
export function parseRetryAfter(value: string, now: number): Wait | undefined {
  const text = value.trim()
  if (NUMBER.test(text)) return exactly(Number(text) * 1000)
  // Date.parse accepts almost anything; an HTTP date begins with the name of a day.
  if (!/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text)) return undefined
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : exactly(date - now)
}

/**
 * `x-ratelimit-reset`: a time from now or since 1970, in seconds or milliseconds, distinguished by
 * size. Undefined for anything else.
 */
export function parseRateLimitReset(value: string, now: number): Wait | undefined {
  const text = value.trim()
  if (!NUMBER.test(text)) return undefined
  const number = Number(text)
  if (number >= EPOCH_MILLISECONDS_FROM) return exactly(number - now)
  if (number >= EPOCH_SECONDS_FROM) return exactly(number * 1000 - now)
  if (number > MAX_RESET_IN_SECONDS) return exactly(number)
  return number > 0 ? { atLeastMs: number, atMostMs: number * 1000 } : undefined
}

/**
 * How long a response asks to wait; undefined if it contains nothing readable. `Retry-After` takes
 * precedence over a reset, since it has a standard. Of several named limits, the longest wait counts.
 *
 * @param now the gateway's clock from its `Date` header, otherwise ours: ms since 1970
 */
export function retryAfterOf(headers: HeaderValues, now: number): Wait | undefined {
  const waits: Wait[] = []
  for (const [name] of named(headers, RETRY_AFTER_HEADER)) {
    const wait = parseRetryAfter(headerText(headers, RETRY_AFTER_HEADER + name) ?? '', now)
    if (wait !== undefined) waits.push(wait)
  }
  if (waits.length === 0) {
    for (const { remaining, reset } of allowancesOf(headers, now) ?? []) {
      if (remaining === 0 && reset !== undefined) waits.push(reset)
    }
  }
  if (waits.length === 0) {
    const reset = headerText(headers, RATE_LIMIT_HEADERS.reset)
    return reset === undefined ? undefined : parseRateLimitReset(reset, now)
  }
  return waits.reduce((longest, wait) => (wait.atMostMs > longest.atMostMs ? wait : longest))
}

/**
 * What remains of each limit according to a response: `x-ratelimit-*` with or without a name as
 * suffix, or the `RateLimit` fields. Undefined if there are none.
 *
 * @param now as of {@link retryAfterOf}
 */
export function allowancesOf(headers: HeaderValues, now: number): Allowance[] | undefined {
  let found: Allowance[] | undefined
  for (const [name, text] of named(headers, RATE_LIMIT_HEADERS.remaining)) {
    const remaining = wholeNumber(text)
    if (remaining === undefined) continue
    const reset = headerText(headers, RATE_LIMIT_HEADERS.reset + name)
    found ??= []
    found.push({
      name,
      limit: wholeNumber(headerText(headers, RATE_LIMIT_HEADERS.limit + name) ?? ''),
      remaining,
      reset: reset === undefined ? undefined : parseRateLimitReset(reset, now),
    })
  }
  return found ?? fieldsOf(headers)
}

/** The `RateLimit` fields; their times are seconds from now. */
function fieldsOf(headers: HeaderValues): Allowance[] | undefined {
  const state = headerText(headers, RATE_LIMIT_FIELDS.state)
  const single = headerText(headers, RATE_LIMIT_FIELDS.remaining)
  if (state === undefined && single === undefined) return undefined
  const policies = listOf(headerText(headers, RATE_LIMIT_FIELDS.policy) ?? '')
  if (state === undefined) {
    const remaining = wholeNumber(single ?? '')
    if (remaining === undefined) return undefined
    const reset = wholeNumber(headerText(headers, RATE_LIMIT_FIELDS.reset) ?? '')
    return [{ name: '', remaining, reset: inSeconds(reset), windowMs: windowOf(policies[0]) }]
  }
  const found: Allowance[] = []
  for (const { name, parameters } of listOf(state)) {
    const remaining = wholeNumber(parameters.get('r') ?? parameters.get('remaining') ?? '')
    if (remaining === undefined) continue
    const reset = wholeNumber(parameters.get('t') ?? parameters.get('reset') ?? '')
    const policy = policies.find((each) => each.name === name)
    found.push({ name, remaining, reset: inSeconds(reset), windowMs: windowOf(policy) })
  }
  return found.length > 0 ? found : undefined
}

interface Item {
  readonly name: string
  readonly parameters: ReadonlyMap<string, string>
}

/**
 * Parses a list of a structured field, as far as rate limits need it: `"name";r=5;t=3, ...`, and of early versions
 * `limit=100, remaining=5, reset=3`, which is one item.
 */
function listOf(text: string): Item[] {
  const items: Item[] = []
  for (const part of text.slice(0, MAX_FIELD).split(',')) {
    const [name = '', ...rest] = part.split(';').map((each) => each.trim())
    const bare = name.includes('=')
    const pairs = (bare ? [name, ...rest] : rest).map((each) => each.split('=', 2))
    const parameters = new Map(pairs.map(([key = '', value = '']) => [key, value]))
    const last = items.at(-1)
    if (bare && last?.name === '') {
      items[items.length - 1] = {
        name: '',
        parameters: new Map([...last.parameters, ...parameters]),
      }
    } else items.push({ name: bare ? '' : name.replaceAll('"', ''), parameters })
  }
  return items
}

const MAX_FIELD = 1000

function windowOf(policy: Item | undefined): number | undefined {
  const seconds = wholeNumber(policy?.parameters.get('w') ?? '')
  return seconds === undefined || seconds === 0 ? undefined : seconds * 1000
}

function inSeconds(seconds: number | undefined): Wait | undefined {
  return seconds === undefined ? undefined : exactly(seconds * 1000)
}

function wholeNumber(text: string): number | undefined {
  return /^\s*\d{1,15}\s*$/.test(text) ? Number(text) : undefined
}

/** Headers with this name, alone or followed by `-<suffix>`: each suffix and value. */
function* named(headers: HeaderValues, name: string): Iterable<[string, string]> {
  for (const key in headers) {
    if (!key.startsWith(name)) continue
    const suffix = key.slice(name.length)
    if (suffix === '' || suffix.startsWith('-')) yield [suffix, headerText(headers, key) ?? '']
  }
}

/** The first value of a header. */
export function headerText(headers: HeaderValues, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'object' ? value[0] : value
}

/** Undefined for zero and for the past: a refusal that asks for no wait is ignored. */
function exactly(ms: number): Wait | undefined {
  return ms > 0 ? { atLeastMs: ms, atMostMs: ms } : undefined
}
