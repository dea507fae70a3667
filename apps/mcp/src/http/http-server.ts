/** Streamable HTTP on a port. */
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
import { createExchange, isSubscription } from './exchange.ts'
import { corsHeaders, createGate, ENDPOINT, type Head } from './gate.ts'
import { HttpOptionsError, type HttpSettings } from './http-options.ts'
import { inUrl, isLoopback } from './listen-address.ts'
import { defaultTokenFile } from './token-file.ts'

/** How long calls under way may take to end once the server is told to. */
const SHUTDOWN_TIMEOUT_MS = 10_000

/** A whole request has to be there by then, so that slow senders hold no connection for long. */
const MAX_READ_MS = 30_000

/** A call that is told of its end has so long to say so. */
const LAST_WORDS_MS = 5_000

export interface HttpServer {
  /** The endpoint, by the address that was listened on. */
  readonly url: string
  /** Takes no more requests, lets those under way end, then breaks off what is left. */
  close(): Promise<void>
}

/**
 * @throws HttpOptionsError for an address that others can reach, without tokens; TokenFileError for
 *   a token file that cannot be used; what Node throws for a port that is taken
 */
export async function serveHttp(setup: Setup, settings: HttpSettings): Promise<HttpServer> {
  const tokenFile = settings.tokenFile ?? defaultTokenFile(setup.env)
  const verifier = await createVerifier(tokenFile, settings.oauth)
  if (verifier === undefined && (!isLoopback(settings.address.host) || settings.publicUrl)) {
    throw new HttpOptionsError(
      'without tokens only this machine is served: make one with "chatlayer-tables-mcp token create", or say --oauth-issuer',
    )
  }
  if (verifier === undefined) setup.log.info('no tokens: whoever is on this machine may call')
  let ending = false
  const inFlight = new Set<Promise<void>>()
  const exchange = createExchange(setup, settings)
  const gate = createGate({ settings, verifier, isEnding: () => ending })

  async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const head = headOf(req)
    const passed = await gate.pass(head)
    setup.log.debug(`${head.method} ${head.path}${'auth' in passed ? '' : ' refused'}`)
    if ('response' in passed) return refuse(req, res, passed.response)
    for (const [name, value] of Object.entries(corsHeaders(head.origin))) res.setHeader(name, value)
    if (ending) res.setHeader('connection', 'close')
    const answer = toNodeHandler(
      {
        fetch: async (request: Request) => {
          if (!isSubscription(request)) begin(res)
          const more = (await callsIn(request)) - 1
          const tooMany = more > 0 ? gate.passMore(passed.auth, more) : undefined
          return tooMany ?? (await exchange.answer(request, passed.auth))
        },
      },
      {
        maxRequestBodySize: settings.maxBodyBytes,
        onerror: (error) => setup.log.debug(`http: ${error.message}`),
      },
    )
    // The adapter's type wants what Node always has on a server.
    await answer(Object.assign(req, { method: head.method, url: req.url ?? '/' }), res)
  }

  /** What the server waits for when it is told to end, but not for ever. */
  function begin(res: ServerResponse): void {
    const late = setTimeout(() => res.destroy(), settings.requestTimeoutMs + LAST_WORDS_MS)
    const done = new Promise<void>((resolve) => {
      res.once('close', () => {
        clearTimeout(late)
        inFlight.delete(done)
        resolve()
      })
    })
    inFlight.add(done)
  }

  const reading = Math.min(settings.requestTimeoutMs, MAX_READ_MS)
  const server = createNodeServer(
    {
      requestTimeout: reading,
      headersTimeout: reading,
      connectionsCheckingInterval: Math.ceil(reading / 4),
      keepAliveTimeout: 65_000,
    },
    (req, res) => {
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
        Promise.all(inFlight),
        sleep(SHUTDOWN_TIMEOUT_MS, undefined, { ref: false }),
      ])
      await exchange.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function listen(server: Server, { address }: HttpSettings): Promise<AddressInfo> {
  server.listen(address.port, address.host)
  await once(server, 'listening')
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('listening on no port')
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

/** How many calls a request makes: several in a batch of the older protocol. */
async function callsIn(request: Request): Promise<number> {
  if (request.method !== 'POST') return 1
  try {
    const text = await request.clone().text()
    if (!text.trimStart().startsWith('[')) return 1
    const body: unknown = JSON.parse(text)
    return Array.isArray(body) ? body.length : 1
  } catch {
    // Too long or no JSON: the protocol's own handler says so.
    return 1
  }
}

/** Answers before the body was read; what of it still comes is thrown away. */
async function refuse(
  req: IncomingMessage,
  res: ServerResponse,
  response: Response,
): Promise<void> {
  const cors = response.status === 403 ? {} : corsHeaders(req.headers.origin)
  req.resume()
  res.writeHead(response.status, { ...Object.fromEntries(response.headers), ...cors })
  res.end(await response.text())
}
