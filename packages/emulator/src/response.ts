/** Responses on the socket: correct ones, and those of faults. */
import type { ServerResponse } from 'node:http'
import { errorBody, pageText } from '@chatlayer-tables/contract'
import { statusText } from './errors.ts'
import type { Ending } from './faults.ts'

const JSON_TYPE = 'application/json; charset=utf-8'

export type Headers = Readonly<Record<string, string>>

export function sendJson(
  outgoing: ServerResponse,
  status: number,
  body: string,
  headers: Headers = {},
): void {
  send(outgoing, status, JSON_TYPE, body, headers)
}

/** @param asList the dialect's form of `message` */
export function sendError(
  outgoing: ServerResponse,
  status: number,
  messages: readonly string[],
  asList: boolean,
  headers: Headers = {},
): void {
  const body = errorBody(status, statusText(status), asList ? [...messages] : messages.join('; '))
  sendJson(outgoing, status, JSON.stringify(body), headers)
}

function send(
  outgoing: ServerResponse,
  status: number,
  type: string,
  body: string | Buffer,
  headers: Headers,
): void {
  startAnswer(outgoing, status, type, body, headers)
  // Head and body are sent in one write, which takes a string, and the responses to all requests of
  // one turn are sent together: under load that wakes a busy client once instead of once for each.
  setImmediate(() => outgoing.end(body))
}

function startAnswer(
  outgoing: ServerResponse,
  status: number,
  type: string,
  body: string | Buffer,
  headers: Headers,
): void {
  outgoing.writeHead(status, {
    ...headers,
    'content-type': type,
    'content-length': Buffer.byteLength(body),
  })
}

/** A page without records, which a body fault damages when the request was not carried out. */
const PLACEHOLDER = pageText([], { total: 0, limit: 0, offset: 0 })

const HTML = `<!DOCTYPE html>
<html><head><title>Bad Gateway</title></head>
<body><h1>Bad Gateway</h1><p>The server could not be reached.</p></body></html>
`

/**
 * Ends a request with a fault.
 *
 * @param body body of the response where the request was carried out
 * @returns the status that was sent; undefined where none was
 */
export function misbehave(
  ending: Ending,
  outgoing: ServerResponse,
  body: string | undefined,
  asList: boolean,
  headers: Headers,
): number | undefined {
  const bytes = Buffer.from(body ?? PLACEHOLDER)
  const half = bytes.subarray(0, bytes.length >> 1)
  switch (ending.kind) {
    case 'status':
      sendError(outgoing, ending.status, [statusText(ending.status)], asList, headers)
      return ending.status
    case 'reset':
      outgoing.socket?.resetAndDestroy()
      return undefined
    case 'hang':
      return undefined
    case 'cut-body':
      startAnswer(outgoing, 200, JSON_TYPE, bytes, headers)
      outgoing.write(half, () => outgoing.destroy())
      return 200
    case 'malformed-body':
      send(outgoing, 200, JSON_TYPE, half, headers)
      return 200
    case 'html':
      send(outgoing, ending.status, 'text/html; charset=utf-8', HTML, headers)
      return ending.status
    case 'slow-drip':
      startAnswer(outgoing, 200, JSON_TYPE, bytes, headers)
      drip(outgoing, bytes, ending.ms)
      return 200
  }
}

/** Writes in equal pieces, byte by byte where the time allows a timer for each. */
function drip(outgoing: ServerResponse, bytes: Buffer, ms: number): void {
  outgoing.flushHeaders()
  const pieces = Math.max(1, Math.min(bytes.length, Math.floor(ms)))
  let written = 0
  const timer = setInterval(() => {
    written += 1
    const from = Math.floor(((written - 1) * bytes.length) / pieces)
    const to = Math.floor((written * bytes.length) / pieces)
    outgoing.write(bytes.subarray(from, to))
    if (written < pieces) return
    clearInterval(timer)
    outgoing.end()
  }, ms / pieces)
  outgoing.once('close', () => clearInterval(timer))
}
