/**
 * A gateway on a socket, written by hand from the contract's document alone, for what the emulator
 * cannot do: records that land late, clocks that disagree, answers without dates, values that it
 * changes. One table, one version, eq/gte/lte/in filters.
 */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Client, type ClientOptions, createClient, type TableHandle } from '../../src/index.ts'

export interface FakeRecord {
  readonly id: string
  readonly createdAt?: string
  readonly updatedAt?: string
  readonly values: Record<string, unknown>
}

interface Filter {
  readonly columnName: string
  readonly operator: string
  readonly value: string
}

interface Action {
  readonly type: 'INSERT' | 'SELECT' | 'UPDATE' | 'DELETE'
  readonly fields?: readonly { readonly columnName: string; readonly value: string | null }[]
  readonly filters?: readonly Filter[]
  readonly skip?: number
  readonly limit?: number
}

/** What becomes of one request. */
export interface Fate {
  /**
   * Carried out at once (true), never, after a number of milliseconds, or right after the next
   * action of its type.
   */
  readonly commit: boolean | number | 'after next'
  readonly answer: 'ok' | 'reset' | 'hang' | number
}

export const FINE: Fate = { commit: true, answer: 'ok' }
/** Carried out, and the answer lost. */
export const WRITTEN: Fate = { commit: true, answer: 'reset' }
/** Not carried out, and no response. */
export const LOST: Fate = { commit: false, answer: 'reset' }

export interface FakeOptions {
  readonly columns?: readonly { readonly name: string; readonly type: string }[]
  /** The Date header: milliseconds off the real time, or none at all. */
  readonly date?: number | 'none'
  /** The gateway's own clock; the machine's when omitted. */
  readonly clock?: () => number
  /** How the creation of a record is dated; undefined leaves it out. */
  readonly dated?: (now: number) => string | undefined
  readonly insertAnswer?: 'record' | 'none'
  /** What it makes of the values of a new record. */
  readonly store?: (values: Record<string, unknown>) => Record<string, unknown>
  /** The fates of the actions of one type, in order; fine from there on. */
  readonly fates?: Partial<Record<Action['type'], readonly Fate[]>>
  readonly client?: Partial<ClientOptions>
  /** Starts a server between the client and the gateway's port, and returns its port. */
  readonly front?: (port: number) => Promise<number>
}

export interface FakeGateway extends AsyncDisposable {
  readonly client: Client
  readonly table: TableHandle
  readonly records: FakeRecord[]
  readonly actions: Action['type'][]
  /** Puts a record in without a request. */
  put(values: Record<string, unknown>, agoMs?: number): string
}

const TOKEN = 'user:not-a-secret'
const COLUMNS = [
  { name: 'name', type: 'text' },
  { name: 'note', type: 'text' },
  { name: 'at', type: 'timestamp' },
  { name: 'price', type: 'numeric' },
]

export async function startFakeGateway(options: FakeOptions = {}): Promise<FakeGateway> {
  const {
    columns = COLUMNS,
    date = 0,
    insertAnswer = 'record',
    store = (values) => values,
    clock = () => Date.now(),
  } = options
  const dated = options.dated ?? ((now: number) => new Date(now).toISOString())
  const records: FakeRecord[] = []
  const actions: Action['type'][] = []
  const counts = { INSERT: 0, SELECT: 0, UPDATE: 0, DELETE: 0 }
  const heldBack: Partial<Record<Action['type'], () => void>> = {}

  const blank = Object.fromEntries(columns.map(({ name }) => [name, null]))
  function add(values: Record<string, unknown>, at: number): FakeRecord {
    const createdAt = dated(at)
    const record = {
      id: randomUUID(),
      ...(createdAt && { createdAt }),
      values: { ...blank, ...values },
    }
    records.push(record)
    return record
  }

  function carryOut(action: Action): readonly FakeRecord[] {
    const set = Object.fromEntries((action.fields ?? []).map((f) => [f.columnName, f.value]))
    if (action.type === 'INSERT') return [add(store(set), clock())]
    const found = records.filter((record) => (action.filters ?? []).every((f) => meets(record, f)))
    if (action.type === 'DELETE') {
      for (const record of found) records.splice(records.indexOf(record), 1)
    }
    if (action.type === 'UPDATE')
      for (const record of found) Object.assign(record.values, store(set))
    return found
  }

  async function act(action: Action, response: ServerResponse): Promise<void> {
    actions.push(action.type)
    const fate = options.fates?.[action.type]?.[counts[action.type]++] ?? FINE
    let changed: readonly FakeRecord[] = []
    const held = heldBack[action.type]
    delete heldBack[action.type]
    if (fate.commit === true) changed = carryOut(action)
    else if (fate.commit === 'after next') heldBack[action.type] = () => carryOut(action)
    else if (fate.commit !== false) setTimeout(() => carryOut(action), fate.commit)
    held?.()
    if (fate.answer === 'reset') response.socket?.resetAndDestroy()
    else if (typeof fate.answer === 'number') respond(response, fate.answer, { message: 'failed' })
    else if (fate.answer === 'ok') {
      const { skip = 0, limit = 100 } = action
      const isSilent = action.type === 'INSERT' && insertAnswer === 'none'
      const data = isSilent ? [] : changed.slice(skip, skip + limit)
      respond(response, 200, { data, meta: { total: changed.length, limit, offset: skip } })
    }
  }

  function respond(response: ServerResponse, status: number, body: unknown): void {
    response.sendDate = false
    if (date !== 'none') response.setHeader('date', new Date(clock() + date).toUTCString())
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'http://localhost')
    if (url.pathname.endsWith('/tables')) {
      respond(response, 200, {
        data: [{ id: 'table', botId: 'bot', name: 't', description: '', columns }],
      })
    } else if (url.pathname.endsWith('/data')) {
      const [limit, offset] = ['limit', 'offset'].map((n) => Number(url.searchParams.get(n) ?? 0))
      const data = records.slice(offset, (offset ?? 0) + (limit || 100))
      respond(response, 200, { data, meta: { total: records.length, limit, offset } })
    } else {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      await act(JSON.parse(Buffer.concat(chunks).toString()) as Action, response)
    }
  }

  const server = createServer((request, response) => void serve(request, response).catch(() => {}))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port: ownPort } = server.address() as AddressInfo
  const port = (await options.front?.(ownPort)) ?? ownPort
  const client = createClient({
    baseUrl: `http://127.0.0.1:${port}`,
    token: TOKEN,
    teamId: 'team',
    botId: 'bot',
    attemptTimeoutMs: 1_000,
    ...options.client,
  })
  return {
    client,
    table: client.table('t'),
    records,
    actions,
    put: (values, agoMs = 0) => add(values, clock() - agoMs).id,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await client.close()
    },
  }
}

function meets(record: FakeRecord, { columnName, operator, value }: Filter): boolean {
  const held = columnName === 'id' ? record.id : record.values[columnName]
  if (held === null || held === undefined) return false
  switch (operator) {
    case 'eq':
      return String(held) === value
    case 'gte':
      return String(held) >= value
    case 'lt':
      return String(held) < value
    case 'lte':
      return String(held) <= value
    default:
      throw new Error(`no ${operator} here`)
  }
}
