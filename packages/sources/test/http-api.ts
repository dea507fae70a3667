/**
 * An HTTP API on loopback, for tests: lists in the style of well-known APIs, and every fault that a
 * network or a server can have. Also for the tests of other packages, as
 * `@chatlayer-tables/sources/test-http-api`.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { API_STYLES, type ApiAnswer, type ApiRequest, type ApiStyleName } from './http-styles.ts'

export {
  API_STYLES,
  type ApiAnswer,
  type ApiRequest,
  type ApiStyle,
  type ApiStyleName,
} from './http-styles.ts'

/** What goes wrong with one request. */
export type Fault =
  | {
      readonly kind: 'status'
      readonly status: number
      readonly retryAfter?: string
      readonly body?: string
    }
  /** The connection is reset before any byte of the response. */
  | { readonly kind: 'reset' }
  /** It is reset within the headers. */
  | { readonly kind: 'reset-headers' }
  /** It is reset after this part of the body, of a length that was announced or in chunks. */
  | { readonly kind: 'reset-body'; readonly part: number; readonly chunked?: boolean }
  /** The connection ends properly, before the announced length. */
  | { readonly kind: 'short'; readonly part: number }
  /** What follows this part of the body is not a chunk. */
  | { readonly kind: 'bad-chunk'; readonly part: number }
  /** The compressed body ends too early, in a response that is complete. */
  | { readonly kind: 'short-gzip' }
  /** Nothing is sent until the client gives up. */
  | { readonly kind: 'hang' }
  /** The rest of the body is never sent. */
  | { readonly kind: 'stall'; readonly part: number }
  /** The body is sent in small parts. */
  | { readonly kind: 'slow' }
  /** This answer instead. */
  | { readonly kind: 'answer'; readonly answer: ApiAnswer }

export interface RecordedRequest {
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
}

export interface HttpApi extends AsyncDisposable {
  /** The address of the list. */
  readonly url: string
  readonly origin: string
  /** The texts of the rows: JSON objects. May be replaced at any time. */
  rows: readonly string[]
  style: ApiStyleName
  /** Rows per page. */
  size: number
  /** Faults of the next requests, in order; undefined for none. */
  faults: (Fault | undefined)[]
  /** How bodies are compressed. */
  compression: 'gzip' | 'br' | 'deflate' | 'deflate-raw' | undefined
  /** Whether responses have an `ETag` and answer conditional requests. */
  hasTags: boolean
  /** The value of the header Authorization, without which the answer is 401. */
  authorization: string | undefined
  /** Answers by path, in place of the list. */
  readonly routes: Map<string, (request: RecordedRequest) => ApiAnswer>
  readonly requests: RecordedRequest[]
}

