/**
 * The admin path, to set up and inspect the emulator from another process. It is next to the API's
 * prefix and needs no token, since the emulator listens on loopback only. Requests from a browser
 * page, or for a host name that points to this machine, are rejected.
 */

import { isLoopback, Version } from '@chatlayer-tables/contract'
import { z } from 'zod'
import type { Emulation } from './emulation.ts'
import { badRequest, EmulatorError, Rejection, rejectionOf } from './errors.ts'
import { Fault } from './faults.ts'
import { check, parseJsonBody, parseQuery, readBody } from './request.ts'
import { sendError, sendJson } from './response.ts'
import type { Exchange, Routes } from './routes.ts'
import { TableDefinition } from './tables.ts'
import { makeTablesHandle } from './tables-handle.ts'

const ADMIN_PREFIX = '/_emulator'

interface AdminRequest {
  /** The table of the path, by name or id. */
  readonly table: string
  readonly query: string
  /** @throws Rejection 400 when there is none */
  readonly json: () => unknown
}

/** The response of a route, as JSON; undefined stands for `{}`. */
type AdminHandler = (request: AdminRequest) => unknown

const Records = z.array(z.record(z.string(), z.json()))
const VersionQuery = z.strictObject({ version: Version.default('DRAFT') })
const NewTable = TableDefinition.extend({
  version: Version.optional(),
  records: Records.optional(),
})

export function mountAdmin(routes: Routes, emulation: Emulation): void {
  const { faults, requests } = emulation
  const tables = makeTablesHandle(emulation)
  const adminHandlers: Readonly<Record<string, AdminHandler>> = {
    'GET /': () => ({ teamId: emulation.teamId, botId: emulation.botId }),
    'GET /stats': () => ({
      requests: requests.counts,
      cpu: process.cpuUsage(),
      memory: process.memoryUsage(),
    }),
    'POST /reset': () => emulation.reset(),
    'GET /requests': () => requests.log,
    'DELETE /requests': () => requests.clear(),
    'GET /faults': () => faults.list(),
    'PUT /faults': ({ json }) => {
      faults.set(check(z.array(Fault), json()))
      return faults.list()
    },
    'POST /faults': ({ json }) => {
      faults.add(check(Fault, json()))
      return faults.list()
    },
    'DELETE /faults': () => faults.clear(),
    'GET /dialect': () => emulation.dialect,
    'PATCH /dialect': ({ json }) => {
      emulation.setDialect(check(z.record(z.string(), z.json()), json()))
      return emulation.dialect
    },
    'GET /tables': () => tables.list(),
    'POST /tables': ({ json }) => tables.create(check(NewTable, json())),
    'DELETE /tables/:table': ({ table }) => tables.drop(table),
    'POST /tables/:table/records': ({ table, query, json }) => {
      const { version } = parseQuery(query, VersionQuery)
      return { ids: tables.insert(table, check(Records, json()), version) }
    },
  }
  for (const [route, handler] of Object.entries(adminHandlers)) {
    const [method = '', path = ''] = route.split(' ')
    routes.add(method, path === '/' ? ADMIN_PREFIX : ADMIN_PREFIX + path, (exchange) =>
      serveAdmin(exchange, handler),
    )
  }
}

async function serveAdmin(exchange: Exchange, handler: AdminHandler): Promise<void> {
  const { incoming, outgoing, search, params } = exchange
  try {
    refuseBrowsers(incoming.headers.host, incoming.headers.origin)
    const body = await readBody(incoming)
    const answer = handler({
      table: params.table ?? '',
      query: search,
      json: () => parseJsonBody(incoming.headers, body),
    })
    sendJson(outgoing, 200, JSON.stringify(answer ?? {}))
  } catch (error) {
    if (incoming.socket.destroyed) return
    const { status, messages } = rejectionOf(toRefusal(error))
    sendError(outgoing, status, messages, false)
  }
}

function refuseBrowsers(host: string | undefined, origin: string | undefined): void {
  const hostname = URL.parse(`http://${host}`)?.hostname
  if (origin !== undefined || hostname === undefined || !isLoopback(hostname)) {
    throw new Rejection(403, 'the admin path is for programs on this machine, not for web pages')
  }
}

/** An invalid argument of the handle is an invalid request here. */
function toRefusal(error: unknown): unknown {
  if (error instanceof EmulatorError) return badRequest(error.message)
  return error instanceof z.ZodError ? badRequest(z.prettifyError(error)) : error
}
