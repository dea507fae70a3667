/** The least that a program does to send requests by node:http: what core is measured against. */
import { Agent, request } from 'node:http'

export interface BareRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export interface BareHttp {
  /** Sends one request and parses its response. */
  readonly json: (options: BareRequest) => Promise<unknown>
  readonly close: () => void
}

export function createBareHttp(origin: string, connections: number): BareHttp {
  const { hostname: host, port } = new URL(origin)
  const agent = new Agent({ keepAlive: true, maxSockets: connections, scheduling: 'lifo' })
  return {
    json: ({ body, ...options }) =>
      new Promise((resolve, reject) => {
        const sending = request({ agent, host, port, ...options }, (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString('utf8'))))
          response.on('error', reject)
        })
        sending.on('error', reject)
        sending.end(body)
      }),
    close: () => agent.destroy(),
  }
}
