/**
 * A gateway in memory, written from the contract's document alone: it shares no code with what it
 * tests. It takes the place of the sender, and can be set to misbehave.
 */
import type { Table } from '@chatlayer-tables/contract'
import { DEFAULT_DIALECT, type Dialect } from '@chatlayer-tables/contract'
import type { Sender } from '../../src/send/sender.ts'
import type { TableContext } from '../../src/table-context.ts'

export type FakeRecord = {
  id: string
  createdAt?: string
  updatedAt?: string
  values: Record<string, unknown>
}

/** A filter in a body. */
export interface FakeFilter {
  columnName: string
  columnType: string
  operator: string
  value?: string
}

export interface FakeRequest {
  readonly operation: string
  readonly skip: number
  readonly limit: number
  readonly filters: readonly FakeFilter[]
}

export interface FakeAnswer {
  data: readonly FakeRecord[]
  meta?: { total?: number; limit?: number; offset?: number } | null
}

export interface FakeOptions {
  readonly table: Table
  records: FakeRecord[]
  readonly dialect?: Partial<Dialect>
  /** Whether a record meets a filter; without it a filter is an error. */
  readonly meets?: (record: FakeRecord, filter: FakeFilter) => boolean
  /** Called for each request; may fail, or take its time. */
  readonly before?: (request: FakeRequest) => void | Promise<void>
  /** Called at the moment at which the answer number `count`, from 1, is made; may change `records`. */
  readonly change?: (count: number) => void
  /** Changes the answer. */
  readonly answer?: (answer: FakeAnswer, request: FakeRequest) => FakeAnswer
  /** Gives the records an order for one request. */
  readonly order?: (records: readonly FakeRecord[]) => readonly FakeRecord[]
  /** Maximum number of records in one response. */
  readonly cap?: number
}

export interface FakeGateway {
  readonly context: TableContext
  readonly requests: FakeRequest[]
  /** Requests in flight at the same time, at most. */
  readonly mostAtOnce: () => number
  records: FakeRecord[]
}

interface SentInput {
  query: { limit?: number; offset?: number }
  body?: { type: string; filters?: FakeFilter[]; skip?: number; limit?: number }
}

export function fakeGateway(options: FakeOptions): FakeGateway {
  const dialect: Dialect = { ...DEFAULT_DIALECT, ...options.dialect }
  const requests: FakeRequest[] = []
  let atOnce = 0
  let most = 0
  let answers = 0
  const gateway: { records: FakeRecord[] } = options

  async function send(
    operation: string,
    input: SentInput,
    call?: { signal?: AbortSignal },
  ): Promise<{ body: unknown }> {
    call?.signal?.throwIfAborted()
    const request = readRequest(operation, input, dialect)
    requests.push(request)
    atOnce += 1
    most = Math.max(most, atOnce)
    try {
      await options.before?.(request)
      await new Promise((resolve) => setImmediate(resolve))
      call?.signal?.throwIfAborted()
      answers += 1
      options.change?.(answers)
      const matching = gateway.records.filter((record) =>
        matches(record, request, options, dialect),
      )
      const ordered = options.order?.(matching) ?? matching
      const data = ordered.slice(
        request.skip,
        request.skip + Math.min(request.limit, options.cap ?? request.limit),
      )
      const meta = { total: matching.length, limit: request.limit, offset: request.skip }
      return { body: options.answer?.({ data, meta }, request) ?? { data, meta } }
    } finally {
      atOnce -= 1
    }
  }

  const sender = { send } as { send: unknown } as Sender
  return {
    context: {
      sender,
      version: 'DRAFT',
      dialect: () => dialect,
      table: options.table.name,
      definition: async () => options.table,
    },
    requests,
    mostAtOnce: () => most,
    get records() {
      return gateway.records
    },
    set records(records) {
      gateway.records = records
    },
  }
}

function readRequest(operation: string, input: SentInput, dialect: Dialect): FakeRequest {
  if (operation === 'getTableData') {
    const { limit = 100, offset = 0 } = input.query
    if (limit < 1 || limit > 100 || offset < 0)
      throw new Error(`400: limit ${limit}, offset ${offset}`)
    return { operation, skip: offset, limit, filters: [] }
  }
  if (operation !== 'performTableAction' || input.body?.type !== 'SELECT') {
    throw new Error(`a query sent ${operation} ${input.body?.type}`)
  }
  const { filters = [], skip = 0, limit = 100 } = input.body
  if (limit < 1 || limit > dialect.maxSelectLimit) throw new Error(`400: limit ${limit}`)
  return { operation, skip, limit, filters }
}

function matches(
  record: FakeRecord,
  { filters }: FakeRequest,
  { meets }: FakeOptions,
  dialect: Dialect,
): boolean {
  if (filters.length === 0) return true
  if (meets === undefined) throw new Error('this gateway takes no filters')
  return dialect.filterCombination === 'or'
    ? filters.some((filter) => meets(record, filter))
    : filters.every((filter) => meets(record, filter))
}

/** Records numbered from 0, with ids of their own. */
export function numbered(count: number, from = 0): FakeRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `r${String(from + index).padStart(6, '0')}`,
    createdAt: '2024-01-01T00:00:00.000Z',
    updatedAt: '2024-01-01T00:00:00.000Z',
    values: { n: from + index },
  }))
}

export const NUMBERS: Table = {
  id: 'numbers',
  name: 'numbers',
  columns: [{ name: 'n', type: 'int' }],
}
