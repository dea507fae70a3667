/** Decides which HTTP requests the page server answers: only those of its own page. Pure. */
import { createHash, timingSafeEqual } from 'node:crypto'

export interface RequestHead {
  readonly method?: string | undefined
  /** As sent: no other form of the path is accepted. */
  readonly url?: string | undefined
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

export interface OwnServer {
  readonly port: number
  /** Names under which the page may be opened, such as `127.0.0.1`. */
  readonly hosts: readonly string[]
  readonly secret: string
}

export interface Rejection {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly hint?: string
}

const API_PATH = '/api'

/** What to answer: the page, a call of the API, or an error. */
export type Decision = 'page' | 'api' | Rejection

export function decide(head: RequestHead, server: OwnServer): Decision {
  const { method, url, headers } = head
  const host = headers.host
  if (!server.hosts.some((name) => host === `${name}:${server.port}`)) {
    // A name of another site that resolves to this machine (DNS rebinding).
    return reject(403, 'HOST_NOT_ALLOWED', 'This address is not the address of the page.')
  }
  const isOwnOrigin = headers.origin === `http://${String(host)}`
  if (headers.origin !== undefined && !isOwnOrigin) {
    return reject(403, 'ORIGIN_NOT_ALLOWED', 'Requests of other sites are not answered.')
  }
  if (url === '/') return decidePage(method, headers)
  if (url !== API_PATH) return reject(404, 'NOT_FOUND', 'There is nothing at this address.')
  if (method !== 'POST') return reject(405, 'METHOD_NOT_ALLOWED', 'Use POST.')
  const site = headers['sec-fetch-site']
  if (!isOwnOrigin || (site !== undefined && site !== 'same-origin')) {
    return reject(403, 'ORIGIN_NOT_ALLOWED', 'Only the page itself may send requests.')
  }
  if (!isSecret(headers.authorization, server.secret)) {
    return reject(
      401,
      'WRONG_SECRET',
      'The secret in the address of this page is missing or not valid.',
      'Open the address that the terminal shows.',
    )
  }
  if (headers['content-type'] !== 'application/json') {
    return reject(415, 'NOT_JSON', 'The content type must be application/json.')
  }
  return 'api'
}

/** The page contains no data, and may be opened from anywhere, but not be included. */
function decidePage(method: string | undefined, headers: RequestHead['headers']): Decision {
  if (method !== 'GET') return reject(405, 'METHOD_NOT_ALLOWED', 'Use GET.')
  const use = headers['sec-fetch-dest']
  if (use === undefined || use === 'document') return 'page'
  return reject(403, 'NOT_A_DOCUMENT', 'This page cannot be included in another.')
}

/** Compares digests, so that neither time nor length says how much of a guess is right. */
function isSecret(authorization: unknown, secret: string): boolean {
  return timingSafeEqual(digest(String(authorization)), digest(`Bearer ${secret}`))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function reject(status: number, code: string, message: string, hint?: string): Rejection {
  return { status, code, message, ...(hint !== undefined && { hint }) }
}

/** Headers of every response. There are no CORS headers, so other sites can read nothing. */
export const SAFE_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}
