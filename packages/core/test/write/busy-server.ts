/**
 * A busy server in front of another: it serves the connections that it has, and takes new
 * ones only in their order, as a process does that handles one new connection per turn.
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface BusyServer extends AsyncDisposable {
  readonly port: number
  /** From now on a new connection waits until one after it waits too, or {@link takeAll}. */
  keepWaiting(): void
  /** Takes the connections that wait, and resolves when their requests are through. */
  takeAll(): Promise<void>
}

export async function startBusyServer(targetPort: number): Promise<BusyServer> {
  const waiting: Socket[] = []
  const sockets = new Set<Socket>()
  let isBusy = false
  let taking = Promise.resolve()

  /** Resolves at the first bytes of a response, or at the end of either connection. */
  async function take(socket: Socket): Promise<void> {
    const target = connect(targetPort, '127.0.0.1')
    for (const each of [socket, target]) {
      sockets.add(each)
      each.on('error', () => {})
    }
    const isThrough = Promise.race([once(target, 'data'), once(target, 'close')])
    // Not by pipes: a response also counts where its connection is gone.
    socket.on('data', (bytes) => target.write(bytes)).on('close', () => target.end())
    target.on('data', (bytes) => socket.write(bytes)).on('close', () => socket.end())
    socket.resume()
    await isThrough.catch(() => {})
  }

  function takeAll(): Promise<void> {
    taking = taking.then(async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await take(next)
    })
    return taking
  }

  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => {
    if (!isBusy) {
      void take(socket)
      return
    }
    waiting.push(socket)
    if (waiting.length > 1) void takeAll()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    keepWaiting() {
      isBusy = true
    },
    takeAll,
    async [Symbol.asyncDispose]() {
      for (const socket of [...sockets, ...waiting]) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