/** @param rows the objects, or their JSON texts */
export async function startHttpApi(rows: readonly (string | object)[] = []): Promise<HttpApi> {
  const server = createServer((request, response) => {
    void respond(api, request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const api: HttpApi = {
    url: `${origin}/products`,
    origin,
    rows: rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))),
    style: 'github',
    size: 3,
    faults: [],
    compression: undefined,
    hasTags: false,
    authorization: undefined,
    routes: new Map(),
    requests: [],
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return api
}

async function respond(
  api: HttpApi,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(incoming.url ?? '/', api.origin)
  const request = { path: url.pathname, query: url.searchParams, headers: incoming.headers }
  api.requests.push(request)
  response.on('error', () => {})
  const fault = api.faults.shift()
  if (fault !== undefined && failEarly(fault, response)) return
  const answer = fault?.kind === 'answer' ? fault.answer : answerOf(api, request)
  send(api, answer, fault, incoming, response)
}

function answerOf(api: HttpApi, request: RecordedRequest): ApiAnswer {
  if (api.authorization !== undefined && request.headers.authorization !== api.authorization) {
    return { status: 401, body: '{"message":"Bad credentials"}' }
  }
  const route = api.routes.get(request.path)
  if (route !== undefined) return route(request)
  if (request.path !== new URL(api.url).pathname)
    return { status: 404, body: '{"message":"Not Found"}' }
  const { rows, size, url } = api
  const asked: ApiRequest = { url, query: request.query, rows, size }
  return API_STYLES[api.style].answer(asked)
}

/** @returns whether the response is done */
function failEarly(fault: Fault, response: ServerResponse): boolean {
  switch (fault.kind) {
    case 'status':
      response.writeHead(fault.status, {
        ...(fault.retryAfter !== undefined && { 'retry-after': fault.retryAfter }),
        'content-type': 'application/json',
      })
      response.end(fault.body ?? '{"message":"not now"}')
      return true
    case 'reset':
      response.socket?.resetAndDestroy()
      return true
    case 'reset-headers':
      response.socket?.write('HTTP/1.1 200 OK\r\ncontent-ty', () =>
        response.socket?.resetAndDestroy(),
      )
      return true
    case 'hang':
      return true
    default:
      return false
  }
}

const COMPRESS = {
  gzip: gzipSync,
  br: brotliCompressSync,
  deflate: deflateSync,
  'deflate-raw': deflateRawSync,
}

function send(
  api: HttpApi,
  answer: ApiAnswer,
  fault: Fault | undefined,
  incoming: IncomingMessage,
  response: ServerResponse,
): void {
  const { status = 200 } = answer
  const headers: Record<string, string | string[]> = {
    'content-type': 'application/json; charset=utf-8',
    ...answer.headers,
  }
  if (api.hasTags && status === 200) {
    const tag = `"${createHash('sha256').update(answer.body).digest('hex').slice(0, 12)}"`
    headers.etag = tag
    if (incoming.headers['if-none-match'] === tag) {
      response.writeHead(304, { etag: tag }).end()
      return
    }
  }
  let body: Buffer = Buffer.from(answer.body)
  if (api.compression !== undefined) {
    body = COMPRESS[api.compression](body)
    headers['content-encoding'] = api.compression.replace('-raw', '')
  }
  if (fault?.kind === 'short-gzip') {
    body = gzipSync(answer.body)
    body = body.subarray(0, body.length - 9)
    headers['content-encoding'] = 'gzip'
  }
  sendBody(body, status, headers, fault, response)
}

function sendBody(
  body: Buffer,
  status: number,
  headers: Record<string, string | string[]>,
  fault: Fault | undefined,
  response: ServerResponse,
): void {
  const part = fault !== undefined && 'part' in fault ? Math.floor(body.length * fault.part) : 0
  const start = body.subarray(0, part)
  switch (fault?.kind) {
    case 'reset-body':
      response.writeHead(
        status,
        fault.chunked ? headers : { ...headers, 'content-length': body.length },
      )
      response.flushHeaders()
      // Given time to arrive: a reset drops what was not read.
      response.write(start, () => setTimeout(() => response.socket?.resetAndDestroy(), 5))
      return
    case 'short':
      response.writeHead(status, {
        ...headers,
        'content-length': body.length + 1,
        connection: 'close',
      })
      response.write(start, () => response.socket?.end())
      return
    case 'bad-chunk':
      response.writeHead(status, headers)
      response.write(start.length > 0 ? start : ' ')
      response.socket?.end('this is no chunk\r\n')
      return
    case 'stall':
      response.writeHead(status, { ...headers, 'content-length': body.length })
      response.flushHeaders()
      response.write(start)
      return
    case 'slow':
      response.writeHead(status, headers)
      void sendSlowly(body, response)
      return
    default:
      response.writeHead(status, headers)
      response.end(body)
  }
}

async function sendSlowly(body: Buffer, response: ServerResponse): Promise<void> {
  const step = Math.ceil(body.length / 8)
  for (let at = 0; at < body.length; at += step) {
    response.write(body.subarray(at, at + step))
    await new Promise((resolve) => setImmediate(resolve))
  }
  response.end()
}
