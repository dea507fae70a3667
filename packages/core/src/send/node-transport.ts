/**
 * Sends requests by node:http over connections of our own. Nothing is sent twice, and a request is
 * written only to a connection that is complete and trusted, so it is certain whether it was sent.
 */
import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Duplex } from 'node:stream'
import {
  ConnectFailure,
  type Connector,
  createConnector,
  isForwarded,
  proxyAuthorization,
  resetConnection,
} from './connect.ts'
import { type OpenExchange, OpenExchanges } from './open-exchange.ts'
import type { Transport, TransportOptions, TransportRequest } from './transport.ts'
import { refusedByProxy, transportError } from './transport-error.ts'

/**
 * Idle connections are closed after this time, or a second before the end that the server's
 * Keep-Alive header announces: before a gateway's usual 5 s or more, so that a request seldom uses
 * one that the gateway is just closing.
 */
const IDLE_MS = 4000

export function createNodeTransport(options: TransportOptions): Transport {
  const { connections, maxResponseBytes } = options
  const connector = createConnector(options)
  const agent = new ConnectionAgent(connector, connections, true)
  const newConnections = new ConnectionAgent(connector, connections, false)
  const prepare = createPreparer(options, agent, newConnections)
  const waiting: [OpenExchange, TransportRequest][] = []
  const exchanges = new OpenExchanges(maxResponseBytes)
  let running = 0

  /** A request holds its place until its connection is free or closed. */
  function start(exchange: OpenExchange, request: TransportRequest): void {
    let sending: ClientRequest
    try {
      sending = prepare(request)
    } catch (error) {
      // Node rejects a path or a header with characters that HTTP does not allow.
      exchange.fail(transportError(error, { sent: false }))
      return
    }
    running += 1
    exchange.abort = () => {
      if (sending.socket !== null) resetConnection(sending.socket)
      sending.destroy()
    }
    follow(sending, exchange, { ...options, mayStart: request.mayStart })
    // The agent takes the connection back right after this event.
    sending.on('close', () =>
      queueMicrotask(() => {
        running -= 1
        startNext()
      }),
    )
    sending.end(request.body)
  }

  function startNext(): void {
    while (running < connections) {
      const next = waiting.shift()
      if (next === undefined) return
      if (!next[0].isDone) start(...next)
    }
  }

  return {
    exchange(request, timeoutMs) {
      const exchange = exchanges.add(timeoutMs)
      if (exchange.isDone) return exchange
      if (running < connections) start(exchange, request)
      else waiting.push([exchange, request])
      return exchange
    },
    async close() {
      await exchanges.close()
      agent.destroy()
      newConnections.destroy()
    },
  }
}

class ConnectionAgent extends Agent {
  readonly #connector: Connector
  readonly #idle = new WeakSet<Duplex>()

  constructor(connector: Connector, connections: number, keepAlive: boolean) {
    super({
      keepAlive,
      maxSockets: connections,
      maxFreeSockets: connections,
      scheduling: 'lifo',
      timeout: IDLE_MS,
    })
    this.#connector = connector
  }

  /** The request gets its socket when it is ready, and is written from then on. */
  override createConnection(
    _: unknown,
    callback: (error: Error | null, socket: Duplex) => void = () => {},
  ): undefined {
    this.#connector.open().then(
      (socket) => {
        socket.on('data', () => this.#endIfIdle(socket))
        callback(null, socket)
      },
      (error: Error) => callback(error, undefined as never),
    )
  }

  /** An idle connection that receives something is out of step: its next response could be wrong. */
  #endIfIdle(socket: Duplex): void {
    if (this.#idle.has(socket)) socket.destroy()
  }

  override keepSocketAlive(socket: Duplex): boolean {
    this.#idle.add(socket)
    // Node's types omit that it returns whether to keep the socket.
    return super.keepSocketAlive(socket) as unknown as boolean
  }

  override reuseSocket(socket: Duplex, request: ClientRequest): void {
    this.#idle.delete(socket)
    super.reuseSocket(socket, request)
    // Deno sends a request again, even a POST, if this is set when its connection breaks.
    request.reusedSocket = false
  }

  override destroy(): void {
    super.destroy()
    this.#connector.stop()
  }
}

/** Makes the requests of a client, which go to one origin. */
function createPreparer(
  options: TransportOptions,
  agent: Agent,
  newConnections: Agent,
): (request: TransportRequest) => ClientRequest {
  const { protocol, host, hostname, port } = new URL(options.origin)
  const forwarded = isForwarded(options)
  const authorization = forwarded && options.proxy ? proxyAuthorization(options.proxy) : undefined
  const always = { host, ...(authorization && { 'proxy-authorization': authorization }) }
  // The agent makes the connections of both protocols. Who observes requests of Node sees the
  // gateway's own protocol, host and port.
  const makeRequest = protocol === 'https:' ? httpsRequest : httpRequest
  for (const each of [agent, newConnections]) Object.assign(each, { protocol })
  return ({ method, path, headers, newConnection }) =>
    makeRequest({
      agent: newConnection ? newConnections : agent,
      host: hostname,
      port,
      method,
      path: forwarded ? options.origin + path : path,
      headers: { ...always, ...headers },
    })
}

/** Passes on what happens to a request. */
function follow(
  request: ClientRequest,
  exchange: OpenExchange,
  options: TransportOptions & Pick<TransportRequest, 'mayStart'>,
): void {
  const { mayStart = () => true } = options
  request.on('socket', () => {
    // Nothing is written before this event has passed, and nothing to a connection that was closed.
    if (mayStart()) exchange.isSent = true
    else exchange.withdraw()
  })
  request.on('response', (response) => {
    const { statusCode: status = 0 } = response
    if (status === 407 && isForwarded(options)) {
      exchange.fail(refusedByProxy(status))
      request.destroy()
      return
    }
    exchange.begin(status, headersOf(response))
    response.on('data', (chunk: Buffer) => exchange.add(chunk))
    response.on('end', () => exchange.end())
    response.on('error', fail)
  })
  request.on('error', fail)
  // The end of what has neither a whole response nor an error, such as a switch of protocols.
  request.on('close', () => {
    if (!exchange.isDone) fail(Object.assign(new Error('closed'), { code: 'ECONNRESET' }))
  })

  function fail(error: Error): void {
    if (exchange.isDone) return
    const { isSent: sent, status } = exchange
    if (!(error instanceof ConnectFailure)) exchange.fail(transportError(error, { sent, status }))
    else if (error.status !== undefined) exchange.fail(refusedByProxy(error.status))
    else exchange.fail(transportError(error.cause, { sent: false, atProxy: error.atProxy }))
  }
}

/** A header that is sent several times has all of its values. */
function headersOf({ rawHeaders }: IncomingMessage): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {}
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase()
    const value = rawHeaders[at + 1] ?? ''
    const earlier = Object.hasOwn(headers, name) ? headers[name] : undefined
    headers[name] = earlier === undefined ? value : [earlier, value].flat()
  }
  return headers
}
