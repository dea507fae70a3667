/**
 * Replays a report: a server on loopback gives its responses again, and the same probe reads them. What
 * it then learns must be what the report says.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as readAll } from 'node:stream/consumers'
import { endpoints } from '@chatlayer-tables/contract'
import { createClient, type Finding } from '@chatlayer-tables/core'
import type { FactResult, Report, ReportExchange } from './format.ts'
import { dialectOf, judgeFacts } from './judge.ts'
import type { Json } from './placeholders.ts'
import { verdictOf, wholeBody } from './stored-response.ts'

export interface Replay {
  readonly facts: readonly FactResult[]
  readonly dialect: Report['dialect']
  /** What this version's schemas say of each recorded response. */
  readonly verdicts: readonly ReportExchange['verdict'][]
  /** The first exchange whose request this version does not send; the replay ended there. */
  readonly divergedAt: number | undefined
}

/** Reads the responses of a report with this version of the contract and of the probe. */
export async function replayReport(report: Report): Promise<Replay> {
  const script = new Script(report.exchanges)
  const server = createServer((incoming, outgoing) => {
    script.answer(incoming, outgoing).catch(() => outgoing.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  try {
    await using client = createClient({
      baseUrl: `http://127.0.0.1:${port}`,
      // Not of a real account: only this server gets it.
      token: 'replay:replay',
      teamId: 'team',
      botId: 'bot',
      version: report.version === 'LIVE' ? 'LIVE' : 'DRAFT',
      maxAttempts: 1,
      proxyEnvironment: {},
    })
    const { read: table, scratch: scratchTable } = report.tables
    const findings: Finding[] = []
    const recorder = { onExchange() {}, onFinding: (finding: Finding) => findings.push(finding) }
    // The probe ends with the error with which the recorded one ended, or where the two diverge.
    await client.probe({ table, scratchTable, recorder }).catch(() => undefined)
    return {
      facts: judgeFacts(report.exchanges, findings),
      dialect: dialectOf(findings),
      verdicts: report.exchanges.map(verdictOf),
      divergedAt: script.divergedAt,
    }
  } finally {
    await closed(server)
  }
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
}

/** The last attempt of each call, in order, and what placeholders stand for in this replay. */
class Script {
  readonly #exchanges: readonly ReportExchange[]
  readonly #values = new Map<string, string>()
  #next = 0
  divergedAt: number | undefined

  constructor(exchanges: readonly ReportExchange[]) {
    const last = new Map(exchanges.map((exchange) => [exchange.call, exchange]))
    this.#exchanges = [...last.values()]
  }

  async answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const sent = await readAll(incoming)
    const exchange = this.#exchanges[this.#next]
    if (exchange === undefined || !this.#isExpected(exchange, incoming, sent)) {
      this.divergedAt ??= exchange?.number ?? this.#exchanges.length + 1
    }
    if (this.divergedAt !== undefined || exchange?.response == null) {
      this.#next += 1
      outgoing.destroy()
      return
    }
    this.#next += 1
    const { status, form } = exchange.response
    const type = form === 'html' ? 'text/html' : 'application/json'
    outgoing.writeHead(status, { 'content-type': type })
    outgoing.end(this.#bodyOf(exchange))
  }

  #bodyOf(exchange: ReportExchange): string {
    switch (exchange.response?.form) {
      case 'json':
        return JSON.stringify(this.#restored(wholeBody(exchange) ?? null))
      case 'html':
        return '<html></html>'
      case 'text':
        return 'text'
      default:
        return ''
    }
  }

  /** Whether the request is the recorded one; learns what the placeholders in it stand for. */
  #isExpected(
    { operation, params, query, request }: ReportExchange,
    incoming: IncomingMessage,
    sent: string,
  ): boolean {
    const url = new URL(incoming.url ?? '', 'http://localhost')
    const { method, path } = endpoints[operation]
    const parts = path.slice(1).split('/')
    const values = url.pathname.split('/').slice(-parts.length)
    const isPath = parts.every((part, at) => {
      const name = /^\{(\w+)\}$/.exec(part)?.[1]
      const value = decodeURIComponent(values[at] ?? '')
      return name === undefined ? part === values[at] : this.#bind(params[name] ?? '', value)
    })
    const asked = Object.fromEntries([...url.searchParams].map(([name, value]) => [name, value]))
    const isQuery =
      Object.keys(query).length === Object.keys(asked).length &&
      Object.entries(query).every(([name, value]) => asked[name] === String(value))
    return incoming.method === method && isPath && isQuery && this.#matches(request, sent)
  }

  #matches(request: Json | undefined, sent: string): boolean {
    if (request === undefined || sent === '') return request === undefined && sent === ''
    return this.#same(request, JSON.parse(sent) as Json)
  }

  #same(recorded: Json, sent: Json): boolean {
    if (typeof recorded === 'string' && typeof sent === 'string') return this.#bind(recorded, sent)
    if (Array.isArray(recorded) && Array.isArray(sent)) {
      return (
        recorded.length === sent.length && recorded.every((item, at) => this.#same(item, sent[at]))
      )
    }
    if (isObject(recorded) && isObject(sent)) {
      const keys = Object.keys(recorded)
      return (
        keys.length === Object.keys(sent).length &&
        keys.every((key) => sent[key] !== undefined && this.#same(recorded[key] ?? null, sent[key]))
      )
    }
    return recorded === sent
  }

  /** A placeholder stands for one value throughout. */
  #bind(placeholder: string, value: string): boolean {
    const bound = this.#values.get(placeholder)
    if (bound !== undefined) return bound === value
    this.#values.set(placeholder, value)
    return true
  }

  #restored(value: Json): Json {
    if (typeof value === 'string') return this.#values.get(value) ?? value
    if (isList(value)) return value.map((item) => this.#restored(item))
    if (!isObject(value)) return value
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, this.#restored(item)]),
    )
  }
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
