/** A round-robin proxy. */
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface RoundRobin {
  readonly url: string
  /** The number of requests of each server, in the given order. */
  readonly counts: readonly number[]
  close(): Promise<void>
}

export async function startRoundRobin(targets: readonly string[]): Promise<RoundRobin> {
  const counts = targets.map(() => 0)
  let turn = 0
  const server = createServer((req, res) => {
    const index = turn++ % targets.length
    counts[index] = (counts[index] ?? 0) + 1
    const { method, headers } = req
    const onwards = request(targets[index]!, { method, headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(res)
    })
    onwards.on('error', () => res.destroy())
    res.on('close', () => onwards.destroy())
    req.pipe(onwards)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    counts,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
