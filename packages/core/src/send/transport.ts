/**
 * The only file that imports undici. Sends one request and returns one response or one
 * {@link TransportError}; it neither retries nor follows redirects.
 *
 * It calls the pool's `dispatch` with a handler of its own, without the stream and the promise chain
 * of `request()`.
 */
import { type Dispatcher, Pool, ProxyAgent } from 'undici'
import { formatDuration } from '../values/duration.ts'
import type { ProxyRoute } from './proxy.ts'
import {
  codeOf,
  refusedByProxy,
  TransportError,
  type TransportReason,
  transportError,
} from './transport-error.ts'

export interface TransportOptions {
  /** Scheme, host and port. */
  readonly origin: string
  readonly connections: number
  readonly connectTimeoutMs: number
  readonly maxResponseBytes: number
  /** Without one, the gateway is connected to directly. */
  readonly proxy?: ProxyRoute | undefined
}

export interface TransportRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** Names and values in turn. */
  readonly headers: string[]
  readonly body: string | undefined
}

export type HeaderValues = Readonly<Record<string, string | string[] | undefined>>

export interface TransportAnswer {
  readonly status: number
  /** The names are in lower case. */
  readonly headers: HeaderValues
  readonly text: string
}

/** One request in flight. */
export interface Exchange {
  /** Rejects with {@link TransportError} alone. */
  readonly answer: Promise<TransportAnswer>
  /** Cancels the request; `answer` rejects with reason `withdrawn`. */
  readonly withdraw: () => void
}

export interface Transport {
  /** `timeoutMs` covers all of it: waiting for a connection, headers, the last byte of the body. */
  exchange(request: TransportRequest, timeoutMs: number): Exchange
  /** Waits for requests in flight, then closes the pool. */
  close(): Promise<void>
}

export function createTransport(options: TransportOptions): Transport {
  const dispatcher = createDispatcher(options)
  return {
    exchange: (request, timeoutMs) => new PoolExchange(dispatcher, options, request, timeoutMs),
    close: () => dispatcher.close(),
  }
}

function createDispatcher(options: TransportOptions): Dispatcher {
  const settings: Pool.Options = {
    connections: options.connections,
    connectTimeout: options.connectTimeoutMs,
    maxResponseSize: options.maxResponseBytes,
    // With one request at a time on a connection, undici fails the request of a connection that
    // breaks. With more, it would resend the ones after it, POSTs included.
    pipelining: 1,
    // With HTTP/2, all requests would share one connection and fail with it.
    allowH2: false,
    // Idle connections are closed by us after undici's 4 s, before a gateway's usual 5 s or more, so
    // that a request seldom uses one that the gateway is just closing.
    // Every attempt has its own exact timer; undici's are coarse and do not limit a slow response.
    headersTimeout: 0,
    bodyTimeout: 0,
  }
  if (options.proxy === undefined) return new Pool(options.origin, settings)
  const { connectTimeoutMs } = options
  return new ProxyAgent({
    ...settings,
    uri: options.proxy.uri,
    // For plain http the agent would give a pool to the proxy none of the settings.
    factory: (origin, own) => new Pool(origin, { ...own, ...settings }),
    clientFactory: (origin, own) =>
      // The connect timeout also covers the proxy's response to CONNECT.
      withProxyErrors(
        new Pool(origin, { ...own, allowH2: false, headersTimeout: connectTimeoutMs }),
      ),
  })
}

/** No tunnel. It has no `code`, which the agent would read as another failure. */
class ProxyFailure extends Error {
  readonly status: number | undefined

  constructor(status: number | undefined, cause?: unknown) {
    super('no tunnel through the proxy', { cause })
    this.status = status
  }
}

/** Marks failures of the proxy as such, and keeps the status of its rejection. */
function withProxyErrors(pool: Pool): Pool {
  const connect = pool.connect.bind(pool) as (
    options: Dispatcher.ConnectOptions,
  ) => Promise<Dispatcher.ConnectData>
  const connectOrThrow = async (options: Dispatcher.ConnectOptions) => {
    const answer = await connect(options).catch((error: unknown) => {
      throw new ProxyFailure(undefined, error)
    })
    if (answer.statusCode === 200) return answer
    answer.socket.on('error', () => {}).destroy()
    throw new ProxyFailure(answer.statusCode)
  }
  return Object.assign(pool, { connect: connectOrThrow })
}

class PoolExchange implements Exchange, Dispatcher.DispatchHandler {
  readonly answer: Promise<TransportAnswer>
  #resolve!: (answer: TransportAnswer) => void
  #reject!: (error: TransportError) => void
  #timer: NodeJS.Timeout
  #controller: Dispatcher.DispatchController | undefined
  #done = false
  #status: number | undefined
  #headers: HeaderValues = {}
  #chunks: Buffer[] = []
  #options: TransportOptions

  constructor(
    dispatcher: Dispatcher,
    options: TransportOptions,
    request: TransportRequest,
    timeoutMs: number,
  ) {
    this.#options = options
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#timer = setTimeout(expire, timeoutMs, this, timeoutMs)
    dispatcher.dispatch(
      {
        origin: options.origin,
        path: request.path,
        method: request.method,
        headers: request.headers,
        body: request.body ?? null,
      },
      this,
    )
  }

  readonly withdraw = (): void => {
    this.#giveUp('withdrawn', 'the request was withdrawn')
  }

  expire(timeoutMs: number): void {
    this.#giveUp('timeout', `no complete response within ${formatDuration(timeoutMs)}`)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Cancelled while it waited for a connection. Throwing here, before the first byte, drops the
    // request and keeps the connection; `controller.abort` would close it.
    if (this.#done) throw new Error('given up before it was sent')
    this.#controller = controller
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: HeaderValues): void {
    if (status < 200) return
    this.#status = status
    this.#headers = headers
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    if (!this.#finish()) return
    const chunks = this.#chunks
    const whole = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)
    this.#resolve({
      status: this.#status ?? 0,
      headers: this.#headers,
      text: whole?.toString('utf8') ?? '',
    })
  }

  onResponseError(_: Dispatcher.DispatchController | null, error: Error): void {
    if (!this.#finish()) return
    const sent = this.#controller !== undefined
    this.#reject(
      (this.#options.proxy && proxyError(error, sent, this.#options.origin)) ??
        transportError(error, { sent, status: this.#status }),
    )
  }

  #giveUp(reason: TransportReason, message: string): void {
    if (!this.#finish()) return
    const error = new TransportError(reason, message, {
      sent: this.#controller !== undefined,
      status: this.#status,
    })
    this.#controller?.abort(error)
    this.#reject(error)
  }

  /** True the first time. */
  #finish(): boolean {
    if (this.#done) return false
    this.#done = true
    clearTimeout(this.#timer)
    return true
  }
}

function expire(exchange: PoolExchange, timeoutMs: number): void {
  exchange.expire(timeoutMs)
}

/** The error of a failure at the proxy itself; undefined for any other. */
function proxyError(error: Error, sent: boolean, origin: string): TransportError | undefined {
  const isForward = origin.startsWith('http:')
  // The agent's error for a 407 to a plain request, which was then not forwarded.
  if (isForward && sent && codeOf(error) === 'UND_ERR_INVALID_ARG') return refusedByProxy(407)
  if (error instanceof ProxyFailure && error.status !== undefined) {
    return refusedByProxy(error.status)
  }
  const cause = error instanceof ProxyFailure ? error.cause : isForward && !sent ? error : undefined
  return cause === undefined ? undefined : transportError(cause, { sent: false, atProxy: true })
}
