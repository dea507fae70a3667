/** The API's paths: from the bytes of a request to its response. */
import type { RequestListener, ServerResponse } from 'node:http'
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
import { mountAdmin } from './admin.ts'
import type { Emulation } from './emulation.ts'
import { notFound, rejectionOf } from './errors.ts'
import { handlers, tableOf } from './handlers.ts'
import { check, checkToken, parseAction, parseQuery, readBody } from './request.ts'
import type { LogEntry } from './request-log.ts'
import { misbehave, sendError, sendJson } from './response.ts'
import { type Exchange, Routes } from './routes.ts'

/** Context of the server besides the state. */
export interface ServerContext {
  readonly emulation: Emulation
  readonly token: string
  /** Aborted when the server closes, to end all waits. */
  readonly closing: AbortSignal
}

/** @returns a listener for node:http for the API's paths and the admin path */
export function makeListener(context: ServerContext): RequestListener {
  const routes = new Routes()
  for (const [operation, endpoint] of Object.entries<Endpoint>(endpoints)) {
    const path = API_PREFIX + endpoint.path.replaceAll(/\{(\w+)\}/g, ':$1')
    routes.add(endpoint.method, path, (exchange) =>
      serve(context, operation as OperationId, exchange),
    )
  }
  mountAdmin(routes, context.emulation)
  return (incoming, outgoing) => {
    routes.serve(incoming, outgoing, (exchange) => serveUnknown(context, exchange))
  }
}

async function serve(
  context: ServerContext,
  operation: OperationId,
  exchange: Exchange,
): Promise<void> {
  const { emulation } = context
  const entry = openEntry(emulation, exchange, operation)
  try {
    await respond(context, operation, exchange, entry)
  } catch (error) {
    if (exchange.incoming.socket.destroyed || context.closing.aborted) return
    entry.status = sendRefusal(exchange.outgoing, error, emulation)
  } finally {
    emulation.requests.settle(entry)
  }
}

/** Checks the token first, then the path, then the request, then applies the faults. */
async function respond<K extends OperationId>(
  { emulation, token, closing }: ServerContext,
  operation: K,
  { incoming, outgoing, search, params: given }: Exchange,
  entry: LogEntry,
): Promise<void> {
  const endpoint: Endpoint = endpoints[operation]
  const body = await readBody(incoming)
  checkToken(incoming.headers[AUTHORIZATION_HEADER], token)
  const params = check(endpoint.params, given) as EndpointParams<K>
  checkPath(emulation, params)
  const query = parseQuery(search, endpoint.query) as EndpointQuery<K>
  const action = parseAction(endpoint, incoming.headers, body, emulation.dialect)
  entry.action = action?.type

  const clock = performance.now()
  const drawn = emulation.faults.draw(operation, action?.type, clock, emulation.clock())
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
  const text = handlers[operation](emulation.handlerContext(drawn.unstableOrder), {
    params,
    query,
    action,
  })
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

/** @throws Rejection 404 for an unknown team, bot or table */
function checkPath(emulation: Emulation, params: { [name: string]: string }): void {
  const { teamId, botId, tableId } = params
  if (teamId !== undefined && teamId !== emulation.teamId) throw notFound('there is no such team')
  if (botId !== undefined && botId !== emulation.botId) throw notFound('there is no such bot')
  if (tableId !== undefined) tableOf(emulation, tableId)
}

function serveUnknown({ emulation }: ServerContext, exchange: Exchange): void {
  const { incoming, outgoing } = exchange
  const entry = openEntry(emulation, exchange, undefined)
  const [pathname] = entry.path.split('?')
  entry.status = sendRefusal(outgoing, notFound(`Cannot ${incoming.method} ${pathname}`), emulation)
  emulation.requests.settle(entry)
}

function openEntry(
  emulation: Emulation,
  { incoming }: Exchange,
  operation: OperationId | undefined,
): LogEntry {
  const { method = '', url = '' } = incoming
  return emulation.requests.open(emulation.clock(), method, url, operation)
}

/** Returns the status that was sent. */
function sendRefusal(outgoing: ServerResponse, error: unknown, emulation: Emulation): number {
  const { status, messages } = rejectionOf(error)
  const asList = emulation.dialect.errorMessageForm === 'array'
  const headers = status === 401 ? { 'www-authenticate': 'Basic' } : {}
  sendError(outgoing, status, messages, asList, headers)
  return status
}
