/**
 * Sends requests through a dispatcher of undici that the caller provides. Its types are described
 * here, so that this library needs neither undici nor its types.
 */
import { type OpenExchange, OpenExchanges } from './open-exchange.ts'
import { quote } from './redact.ts'
import type { HeaderValues, Transport, TransportOptions, TransportRequest } from './transport.ts'
import { codeOf, transportError } from './transport-error.ts'

/** A dispatcher of undici 7 or later: an `Agent`, `Pool`, `ProxyAgent`, `MockAgent` or the like. */
export interface HttpDispatcher {
  /** Sends one request, and calls the handler as the response arrives. */
  dispatch(options: HttpDispatchOptions, handler: HttpDispatchHandler): boolean
}

/** One request, as undici's `Dispatcher.DispatchOptions`. */
export interface HttpDispatchOptions {
  origin: string
  path: string
  method: 'GET' | 'POST'
  headers: Record<string, string>
  body: string | null
  idempotent: boolean
  headersTimeout: number
  bodyTimeout: number
}

/** As undici's `Dispatcher.DispatchController`. */
export interface HttpDispatchController {
  /** Ends the request. */
  abort(reason: Error): void
}

/** As undici's `Dispatcher.DispatchHandler`, without upgrades. */
export interface HttpDispatchHandler {
  /** The request is about to be sent. */
  onRequestStart(controller: HttpDispatchController): void
  /** Status and headers of the response arrived. */
  onResponseStart(controller: HttpDispatchController, status: number, headers: HeaderValues): void
  /** A part of the body arrived. */
  onResponseData(controller: HttpDispatchController, chunk: Buffer): void
  /** The response is complete. */
  onResponseEnd(): void
  /** The request failed. */
  onResponseError(controller: HttpDispatchController | null, error: Error): void
}

/** Closing waits for requests in flight; the dispatcher belongs to the caller and stays open. */
export function createDispatcherTransport(
  options: TransportOptions & { readonly dispatcher: HttpDispatcher },
): Transport {
  const { dispatcher, origin, maxResponseBytes, redact = (text) => text } = options
  const exchanges = new OpenExchanges(maxResponseBytes)

  function reject(open: OpenExchange, error: unknown): void {
    const why = error instanceof Error ? quote(error.message, redact) : 'unknown error'
    open.giveUp('dispatcher', `the dispatcher did not accept the request: ${why}`, codeOf(error))
  }

  function exchange(request: TransportRequest, timeoutMs: number): OpenExchange {
    const open = exchanges.add(timeoutMs)
    if (open.isDone) return open
    try {
      dispatcher.dispatch(
        dispatchOptions(origin, request),
        new Handler(open, reject, request.mayStart),
      )
    } catch (error) {
      // Releases before 7 do not know this kind of handler.
      reject(open, error)
    }
    return open
  }

  return { exchange, close: () => exchanges.close() }
}

function dispatchOptions(
  origin: string,
  { path, method, headers, body }: TransportRequest,
): HttpDispatchOptions {
  return {
    origin,
    path,
    method,
    headers: { ...headers },
    body: body ?? null,
    // Even in a pool with pipelining, requests then take turns on a connection.
    idempotent: false,
    // Every attempt has its own exact timer; undici's are coarse and do not limit a slow response.
    headersTimeout: 0,
    bodyTimeout: 0,
  }
}

/**
 * Codes of a dispatcher that does not take the request at all: a mock without a matching intercept,
 * a closed dispatcher, a header that it does not allow. A retry would not change that.
 */
const REJECTED = /^UND_(?:MOCK_ERR_\w+|ERR_(?:INVALID_ARG|NOT_SUPPORTED|CLOSED|DESTROYED))$/

class Handler implements HttpDispatchHandler {
  readonly #exchange: OpenExchange
  readonly #reject: (exchange: OpenExchange, error: Error) => void
  readonly #mayStart: () => boolean

  constructor(
    exchange: OpenExchange,
    reject: (exchange: OpenExchange, error: Error) => void,
    mayStart = () => true,
  ) {
    this.#exchange = exchange
    this.#reject = reject
    this.#mayStart = mayStart
  }

  onRequestStart(controller: HttpDispatchController): void {
    if (!this.#exchange.isDone && !this.#mayStart()) this.#exchange.withdraw()
    // Given up while it waited for a connection. Throwing here, before the first byte, drops the
    // request and keeps the connection; `controller.abort` would close it.
    if (this.#exchange.isDone) throw new Error('given up before it was sent')
    this.#exchange.isSent = true
    this.#exchange.abort = (error) => controller.abort(error)
  }

  onResponseStart(_: HttpDispatchController, status: number, headers: HeaderValues): void {
    if (status >= 200) this.#exchange.begin(status, headers)
  }

  onResponseData(_: HttpDispatchController, chunk: Buffer): void {
    this.#exchange.add(chunk)
  }

  onResponseEnd(): void {
    this.#exchange.end()
  }

  onResponseError(_: HttpDispatchController | null, error: Error): void {
    const { isSent: sent, status } = this.#exchange
    if (!sent && REJECTED.test(codeOf(error) ?? '')) this.#reject(this.#exchange, error)
    else this.#exchange.fail(transportError(error, { sent, status }))
  }
}
