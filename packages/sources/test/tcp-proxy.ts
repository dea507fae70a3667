/** A TCP proxy whose connections can be broken, or a server that always gives the same response. */
import { connect, createServer, type Socket } from 'node:net'

export interface TcpProxy {
  readonly port: number
  /** The port that connections are passed on to. */
  readonly to: number
  destroyAll(): void
  /** Breaks when this many more bytes of the server were passed on, and accepts nothing after that. */
  breakIn(bytes: number): void
  end(): Promise<void>
}

export interface ProxyOptions {
  /** Its own port (default: a free one). */
  readonly port?: number
  /** Sent once something was received, in place of passing it on. */
  readonly response?: Uint8Array
  /** How many bytes of the server are passed on until the connection breaks. */
  readonly breakAfter?: number
}

export async function startProxy(
  to: number,
  { port = 0, response, breakAfter = Number.POSITIVE_INFINITY }: ProxyOptions = {},
): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let budget = Number.POSITIVE_INFINITY
  const track = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    return socket
  }
  const server = createServer((socket) => {
    track(socket)
    if (response !== undefined) {
      socket.once('data', () => socket.write(response))
      return
    }
    if (budget === 0) {
      socket.destroy()
      return
    }
    const other = track(connect(to, '127.0.0.1'))
    socket.pipe(other)
    let left = breakAfter
    other.on('data', (bytes: Buffer) => {
      const rest = Math.min(left, budget)
      if (bytes.length < rest) socket.write(bytes)
      else socket.end(bytes.subarray(0, rest), () => socket.destroy())
      left -= Math.min(left, bytes.length)
      budget -= Math.min(budget, bytes.length)
    })
    socket.on('close', () => other.destroy())
    other.on('close', () => socket.destroy())
  }).listen(port, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const destroyAll = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: address.port,
    to,
    destroyAll,
    breakIn(bytes) {
      budget = bytes
    },
    async end() {
      destroyAll()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
