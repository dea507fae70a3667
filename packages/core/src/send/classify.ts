/** Classifies a response. Pure: the time is an argument. */
import {
  type EndpointResponse,
  type OperationId,
  readErrorBody,
  readResponse,
} from '@chatlayer-tables/contract'
import type { Executed } from '../errors.ts'
import { formatDuration } from '../values/duration.ts'
import { parseJson } from '../values/json.ts'
import { CHECK_FIRST, type Failure, type FailureKind } from './failure.ts'
import { quote, type Redact } from './redact.ts'
import { type Allowance, allowancesOf, headerText, retryAfterOf } from './retry-after.ts'
import type { HeaderValues, TransportAnswer } from './transport.ts'

export type Classified<K extends OperationId> =
  | { readonly ok: true; readonly body: EndpointResponse<K> }
  | { readonly ok: false; readonly failure: Failure }

export interface ClassifyContext {
  /** True for INSERT, UPDATE and DELETE, whose response may be empty. */
  readonly writes: boolean
  readonly redact: Redact
  /** Our clock, milliseconds since 1970. */
  readonly now: number
}

/** The body of a 2xx response that matches the contract, otherwise the failure. */
export function classifyAnswer<K extends OperationId>(
  operation: K,
  answer: TransportAnswer,
  context: ClassifyContext,
): Classified<K> {
  if (answer.status < 200 || answer.status > 299) {
    return { ok: false, failure: refusal(answer, context) }
  }
  if (context.writes && isBlank(answer.text)) {
    // The response of a write is not documented; it may be empty.
    return read(operation, {}, answer)
  }
  let body: unknown
  try {
    body = parseJson(withoutMark(answer.text))
  } catch {
    return { ok: false, failure: unreadable(answer, context) }
  }
  return read(operation, body, answer)
}

/** The gateway's clock by its `Date` header: milliseconds since 1970, in whole seconds. */
export function serverDateOf(headers: HeaderValues): number | undefined {
  const text = headerText(headers, 'date')
  if (text === undefined) return undefined
  if (text !== lastDate.text) lastDate = { text, time: Date.parse(text) }
  return Number.isNaN(lastDate.time) ? undefined : lastDate.time
}

/** The header changes once a second, and parsing it is the slowest part of reading headers. */
let lastDate = { text: '', time: Number.NaN }

/** Clocks closer than this are taken as equal, since the header has whole seconds. */
const SAME_CLOCK_MS = 2000

/** The gateway's time now: our clock, which is finer, unless the two clearly differ. */
function gatewayNow(headers: HeaderValues, now: number): number {
  const date = serverDateOf(headers)
  return date === undefined || Math.abs(date - now) <= SAME_CLOCK_MS ? now : date
}

/** What remains of rate limits according to a response that arrived now. */
export function allowancesNow(headers: HeaderValues): Allowance[] | undefined {
  return allowancesOf(headers, gatewayNow(headers, Date.now()))
}

function read<K extends OperationId>(
  operation: K,
  body: unknown,
  answer: TransportAnswer,
): Classified<K> {
  const reading = readResponse(operation, body)
  if (reading.ok) return { ok: true, body: reading.body }
  const { path, expected } = reading.misfit
  const place = writePlace(path)
  return {
    ok: false,
    failure: {
      kind: 'misfit',
      executed: 'maybe',
      status: answer.status,
      place,
      message: `the gateway's response does not match the contract: ${place === '' ? 'the body' : place}: expected ${expected}`,
      hint: 'The gateway may have changed, or the base URL may point to something else. Report it with this message, which contains no values.',
    },
  }
}

/** `['data', 3, 'id']` as `data[3].id`. Unusual names are quoted. */
export function writePlace(path: readonly (string | number)[]): string {
  let place = ''
  for (const step of path) {
    if (typeof step === 'number') place += `[${step}]`
    else if (/^[\p{L}_][\p{L}\p{N}_-]*$/u.test(step)) place += place === '' ? step : `.${step}`
    else place += `[${JSON.stringify(step)}]`
  }
  return place
}

function unreadable(answer: TransportAnswer, context: ClassifyContext): Failure {
  const what = isHtml(answer)
    ? `an HTML page${htmlTitle(answer.text, context.redact)}`
    : isBlank(answer.text)
      ? 'an empty body'
      : 'a body that is not JSON'
  return {
    kind: 'unreadable',
    executed: 'maybe',
    status: answer.status,
    message: `the gateway responded ${answer.status} with ${what} where JSON was expected`,
    hint: 'The base URL may point to a web page or a proxy instead of the gateway; the address ends in /api/v1. If it is right, try again later.',
  }
}

