/** Serves the health and the metrics of a worker over HTTP. Nothing of it is secret. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { UsageError } from '../failures.ts'

export interface MetricsSource {
  /** What is wrong; undefined where the worker takes jobs and the database responds. */
  problem(): Promise<string | undefined>
  metrics(): Promise<string>
}

export interface ListenAddress {
  readonly host: string
  readonly port: number
}

export interface MetricsServer extends AsyncDisposable {
  readonly url: string
}

/** Time for a request to arrive, so that slow senders hold no connection. */
const ARRIVAL_MS = 10_000
const MAX_CONNECTIONS = 50

/** @throws UsageError if the port cannot be used */
export async function serveMetrics(
  { host, port }: ListenAddress,
  source: MetricsSource,
): Promise<MetricsServer> {
  const options = {
    ...{ headersTimeout: ARRIVAL_MS, requestTimeout: ARRIVAL_MS },
    ...{ keepAliveTimeout: 5_000, connectionsCheckingInterval: 1_000 },
  }
  const server = createServer(options, (request, response) => {
    void answer(request.method ?? '', request.url ?? '', source).then(({ status, type, body }) => {
      response.writeHead(status, {
        'content-type': `${type}; charset=utf-8`,
        'cache-control': 'no-store',
        ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
      })
      response.end(request.method === 'HEAD' ? undefined : body)
    })
  })
  server.maxConnections = MAX_CONNECTIONS
  const address = await listen(server, host, port)
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return {
    url: `http://${name}:${address.port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  try {
    server.listen({ host, port, exclusive: true })
    await once(server, 'listening')
    return server.address() as AddressInfo
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new UsageError(`${host}:${port} cannot be used: ${code}`, 'Pass another --metrics.')
  }
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

const PLAIN = 'text/plain'

/** The content type of the text format, with its version. */
const METRICS = 'text/plain; version=0.0.4'

async function answer(method: string, url: string, source: MetricsSource): Promise<Answer> {
  const path = url.replace(/\?.*$/s, '')
  if (path !== '/healthz' && path !== '/metrics') {
    return { status: 404, type: PLAIN, body: 'not found\n' }
  }
  if (method !== 'GET' && method !== 'HEAD') {
    return { status: 405, type: PLAIN, body: 'only GET and HEAD\n' }
  }
  try {
    if (path === '/metrics') return { status: 200, type: METRICS, body: await source.metrics() }
    const problem = await source.problem()
    return problem === undefined
      ? { status: 200, type: PLAIN, body: 'ok\n' }
      : { status: 503, type: PLAIN, body: `${problem}\n` }
  } catch {
    return { status: 500, type: PLAIN, body: 'error\n' }
  }
}
