/** A proxy on loopback that leads every host to one port, and TLS with a private authority before it. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import { type AddressInfo, connect, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { generate } from 'selfsigned'

export interface TestProxy extends AsyncDisposable {
  readonly port: number
  /** The authorities of tunnels, and the URLs of forwarded requests. */
  readonly asked: string[]
  readonly authorizations: (string | undefined)[]
  /** The status of every response, in place of a connection. */
  refusal: number | undefined
}

/** @param ports the ports that tunnels and plain requests lead to */
export async function startProxy(ports: { tls: number; plain: number }): Promise<TestProxy> {
  const server = createServer((incoming, response) => {
    const { pathname, search } = note(incoming)
    if (proxy.refusal !== undefined) {
      response.writeHead(proxy.refusal).end()
      return
    }
    const path = pathname + search
    const onward = request({
      port: ports.plain,
      host: '127.0.0.1',
      path,
      headers: incoming.headers,
    })
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers)
      answer.pipe(response)
    })
    onward.end()
  })
  server.on('connect', (incoming: IncomingMessage, client: Socket) => {
    note(incoming)
    if (proxy.refusal !== undefined) {
      client.end(`HTTP/1.1 ${proxy.refusal} No\r\ncontent-length: 0\r\n\r\n`)
      return
    }
    const onward = connect(ports.tls, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      join(client, onward)
    })
  })
  const proxy: TestProxy = {
    port: await listen(server),
    asked: [],
    authorizations: [],
    refusal: undefined,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
  function note({ url = '', headers }: IncomingMessage): URL {
    proxy.asked.push(url)
    proxy.authorizations.push(headers['proxy-authorization'])
    return new URL(url.includes('://') ? url : `https://${url}`)
  }
  return proxy
}

export interface PrivateTls extends AsyncDisposable {
  readonly port: number
  /** The certificate of the authority, in PEM. */
  readonly authority: string
}

/** TLS for a host, before a plain port. */
export async function startPrivateTls(host: string, plain: number): Promise<PrivateTls> {
  const made = { keyType: 'ec', algorithm: 'sha256' } as const
  const authority = await generate([{ name: 'commonName', value: 'Authority of a test' }], {
    ...made,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ],
  })
  const { cert, private: key } = await generate([{ name: 'commonName', value: host }], {
    ...made,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: host }] }],
  })
  const server = createTlsServer({ cert, key }, (socket) => {
    join(socket, connect(plain, '127.0.0.1'))
  })
  return {
    port: await listen(server),
    authority: authority.cert,
    async [Symbol.asyncDispose]() {
      server.close()
    },
  }
}

function join(one: Socket, other: Socket): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.on('error', () => {})
    from.on('close', () => to.destroy())
    from.pipe(to)
  }
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