interface Refusal {
  readonly kind: FailureKind
  readonly executed: Executed
  readonly what: string
  readonly hint: string
}

function refusal(answer: TransportAnswer, context: ClassifyContext): Failure {
  const { status } = answer
  const { kind, executed, what, hint } = refusalOf(status)
  const words = gatewayWords(answer, context.redact)
  const retryAfter = retryAfterOf(answer.headers, gatewayNow(answer.headers, context.now))
  const wait =
    retryAfter === undefined ? '' : ` It asks to wait ${formatDuration(retryAfter.atMostMs)}.`
  return {
    kind,
    executed,
    status,
    message: `${what} (${status})${words.suffix}`,
    hint: hint + wait,
    gatewayMessage: words.message,
    retryAfter,
  }
}

function refusalOf(status: number): Refusal {
  const known = REFUSALS[status]
  if (known !== undefined) return known
  if (status >= 300 && status <= 399) return REDIRECT
  if (status >= 400 && status <= 499) return REFUSED
  if (status >= 500 && status <= 599) return UNAVAILABLE
  return { ...FAULTY, what: 'the gateway responded with an unexpected status' }
}

const REDIRECT: Refusal = {
  kind: 'redirect',
  executed: 'maybe',
  what: 'the gateway responded with a redirect, which is not followed since it would pass the token on',
  hint: 'The base URL is probably wrong (http instead of https, an old host, a login page). Use the URL it redirects to.',
}

const REFUSED: Refusal = {
  kind: 'rejected',
  executed: 'no',
  what: 'the gateway rejected the request',
  hint: 'Nothing was changed. Correct what the gateway names; the same request will be rejected again.',
}

const UNAVAILABLE: Refusal = {
  kind: 'unavailable',
  executed: 'maybe',
  what: 'the gateway failed',
  hint: `Try again later. ${CHECK_FIRST}`,
}

const FAULTY: Refusal = { ...UNAVAILABLE, kind: 'faulty' }

/** Statuses with a meaning of their own. Those that the vendor does not document are read as HTTP defines them. */
const REFUSALS: Readonly<Record<number, Refusal>> = {
  401: {
    kind: 'unauthenticated',
    executed: 'no',
    what: 'the gateway does not accept the access token',
    hint: 'Check the token (user:password, created under Settings > Access tokens) and the region it was created in.',
  },
  403: {
    kind: 'forbidden',
    executed: 'no',
    what: 'the access token is not allowed to do this',
    hint: 'A token belongs to the team it was created in. Check the team id and the bot id, or use a token of that team.',
  },
  404: {
    kind: 'missing',
    executed: 'no',
    what: 'the gateway did not find what was requested',
    hint: 'Check the team id, the bot id and the table; `listTables` lists the tables.',
  },
  408: { ...UNAVAILABLE, what: 'the gateway timed out while it waited for the request' },
  413: {
    ...REFUSED,
    what: 'the request is too large for the gateway',
    hint: 'Nothing was changed. Send fewer records at once, or shorten the largest value.',
  },
  429: {
    kind: 'throttled',
    executed: 'no',
    what: 'the rate limit of the gateway was reached',
    hint: 'Nothing was changed. Try again later, set a longer timeoutMs, or send fewer requests at once.',
  },
  501: FAULTY,
  505: FAULTY,
}

/** The gateway's own message, alone and as the end of ours. */
function gatewayWords(
  answer: TransportAnswer,
  redact: Redact,
): { message: string | undefined; suffix: string } {
  if (isHtml(answer)) {
    return { message: undefined, suffix: `, with an HTML page${htmlTitle(answer.text, redact)}` }
  }
  let body: unknown
  try {
    body = JSON.parse(answer.text)
  } catch {
    return { message: undefined, suffix: '' }
  }
  const { message, error } = readErrorBody(body)
  const words = message ?? error
  if (words === undefined) return { message: undefined, suffix: '' }
  const quoted = quote(words, redact)
  return { message: quoted, suffix: `: ${quoted}` }
}

function isHtml({ headers, text }: TransportAnswer): boolean {
  const type = headerText(headers, 'content-type')
  return (type !== undefined && /\bx?html\b/i.test(type)) || /^[\s\ufeff]*</.test(text)
}

const MAX_TITLE = 100

function htmlTitle(text: string, redact: Redact): string {
  const title = /<title[^>]{0,200}>([^<]{0,1000})/i.exec(text)?.[1]
  if (title === undefined || isBlank(title)) return ''
  return ` titled "${quote(title, redact, MAX_TITLE)}"`
}

/** Some proxies write a byte order mark, which JSON does not allow. */
function withoutMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}

function isBlank(text: string): boolean {
  return text.trim() === ''
}
