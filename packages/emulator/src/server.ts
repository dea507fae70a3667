/** The API's paths: routing, and the way of one request from its bytes to its answer. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import {
  API_PREFIX,
  AUTHORIZATION_HEADER,
  type Endpoint,
  type EndpointParams,
  type EndpointQuery,
  endpoints,
  type OperationId,
} from '@chatlayer-tables/contract'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono } from 'hono'
import { mountAdmin } from './admin.ts'
import { misbehave, sendError, sendJson } from './answer.ts'
import type { Emulation } from './emulation.ts'
import { notFound, Refusal } from './errors.ts'
import { handlers, tableOf } from './handlers.ts'
import { check, checkToken, parseAction, parseQuery, readBody } from './request.ts'
import type { LogEntry } from './request-log.ts'

export interface Exchange {
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
}

/** What the server needs besides the state. */
export interface ServerContext {
  readonly emulation: Emulation
  readonly token: string
  /** Aborted when the server closes: whoever waits then stops waiting. */
  readonly closing: AbortSignal
}

/** @returns a listener for node:http that answers the API's paths and the admin path */
export function makeListener(context: ServerContext): RequestListener {
  const app = new Hono<{ Bindings: HttpBindings }>()
  for (const [operation, endpoint] of Object.entries<Endpoint>(endpoints)) {
    const path = API_PREFIX + endpoint.path.replaceAll(/\{(\w+)\}/g, ':$1')
    app.on(endpoint.method, path, async ({ env, req }) => {
      // HEAD comes here too, and is none of the contract's methods.
      if (env.incoming.method === endpoint.method) {
        await serve(context, operation as OperationId, req.param(), env)
      } else {
        serveUnknown(context, env)
      }
      return RESPONSE_ALREADY_SENT
    })
  }
  mountAdmin(app, context.emulation)
  app.notFound(({ env }) => {
    serveUnknown(context, env)
    return RESPONSE_ALREADY_SENT
  })
  // The globals stay as they are: other code may run in this process.
  return getRequestListener(app.fetch, { overrideGlobalObjects: false, autoCleanupIncoming: false })
}

async function serve(
  context: ServerContext,
  operation: OperationId,
  params: Record<string, string>,
  exchange: Exchange,
): Promise<void> {
  const { emulation } = context
  const { incoming, outgoing } = exchange
  const entry = openEntry(context, exchange, operation)
  try {
    await answer(context, operation, params, exchange, entry)
  } catch (error) {
    if (incoming.socket.destroyed || context.closing.aborted) return
    entry.status = sendRefusal(outgoing, error, emulation)
  } finally {
    emulation.requests.settle(entry)
  }
}

/** Sign-in first, then what the path names, then what the request says, then the faults. */
async function answer<K extends OperationId>(
  { emulation, token, closing }: ServerContext,
  operation: K,
  given: Record<string, string>,
  { incoming, outgoing }: Exchange,
  entry: LogEntry,
): Promise<void> {
  const endpoint: Endpoint = endpoints[operation]
  const body = await readBody(incoming)
  checkToken(incoming.headers[AUTHORIZATION_HEADER], token)
  const params = check(endpoint.params, given) as EndpointParams<K>
  checkPath(emulation, params)
  const query = parseQuery(searchOf(incoming), endpoint.query) as EndpointQuery<K>
  const action = parseAction(endpoint, incoming.headers, body, emulation.dialect)
  entry.action = action?.type

  const drawn = emulation.faults.draw(operation, action?.type, performance.now(), emulation.clock())
  const { ending, headers } = drawn
  const asList = emulation.dialect.errorMessageForm === 'array'
  if (drawn.waitBefore > 0) {
    await wait(drawn.waitBefore, undefined, { signal: closing })
    if (incoming.socket.destroyed) return
  }
  if (drawn.limited) {
    entry.fault = 'rate-limit'
    entry.status = 429
    sendError(outgoing, 429, ['Too Many Requests'], asList, headers)
    return
  }
  if (ending !== undefined && 'when' in ending && ending.when === 'before') {
    entry.fault = ending.kind
    entry.status = misbehave(ending, outgoing, undefined, asList, headers)
    return
  }
  const text = handlers[operation](emulation.stage(drawn.unstableOrder), { params, query, action })
  entry.done = true
  if (drawn.waitAfter > 0) await wait(drawn.waitAfter, undefined, { signal: closing })
  if (ending !== undefined) {
    entry.fault = ending.kind
    entry.status = misbehave(ending, outgoing, text, asList, headers)
    return
  }
  entry.status = 200
  sendJson(outgoing, 200, text, headers)
}

/** @throws Refusal 404 for a team, a bot or a table that is not here */
function checkPath(emulation: Emulation, params: { [name: string]: string }): void {
  const { teamId, botId, tableId } = params
  if (teamId !== undefined && teamId !== emulation.teamId) throw notFound('there is no such team')
  if (botId !== undefined && botId !== emulation.botId) throw notFound('there is no such bot')
  if (tableId !== undefined) tableOf(emulation, tableId)
}

function serveUnknown(context: ServerContext, exchange: Exchange): void {
  const { incoming, outgoing } = exchange
  const entry = openEntry(context, exchange, undefined)
  const { pathname } = splitUrl(incoming)
  const refusal = notFound(`Cannot ${incoming.method} ${pathname}`)
  entry.status = sendRefusal(outgoing, refusal, context.emulation)
  context.emulation.requests.settle(entry)
}

function openEntry(
  { emulation }: ServerContext,
  { incoming }: Exchange,
  operation: OperationId | undefined,
): LogEntry {
  const { method = '', url = '' } = incoming
  return emulation.requests.open(emulation.clock(), method, url, operation)
}

/** Returns the status that was sent. */
function sendRefusal(outgoing: ServerResponse, error: unknown, emulation: Emulation): number {
  const refusal =
    error instanceof Refusal ? error : new Refusal(500, 'the emulator failed; this is a bug of it')
  const asList = emulation.dialect.errorMessageForm === 'array'
  const headers = refusal.status === 401 ? { 'www-authenticate': 'Basic' } : {}
  sendError(outgoing, refusal.status, refusal.messages, asList, headers)
  return refusal.status
}

function searchOf(incoming: IncomingMessage): string {
  return splitUrl(incoming).search
}

function splitUrl({ url = '/' }: IncomingMessage): { pathname: string; search: string } {
  const mark = url.indexOf('?')
  return mark === -1
    ? { pathname: url, search: '' }
    : { pathname: url.slice(0, mark), search: url.slice(mark + 1) }
}
