/** Errors of HTTP, as errors of a side. */
import { isIP } from 'node:net'
import { type ProxyRoute, retryAfterOf } from '@chatlayer-tables/core'
import { SideError, type SideErrorCode, type SideErrorOptions } from '../side-error.ts'
import { describeType, titleOf } from './content.ts'
import { excerpt, type Mask } from './mask.ts'

export interface HttpErrorOptions extends SideErrorOptions {
  /** How long the server asks to wait before the next request, in milliseconds. */
  readonly waitMs?: number | undefined
  /** Whether the server responded. */
  readonly hasResponse?: boolean | undefined
}

/** An error that may be retried, if it is transient. */
export class HttpError extends SideError {
  readonly waitMs: number | undefined
  readonly hasResponse: boolean

  constructor(code: SideErrorCode, message: string, options: HttpErrorOptions = {}) {
    super(code, message, options)
    this.waitMs = options.waitMs
    this.hasResponse = options.hasResponse ?? false
  }
}

/** Why there is no response, or not all of one, by the code of the system, Node or undici. */
const SENTENCES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection broke',
  EPIPE: 'the connection broke',
  ENOTFOUND: 'there is no host of this name',
  EAI_AGAIN: 'the name of the host could not be looked up',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ETIMEDOUT: 'the connection timed out',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'no response in time',
  UND_ERR_BODY_TIMEOUT: 'the response stopped in the middle',
  UND_ERR_SOCKET: 'the connection broke',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the response has another length than it announced',
  UND_ERR_HEADERS_OVERFLOW: 'the headers of the response are too long',
  ERR_STREAM_PREMATURE_CLOSE: 'the connection broke',
  Z_DATA_ERROR: 'the compressed response is damaged',
  Z_BUF_ERROR: 'the compressed response is cut short',
}

/** What a retry does not change. */
const FINAL = /^(?:ENOTFOUND|UND_ERR_HEADERS_OVERFLOW|UND_ERR_INVALID_ARG)$/

const UNTRUSTED =
  /^(?:ERR_TLS_|ERR_SSL_|CERT_|EPROTO$|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH$|INVALID_CA$|INVALID_PURPOSE$|PATH_LENGTH_EXCEEDED$|ERROR_IN_CERT_)/

/**
 * The error of a request without a whole response.
 *
 * @param place which request, such as `https://shop.example/products, page 3`
 */
export function connectionError(
  error: unknown,
  place: string,
  url: URL,
  proxy: ProxyRoute | undefined,
): HttpError {
  const refusal = proxyStatus(error)
  if (proxy !== undefined && refusal !== undefined) return proxyError(place, proxy, refusal)
  const code = codeOf(error) ?? 'unknown'
  const via = proxy === undefined ? '' : `, through the proxy ${proxy.url} (${proxy.variable})`
  if (UNTRUSTED.test(code)) {
    return new HttpError(
      'SIDE_UNREACHABLE',
      `${place}: the connection cannot be trusted (${code})${via}`,
      {
        hint:
          code === 'EPROTO' || code.startsWith('ERR_SSL_')
            ? 'Check whether the server speaks https at this port.'
            : 'For a private certificate authority, set NODE_EXTRA_CA_CERTS to its file.',
        cause: error,
      },
    )
  }
  const sentence = SENTENCES[code] ?? brokenSentence(code)
  return new HttpError('SIDE_UNREACHABLE', `${place}: ${sentence} (${code})${via}`, {
    hint: code === 'ENOTFOUND' && isIP(url.hostname) === 0 ? 'Check the address.' : undefined,
    isTransient: !FINAL.test(code),
    cause: error,
  })
}

function brokenSentence(code: string): string {
  return code.startsWith('HPE_') ? 'the response is not valid HTTP' : 'the connection failed'
}

/** The status of a proxy that refuses, which undici has in the message only. */
function proxyStatus(error: unknown): number | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    const [, status] =
      /^Proxy (?:response|Authentication Required) \((\d{3})\)/.exec(each.message) ?? []
    if (status !== undefined) return Number(status)
  }
  return undefined
}

export function proxyError(place: string, proxy: ProxyRoute, status: number): HttpError {
  return new HttpError(
    status === 407 ? 'SIDE_ACCESS' : 'SIDE_UNREACHABLE',
    `${place}: the proxy ${proxy.url} responded with ${status}`,
    {
      hint:
        status === 407
          ? `Set ${proxy.variable} to http://user:password@host:port.`
          : `Check ${proxy.variable}, or add the host to NO_PROXY.`,
      isTransient: status >= 500,
    },
  )
}

/** The code of an error, or of what caused it. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { code } = error as { code?: unknown }
  const inner = error instanceof AggregateError ? error.errors[0] : error.cause
  const cause = inner === error ? undefined : codeOf(inner)
  return typeof code === 'string' ? code : cause
}

export interface FailedResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** The beginning of the body. */
  readonly start: string
  readonly place: string
  readonly mask: Mask
  /** Whether a credential was sent. */
  readonly isAuthenticated: boolean
  /** Whether a page was read before. */
  readonly isFurther: boolean
}

/** The error of a response without rows. */
export function statusError(response: FailedResponse): HttpError {
  const { status, place, start, mask } = response
  const message = `${place}: the API responded with ${status}${reasonOf(response, start, mask)}`
  const waitMs = waitOf(response)
  if (isRetried(response)) {
    return new HttpError('SIDE_UNREACHABLE', message, {
      isTransient: true,
      waitMs,
      hasResponse: true,
    })
  }
  if (status === 401 || status === 403) {
    return new HttpError('SIDE_ACCESS', message, {
      hint: response.isAuthenticated
        ? 'Check whether the token is valid, and whether it may read this list.'
        : CREDENTIAL_HINT,
    })
  }
  return new HttpError('SIDE_FAILED', message, { hint: hintOf(response) })
}

/** What to do where a credential is needed. */
export const CREDENTIAL_HINT =
  "The API needs a credential: pass one such as --header 'Authorization: Bearer $TOKEN', or use a saved connection."

const HINTS: Readonly<Record<number, string>> = {
  204: 'This address has no list. Check the address.',
  304: 'The API reports no change without being asked. Check the address.',
  400: 'Check the parameters in the address and the settings of paging.',
  404: 'Check the address.',
  410: 'Check the address.',
  405: 'The address is read by GET, which the API does not allow here.',
  406: "Pass --header 'Accept: …' with a format that the API has.",
}

function hintOf({ status, isFurther }: FailedResponse): string | undefined {
  if (!isFurther || status < 400) return HINTS[status]
  return `If the API responds so after the last page, add end-status=${status} to --paging.`
}

/** Some APIs limit the rate by 403; then they say how long to wait. */
function isRetried({ status, headers }: FailedResponse): boolean {
  if (status === 403)
    return headers['retry-after'] !== undefined || headers['x-ratelimit-remaining'] === '0'
  return status === 408 || status === 425 || status === 429 || (status >= 500 && status !== 501)
}

function waitOf({ headers }: FailedResponse): number | undefined {
  const date = Date.parse(String(headers.date))
  return retryAfterOf(headers, Number.isNaN(date) ? Date.now() : date)?.atMostMs
}

function reasonOf({ headers }: FailedResponse, start: string, mask: Mask): string {
  if (start.trim() === '') return ''
  const title = titleOf(start)
  if (title !== undefined) return ` and ${describeType(headers)} titled "${excerpt(title, mask)}"`
  return start.trimStart().startsWith('<')
    ? ` and ${describeType(headers)}`
    : `: ${excerpt(start, mask)}`
}
