/** Small servers on loopback, each with one kind of failure. */
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** The number of its connection, from 0. */
  readonly connection: number
}

export interface RawServer {
  readonly origin: string
  readonly port: number
  readonly received: readonly Received[]
  readonly connections: () => number
}

/**
 * A server on bare TCP that reads whole requests; what it writes, and whether it closes, is up to
 * `react`. Without one it closes each connection at once.
 */
export async function rawServer(
  react?: (socket: Socket, request: Received, count: number) => void,
): Promise<RawServer> {
  const received: Received[] = []
  let connections = 0
  const server = createServer((socket) => {
    const connection = connections
    connections += 1
    socket.on('error', () => {})
    if (react === undefined) {
      socket.destroy()
      return
    }
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      for (;;) {
        const parsed = takeRequest(text, connection)
        if (parsed === undefined) return
        text = parsed.rest
        received.push(parsed.request)
        react(socket, parsed.request, received.length)
      }
    })
  })
  const port = await listen(server)
  return { origin: `http://127.0.0.1:${port}`, port, received, connections: () => connections }
}

function takeRequest(
  text: string,
  connection: number,
): { request: Received; rest: string } | undefined {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const [first = '', ...lines] = text.slice(0, end).split('\r\n')
  const [method = '', path = ''] = first.split(' ')
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )
  const length = Number(headers['content-length'] ?? 0)
  const rest = text.slice(end + 4)
  if (rest.length < length) return undefined
  return {
    request: { method, path, headers, body: rest.slice(0, length), connection },
    rest: rest.slice(length),
  }
}

/** A complete response with a JSON body. */
export function reply(
  body: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const lines = Object.entries({
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(text)),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} Status\r\n${lines.join('')}\r\n${text}`
}

export interface HttpServer {
  readonly origin: string
  readonly port: number
  readonly received: readonly Received[]
}

/** A server without failures; `react` responds. */
export async function httpServer(
  react: (request: Received, response: ServerResponse, count: number) => void,
  port = 0,
): Promise<HttpServer> {
  const received: Received[] = []
  const server = createHttpServer((incoming, response) => {
    void readBody(incoming).then((body) => {
      const { method = '', url = '', headers } = incoming
      const request: Received = {
        method,
        path: url,
        headers: headers as Record<string, string>,
        body,
        connection: 0,
      }
      received.push(request)
      react(request, response, received.length)
    })
  })
  const bound = await listen(server, port)
  return { origin: `http://127.0.0.1:${bound}`, port: bound, received }
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of incoming) body += String(chunk)
  return body
}

export function sendJson(
  response: ServerResponse,
  body: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

/** Listens on loopback until the test is over. */
export async function listen(server: Server, port = 0): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return (server.address() as AddressInfo).port
}

/** A port on which nothing listens. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
