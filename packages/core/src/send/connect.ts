/** Opens connections to the gateway: direct or through a proxy, in plain text or by TLS. */
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { isIP, connect as netConnect, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type ConnectionOptions, connect as tlsConnect } from 'node:tls'
import type { ProxyRoute } from './proxy.ts'

export interface Route {
  /** Scheme, host and port. */
  readonly origin: string
  readonly proxy?: ProxyRoute | undefined
  /** For all of it: name lookup, TCP, the tunnel through the proxy, TLS. */
  readonly connectTimeoutMs: number
}

/** No connection. The cause is the error of the system, if there is one. */
export class ConnectFailure extends Error {
  /** Whether the proxy failed, not what is after it. */
  readonly atProxy: boolean
  /** The proxy's response to CONNECT. */
  readonly status: number | undefined

  constructor(cause: unknown, atProxy: boolean, status?: number) {
    super('no connection', { cause })
    this.atProxy = atProxy
    this.status = status
  }
}

export interface Connector {
  /**
   * Resolves to a socket that requests may be written to: connected and, with https, trusted.
   *
   * @throws ConnectFailure alone
   */
  readonly open: () => Promise<Socket>
  /** Ends connections that are still being opened. */
  readonly stop: () => void
}

/** Plain http goes to a proxy as a request with an absolute URL, without a tunnel. */
export function isForwarded({ origin, proxy }: Pick<Route, 'origin' | 'proxy'>): boolean {
  return proxy !== undefined && origin.startsWith('http:')
}

export function proxyAuthorization({ credentials }: ProxyRoute): string | undefined {
  return credentials === '' ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`
}

/** By TLS socket, the connection that carries it. */
const carriers = new WeakMap<Duplex, Socket>()

/**
 * Closes a connection, and drops what the system has not delivered yet. After a mere `destroy()` the
 * system would still deliver a whole request, seconds or minutes later where the network failed for
 * that long.
 */
export function resetConnection(socket: Duplex): void {
  let connection = socket
  for (let next = carriers.get(socket); next !== undefined; next = carriers.get(next)) {
    connection = next
  }
  try {
    if (connection instanceof Socket) connection.resetAndDestroy()
  } finally {
    socket.destroy()
  }
}

export function createConnector(route: Route): Connector {
  const gateway = new URL(route.origin)
  const { proxy } = route
  const stops = new Set<AbortController>()
  // Resumed sessions make the handshakes of later connections cheaper.
  let session: Buffer | undefined

  const secure = async (carrier: Socket, signal: AbortSignal): Promise<Socket> => {
    const socket = startTls(carrier, { ...tlsOptions(gateway), session })
    socket.on('session', (fresh) => {
      session = fresh
    })
    return await ready(socket, 'secureConnect', signal)
  }

  async function openThrough(via: ProxyRoute, signal: AbortSignal): Promise<Socket> {
    const address = new URL(via.url)
    let tunnel: Socket
    try {
      let socket = await openTcp(address, signal)
      if (address.protocol === 'https:') {
        socket = await ready(startTls(socket, tlsOptions(address)), 'secureConnect', signal)
      }
      if (isForwarded(route)) return socket
      tunnel = await openTunnel(socket, gateway, via, signal)
    } catch (error) {
      if (error instanceof ConnectFailure) throw error
      throw new ConnectFailure(signal.aborted ? signal.reason : error, true)
    }
    return await secure(tunnel, signal)
  }

  async function openWithin(signal: AbortSignal): Promise<Socket> {
    try {
      if (proxy !== undefined) return await openThrough(proxy, signal)
      const socket = await openTcp(gateway, signal)
      return gateway.protocol === 'https:' ? await secure(socket, signal) : socket
    } catch (error) {
      throw error instanceof ConnectFailure ? error : new ConnectFailure(error, false)
    }
  }

  return {
    async open() {
      const stop = new AbortController()
      stops.add(stop)
      const timer = setTimeout(() => stop.abort(errorWithCode('ETIMEDOUT')), route.connectTimeoutMs)
      try {
        return await openWithin(stop.signal)
      } finally {
        clearTimeout(timer)
        stops.delete(stop)
      }
    },
    stop() {
      for (const stop of stops) stop.abort(errorWithCode('ECONNABORTED'))
    },
  }
}

function errorWithCode(code: string): Error {
  return Object.assign(new Error(code), { code })
}

function tcpOptions({ protocol, hostname, port }: URL) {
  return {
    host: hostOf(hostname),
    port: Number(port) || (protocol === 'https:' ? 443 : 80),
    noDelay: true,
  }
}

function openTcp(url: URL, signal: AbortSignal): Promise<Socket> {
  return ready(netConnect(tcpOptions(url)), 'connect', signal)
}

function tlsOptions(url: URL): ConnectionOptions {
  const { host } = tcpOptions(url)
  // An IP address is not a server name.
  const servername = isIP(host) ? '' : host
  return { host, servername, ALPNProtocols: ['http/1.1'] }
}

/** @param carrier closed together with the TLS socket */
function startTls(carrier: Socket, options: ConnectionOptions): Socket {
  const socket = tlsConnect({ ...options, socket: carrier })
  carriers.set(socket, carrier)
  // Its errors are errors of the TLS socket too.
  carrier.on('error', () => {})
  socket.once('close', () => carrier.destroy())
  return socket
}

/** Without the brackets of an IPv6 address. */
function hostOf(hostname: string): string {
  return hostname.replace(/^\[(.+)\]$/, '$1')
}

/** The socket when it has emitted the event; destroyed if it fails or the signal is aborted first. */
function ready(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const clear = () => {
      socket.off(event, succeed).off('error', fail).off('close', close)
      signal.removeEventListener('abort', abort)
    }
    const succeed = () => {
      clear()
      resolve(socket)
    }
    const fail = (error: unknown) => {
      clear()
      // It may fail once more while it is closed.
      socket.on('error', () => {}).destroy()
      reject(error)
    }
    const close = () => fail(errorWithCode('ECONNRESET'))
    const abort = () => fail(signal.reason)
    socket.on(event, succeed).on('error', fail).on('close', close)
    signal.addEventListener('abort', abort)
    if (signal.aborted) abort()
  })
}

/** @throws ConnectFailure with the status of a proxy that rejects the tunnel */
async function openTunnel(
  socket: Socket,
  gateway: URL,
  proxy: ProxyRoute,
  signal: AbortSignal,
): Promise<Socket> {
  const authority = `${gateway.hostname}:${gateway.port || 443}`
  const authorization = proxyAuthorization(proxy)
  const asking = request({
    method: 'CONNECT',
    path: authority,
    headers: {
      host: authority,
      ...(authorization && { 'proxy-authorization': authorization }),
    },
    createConnection: () => socket,
    signal,
  })
  // `once` hears the first error; aborting may cause another.
  asking.on('error', () => {}).end()
  const [{ statusCode = 0 }, tunnel] = (await once(asking, 'connect')) as [IncomingMessage, Socket]
  if (statusCode === 200) return tunnel
  tunnel.on('error', () => {}).destroy()
  throw new ConnectFailure(undefined, true, statusCode)
}
