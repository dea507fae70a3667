/** Serves a page to the browser of this machine, for one session of the program. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type PageName,
  pageForServer,
  type RequestName,
  type Requests,
  type ServedPage,
} from '@chatlayer-tables/views'
import { describeFailure, UsageError } from '../failures.ts'
import type { Messages } from '../output/messages.ts'
import { decide, type OwnServer, type Rejection, SAFE_HEADERS } from './gate.ts'
import { parsePageRequest } from './request-params.ts'

/** @param signal aborted when the browser has closed the request, or the server ends */
type Handler<Name extends RequestName> = (
  params: Requests[Name]['params'],
  signal: AbortSignal,
) => Promise<Requests[Name]['result']>

/** Requests that the page may send; others are rejected. */
export type Handlers = { readonly [Name in RequestName]?: Handler<Name> }

export interface PageOptions {
  readonly page: PageName
  readonly handlers: Handlers
  /** Time without requests after which the server ends (default: 30 minutes). */
  readonly idleMs?: number
  /** Default: any free port. */
  readonly port?: number | undefined
  /** Ends the server. */
  readonly signal: AbortSignal
  /** Hides secrets in errors. */
  readonly messages: Pick<Messages, 'hide' | 'redact'>
}

export type EndReason = 'idle' | 'interrupted' | 'closed'

export interface PageServer extends AsyncDisposable {
  /** With the secret of this session in its fragment, which browsers do not send. */
  readonly url: string
  /** Settled with the first request that has the secret, or the end. */
  readonly opened: Promise<void>
  /** Settled when the server has ended. */
  readonly ended: Promise<EndReason>
  close(): Promise<void>
}

export const IDLE_MS = 30 * 60_000
/** Longest body of a request. */
const MAX_BODY = 4_000_000
/** Time for a request to arrive, so that slow senders hold no connection. */
const ARRIVAL_MS = 15_000
const MAX_CONNECTIONS = 100

