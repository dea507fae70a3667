/** The HTTP server for Streamable HTTP. */
import { once } from 'node:events'
import {
  createServer as createNodeServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { toNodeHandler } from '@modelcontextprotocol/node'
import type { Setup } from '../session.ts'
import { createVerifier } from './auth.ts'
import { createExchange, type Exchange, isSubscription } from './exchange.ts'
import { corsHeaders, createGate, ENDPOINT, type Gate, type Head } from './gate.ts'
import { HttpOptionsError, type HttpSettings } from './http-options.ts'
import { inUrl, isLoopback } from './listen-address.ts'
import { createStateHealth } from './state-health.ts'
import { defaultTokenFile } from './token-file.ts'

/** Time for requests in flight to finish after a signal. */
const SHUTDOWN_TIMEOUT_MS = 10_000

/** Maximum time to receive a request, so that slow senders do not hold connections. */
const MAX_READ_MS = 30_000

/** Time for an aborted call to send its error. */
const ERROR_GRACE_MS = 5_000

export interface HttpServer {
  /** The URL of the endpoint at the actual address. */
  readonly url: string
  /** Accepts no more requests, waits for those in flight, then aborts the rest. */
  close(): Promise<void>
}

/**
 * @throws HttpOptionsError for a public address without tokens; TokenFileError for an invalid token file;
 *   Node's error for a port in use
 */
export async function serveHttp(setup: Setup, settings: HttpSettings): Promise<HttpServer> {
  await rejectInvalid(setup, settings)
  const tokenFile = settings.tokenFile ?? defaultTokenFile(setup.env)
  const verifier = await createVerifier(tokenFile, settings.oauth)
  if (verifier === undefined && (!isLoopback(settings.address.host) || settings.publicUrl)) {
    throw new HttpOptionsError(
      'serving other machines requires tokens: create one with "chatlayer-tables-mcp token create", or pass --oauth-issuer',
    )
  }
  if (verifier === undefined) setup.log.info('no tokens: any program on this machine may call')
  const inFlight = new InFlight(settings.requestTimeoutMs + ERROR_GRACE_MS)
  let ending = false
  const exchange = createExchange(setup, settings)
  const gate = createGate({
    settings,
    verifier,
    isEnding: () => ending,
    stateHealth: createStateHealth(setup.state),
  })
  const handle = createHandler(setup, settings, { gate, exchange, inFlight })

  const readMs = Math.min(settings.requestTimeoutMs, MAX_READ_MS)
  const server = createNodeServer(
    {
      requestTimeout: readMs,
      headersTimeout: readMs,
      connectionsCheckingInterval: Math.ceil(readMs / 4),
      keepAliveTimeout: 65_000,
    },
    (req, res) => {
      if (ending) res.setHeader('connection', 'close')
      handle(req, res).catch((error: unknown) => {
        setup.log.error(`http: ${error instanceof Error ? error.stack : String(error)}`)
        if (res.headersSent) res.destroy()
        else res.writeHead(500).end()
      })
    },
  )
  const address = await listen(server, settings)

  return {
    url: `http://${inUrl(address.address)}:${address.port}${ENDPOINT}`,
    async close() {
      ending = true
      const closed = once(server, 'close')
      server.close()
      await Promise.race([
        inFlight.finished(),
        sleep(SHUTDOWN_TIMEOUT_MS, undefined, { ref: false }),
      ])
      setup.state.stopWaiting()
      await exchange.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** Checks the settings that are not checked elsewhere before the first call. @throws HttpOptionsError */
async function rejectInvalid(setup: Setup, settings: HttpSettings): Promise<void> {
  const { checkPlaceholders } = await import('../placeholders.ts')
  const { publicUrl = '', tokenFile = '', oauth } = settings
  try {
    checkPlaceholders(setup, {
      '--public-url': [publicUrl],
      '--tokens': [tokenFile],
      '--allow-host': settings.hosts,
      '--allow-origin': settings.origins,
      '--oauth-issuer': [oauth?.issuer ?? ''],
      '--oauth-audience': [oauth?.audience ?? ''],
    })
    setup.state.check()
  } catch (error) {
    throw error instanceof Error ? new HttpOptionsError(error.message) : error
  }
}

/** The requests in flight, which a shutdown waits for. */
class InFlight {
  readonly #requests = new Set<Promise<void>>()
  readonly #timeoutMs: number

  /** @param timeoutMs later responses are cut off */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs
  }

  track(res: ServerResponse): void {
    const late = setTimeout(() => res.destroy(), this.#timeoutMs)
    const done = new Promise<void>((resolve) => {
      res.once('close', () => {
        clearTimeout(late)
        this.#requests.delete(done)
        resolve()
      })
    })
    this.#requests.add(done)
  }

  async finished(): Promise<void> {
    await Promise.all(this.#requests)
  }
}

interface Parts {
  readonly gate: Gate
  readonly exchange: Exchange
  readonly inFlight: InFlight
}

/** Passes a request through the gate, then to the protocol. */
function createHandler(
  { log }: Setup,
  { maxBodyBytes }: HttpSettings,
  { gate, exchange, inFlight }: Parts,
) {
  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const head = headOf(req)
    const passed = await gate.pass(head)
    log.debug(`${head.method} ${head.path}${'auth' in passed ? '' : ' rejected'}`)
    if ('response' in passed) return reject(req, res, passed.response)
    for (const [name, value] of Object.entries(corsHeaders(head.origin))) res.setHeader(name, value)
    const respond = toNodeHandler(
      {
        fetch: async (request: Request) => {
          if (!isSubscription(request)) inFlight.track(res)
          const more = (await countCalls(request)) - 1
          const tooMany = more > 0 ? gate.passMore(passed.auth, more) : undefined
          return tooMany ?? (await exchange.handle(request, passed.auth))
        },
      },
      {
        maxRequestBodySize: maxBodyBytes,
        onerror: (error) => log.debug(`http: ${error.message}`),
      },
    )
    // The adapter's type requires fields that Node always sets on a server.
    await respond(Object.assign(req, { method: head.method, url: req.url ?? '/' }), res)
  }
}

async function listen(server: Server, { address }: HttpSettings): Promise<AddressInfo> {
  server.listen(address.port, address.host)
  await once(server, 'listening')
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('no address after listen')
  return bound
}

function headOf({ method = 'GET', url = '/', headers, socket }: IncomingMessage): Head {
  return {
    method,
    path: url.replace(/[?#].*$/s, ''),
    host: headers.host,
    origin: headers.origin,
    authorization: headers.authorization,
    remote: socket.remoteAddress ?? '',
  }
}

/** The number of calls in a request: the older protocol has batches. */
async function countCalls(request: Request): Promise<number> {
  if (request.method !== 'POST') return 1
  try {
    const text = await request.clone().text()
    if (!text.trimStart().startsWith('[')) return 1
    const body: unknown = JSON.parse(text)
    return Array.isArray(body) ? body.length : 1
  } catch {
    // Too large or invalid JSON: the protocol handler reports it.
    return 1
  }
}

/** Responds without reading the body; the rest of it is discarded. */
async function reject(
  req: IncomingMessage,
  res: ServerResponse,
  response: Response,
): Promise<void> {
  const cors = response.status === 403 ? {} : corsHeaders(req.headers.origin)
  req.resume()
  res.writeHead(response.status, { ...Object.fromEntries(response.headers), ...cors })
  res.end(await response.text())
}
