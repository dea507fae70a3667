/** A proxy on loopback, and a gateway behind it whose certificate a private authority signed. */
import { createServer, type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { generate } from 'selfsigned'
import { listen } from './servers.ts'

export interface ProxyOptions {
  /** The port on loopback that a host and port are mapped to; undefined: 502. */
  readonly route: (authority: string) => number | undefined
  /** `user:password` that must be sent. */
  readonly credentials?: string
  /** Answered to every CONNECT; nothing is answered for 0. */
  readonly refuse?: number
}

export interface TestProxy {
  readonly port: number
  readonly url: string
  /** The authorities of all tunnels that were opened. */
  readonly tunnels: readonly string[]
  /** The absolute URLs of all requests that were forwarded. */
  readonly forwarded: readonly string[]
  readonly refused: () => number
}

export async function startProxy(options: ProxyOptions): Promise<TestProxy> {
  const tunnels: string[] = []
  const forwarded: string[] = []
  let refused = 0
  const isAllowed = ({ headers }: IncomingMessage) =>
    options.credentials === undefined ||
    headers['proxy-authorization'] ===
      `Basic ${Buffer.from(options.credentials).toString('base64')}`
  const server = createServer((incoming, response) => {
    const target = new URL(incoming.url ?? '')
    const port = options.route(target.host)
    if (!isAllowed(incoming) || port === undefined) {
      refused += 1
      response.writeHead(port === undefined ? 502 : 407).end('<title>the proxy</title>')
      return
    }
    forwarded.push(target.href)
    const { 'proxy-authorization': _, ...headers } = incoming.headers
    const path = target.pathname + target.search
    const onward = request({ port, host: '127.0.0.1', method: incoming.method, path, headers })
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers)
      answer.pipe(response)
    })
    incoming.pipe(onward)
  })
  server.on('connect', (incoming: IncomingMessage, client: Socket) => {
    client.on('error', () => {})
    const port = options.route(incoming.url ?? '')
    const status = isAllowed(incoming) ? (options.refuse ?? (port ? 200 : 502)) : 407
    if (status !== 200) {
      refused += 1
      if (status > 0) client.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`)
      return
    }
    tunnels.push(incoming.url ?? '')
    const onward = connect(port ?? 0, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      client.pipe(onward)
      onward.pipe(client)
    })
    onward.on('error', () => client.destroy())
    client.on('close', () => onward.destroy())
  })
  const port = await listen(server)
  return { port, url: `http://127.0.0.1:${port}`, tunnels, forwarded, refused: () => refused }
}

export interface PrivateAuthority {
  /** Its certificate in PEM. */
  readonly cert: string
  /** TLS on a port of loopback, with a certificate for `host`, before the plain `port`. */
  readonly serve: (host: string, port: number) => Promise<number>
}

export async function privateAuthority(): Promise<PrivateAuthority> {
  const make = { keyType: 'ec', algorithm: 'sha256' } as const
  const authority = await generate([{ name: 'commonName', value: 'Authority of a test' }], {
    ...make,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ],
  })
  return {
    cert: authority.cert,
    async serve(host, plainPort) {
      const { cert, private: key } = await generate([{ name: 'commonName', value: host }], {
        ...make,
        ca: { key: authority.private, cert: authority.cert },
        extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: host }] }],
      })
      return await listen(
        createTlsServer({ cert, key }, (socket) => {
          const onward = connect(plainPort, '127.0.0.1')
          for (const one of [socket, onward]) one.on('error', () => {})
          socket.pipe(onward)
          onward.pipe(socket)
          socket.on('close', () => onward.destroy())
          onward.on('close', () => socket.destroy())
        }),
      )
    },
  }
}