/** @throws UsageError if the port is in use */
export async function servePage(options: PageOptions): Promise<PageServer> {
  const secret = randomBytes(32).toString('base64url')
  options.messages.hide(secret)
  const session = new Session(options, secret, await pageForServer(options.page))
  const server = createServer(
    {
      headersTimeout: ARRIVAL_MS,
      requestTimeout: ARRIVAL_MS,
      connectionsCheckingInterval: 1_000,
    },
    (request, response) => void session.answer(request, response),
  )
  server.maxConnections = MAX_CONNECTIONS
  // Upgrades and CONNECT have no purpose here; without listeners, Node closes CONNECT only.
  server.on('upgrade', (_, socket) => socket.destroy())
  const address = await listen(server, options.port ?? 0)
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address
  session.open(server, { port: address.port, hosts: [name, 'localhost'], secret })
  const close = (): Promise<void> => session.end('closed')
  return {
    url: `http://${name}:${address.port}/#${secret}`,
    opened: session.opened.promise,
    ended: session.ended.promise,
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Listens on loopback only. */
async function listen(server: Server, port: number): Promise<AddressInfo> {
  for (const host of ['127.0.0.1', '::1']) {
    try {
      server.listen({ host, port, exclusive: true })
      await once(server, 'listening')
      return server.address() as AddressInfo
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === 'EADDRINUSE' || code === 'EACCES') {
        throw new UsageError(`port ${port} cannot be used: ${code}`, 'Pass another --port.')
      }
      // A machine may have only one of the two.
      if (code !== 'EADDRNOTAVAIL' && code !== 'EAFNOSUPPORT') throw error
    }
  }
  throw new UsageError('this machine has no loopback address')
}

class Session {
  readonly opened = Promise.withResolvers<void>()
  readonly ended = Promise.withResolvers<EndReason>()
  readonly #options: PageOptions
  readonly #page: ServedPage
  readonly #stop = new AbortController()
  readonly #onStop = (): void => void this.end('interrupted')
  #own: OwnServer
  #server: Server | undefined
  #idle: NodeJS.Timeout | undefined
  #inFlight = 0

  constructor(options: PageOptions, secret: string, page: ServedPage) {
    this.#options = options
    this.#page = page
    this.#own = { port: 0, hosts: [], secret }
  }

  open(server: Server, own: OwnServer): void {
    this.#server = server
    this.#own = own
    this.#rest()
    const { signal } = this.#options
    if (signal.aborted) this.#onStop()
    else signal.addEventListener('abort', this.#onStop, { once: true })
  }

  /** Aborts requests in flight, and closes all connections. */
  async end(reason: EndReason): Promise<void> {
    if (!this.#stop.signal.aborted) {
      clearTimeout(this.#idle)
      this.#options.signal.removeEventListener('abort', this.#onStop)
      this.#stop.abort()
      const closed = new Promise<void>((resolve) => this.#server?.close(() => resolve()))
      this.#server?.closeAllConnections()
      await closed
      this.opened.resolve()
      this.ended.resolve(reason)
    }
    await this.ended.promise
  }

  /** Never rejects. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const decision = decide(request, this.#own)
      if (decision === 'page') sendPage(response, this.#page)
      else if (decision === 'api') await this.#call(request, response)
      else sendRejection(request, response, decision)
    } catch {
      // The connection was closed, or is of no use any more.
      response.destroy()
    }
  }

  async #call(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.opened.resolve()
    const left = new AbortController()
    response.on('close', () => left.abort())
    clearTimeout(this.#idle)
    this.#inFlight += 1
    try {
      const body = await readBody(request)
      if (body === undefined) return sendRejection(request, response, TOO_LARGE)
      const signal = AbortSignal.any([left.signal, this.#stop.signal])
      sendJson(response, 200, await this.#resultOf(body, signal))
    } finally {
      this.#inFlight -= 1
      this.#rest()
    }
  }

  async #resultOf(body: string, signal: AbortSignal): Promise<object> {
    try {
      const { name, params } = parsePageRequest(body)
      const handler = this.#options.handlers[name] as Handler<RequestName> | undefined
      if (handler === undefined) throw new UsageError(`this page cannot ask for "${name}"`)
      return { result: await handler(params, signal) }
    } catch (error) {
      return { error: this.#describe(error) }
    }
  }

  #describe(error: unknown): { code: string; message: string; hint?: string } {
    const { redact } = this.#options.messages
    const failure = describeFailure(error)
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'NOT_DONE'
    const hidden = (text: string): string => redact.call(this.#options.messages, text)
    return {
      code,
      message: hidden(failure?.message ?? 'The output was closed.'),
      ...(failure?.hint !== undefined && { hint: hidden(failure.hint) }),
    }
  }

  /** Counts the time without requests from now. */
  #rest(): void {
    clearTimeout(this.#idle)
    if (this.#inFlight > 0 || this.#stop.signal.aborted) return
    this.#idle = setTimeout(() => void this.end('idle'), this.#options.idleMs ?? IDLE_MS)
  }
}

const TOO_LARGE: Rejection = {
  status: 413,
  code: 'TOO_LARGE',
  message: `A request may have at most ${MAX_BODY} bytes.`,
}

/** @returns undefined if it is too long */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY) return undefined
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    length += (chunk as Buffer).length
    if (length > MAX_BODY) return undefined
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function sendPage(response: ServerResponse, { html, policy }: ServedPage): void {
  response
    .writeHead(200, {
      ...SAFE_HEADERS,
      'content-security-policy': policy,
      'content-type': 'text/html; charset=utf-8',
    })
    .end(html)
}

function sendRejection(
  request: IncomingMessage,
  response: ServerResponse,
  { status, ...error }: Rejection,
): void {
  // The rest of the request is not read.
  response.setHeader('connection', 'close')
  response.on('finish', () => request.socket.destroySoon())
  sendJson(response, status, { error })
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response
    .writeHead(status, { ...SAFE_HEADERS, 'content-type': 'application/json; charset=utf-8' })
    .end(JSON.stringify(body))
}
