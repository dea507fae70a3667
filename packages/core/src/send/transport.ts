/**
 * The interface of a transport: it sends one request and returns one response or one
 * {@link TransportError}. It neither retries nor follows redirects.
 */
import { createDispatcherTransport, type HttpDispatcher } from './dispatcher-transport.ts'
import { createNodeTransport } from './node-transport.ts'
import type { ProxyRoute } from './proxy.ts'
import type { Redact } from './redact.ts'

export interface TransportOptions {
  /** Scheme, host and port. */
  readonly origin: string
  readonly connections: number
  readonly connectTimeoutMs: number
  readonly maxResponseBytes: number
  /** Without one, the gateway is connected to directly. */
  readonly proxy?: ProxyRoute | undefined
  /** Sends the requests in place of our own connections; the connection options then do not apply. */
  readonly dispatcher?: HttpDispatcher | undefined
  /** Applied to the text of a dispatcher's error. */
  readonly redact?: Redact | undefined
}

export interface TransportRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  /** Whether to open a connection for this request alone. A dispatcher does not know this. */
  readonly newConnection?: boolean | undefined
  /**
   * Asked when its connection is ready, before the first byte: it may have waited for that. If not, the
   * answer rejects as withdrawn.
   */
  readonly mayStart?: (() => boolean) | undefined
}

/** Headers of a response, by name in lower case. */
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
  readonly exchange: (request: TransportRequest, timeoutMs: number) => Exchange
  /** Waits for requests in flight, then closes the connections. */
  readonly close: () => Promise<void>
}

export function createTransport(options: TransportOptions): Transport {
  const { dispatcher } = options
  return dispatcher === undefined
    ? createNodeTransport(options)
    : createDispatcherTransport({ ...options, dispatcher })
}
