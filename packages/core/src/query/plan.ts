/** Plans a query: what the gateway filters, what the client tests, and the cost. Pure. */
import { DATA_PAGE, type Dialect, type Filter, type Table } from '@chatlayer-tables/contract'
import type { Condition } from './condition.ts'
import type { Query } from './parse-query.ts'
import { fewestRequestsForAll, requestsForAll, requestsForFirst } from './request-count.ts'
import { type Cover, coverOf, type Select } from './wire-filter.ts'

/**
 * - `nothing`: no request, since nothing can match
 * - `data`: the pages of the whole table, by the data read
 * - `select`: one SELECT, or several whose results are joined
 */
export type Strategy = 'nothing' | 'data' | 'select'

export interface Requests {
  readonly atLeast: number
  /** An estimate to compare plans by, based on assumed shares. */
  readonly expected: number
  /** The maximum for a table that does not change during the read. */
  readonly atMost: number
}

export interface Plan {
  readonly strategy: Strategy
  /** The filters of each SELECT, combined with AND. */
  readonly selects: readonly (readonly Filter[])[]
  /** The whole condition. The client tests it on every record that the filters return. */
  readonly condition: Condition
  /** The parts that the filters do not express. If there are none, all records are kept. */
  readonly rest: readonly Condition[]
  /** Records per request. */
  readonly pageSize: number
  /** Matching records that the gateway skips (`skip`) and that the client skips (`offset`). */
  readonly skip: number
  readonly offset: number
  /** Whether the read may end before everything was read. */
  readonly stopsEarly: boolean
  /** Maximum number of records that will be used from the one source; undefined when unknown. */
  readonly want: number | undefined
  readonly requests: Requests
  /** The number of records in the table that the costs are based on, and whether it is known. */
  readonly total: number
  readonly totalKnown: boolean
  /** Whether another plan may be cheaper, depending on a total that is unknown. */
  readonly totalMatters: boolean
  /** Why this plan was chosen, in sentences. */
  readonly why: readonly string[]
}

/** Assumed number of records while the total is unknown. */
const ASSUMED_TOTAL = 1_000

/**
 * Chooses the cheapest correct plan for a query.
 *
 * @param total number of records in the table, if known
 */
export function planQuery(query: Query, table: Table, dialect: Dialect, total?: number): Plan {
  const { condition } = query
  if (query.limit === 0) return nothing(query, total, 'limit is 0')
  if (condition.kind === 'constant' && !condition.value) {
    return nothing(query, total, 'the condition can never hold')
  }
  const everything = condition.kind === 'constant'
  const scan = planScan(query, dialect, total)
  const cover = everything ? undefined : coverOf(condition, table, dialect)
  if (cover === undefined) {
    const why = everything
      ? 'there is no condition'
      : 'no part of the condition can be filtered by the gateway without losing records'
    return { ...scan, why: [why, ...scan.why] }
  }
  const select = planSelects(query, dialect, total, cover)
  const totalMatters = total === undefined && !isNeverDearer(cover, dialect)
  if (select.requests.expected <= scan.requests.expected) return { ...select, totalMatters }
  const many = `${select.selects.length} SELECTs would take about ${select.requests.expected} requests`
  const why = [`${many}, a read of the whole table ${scan.requests.expected}`, ...scan.why]
  return { ...scan, totalMatters, why }
}

/** Whether it is one SELECT with pages as large as the data read's, or with one record at most. */
function isNeverDearer({ selects }: Cover, dialect: Dialect): boolean {
  const [only, ...others] = selects
  if (only === undefined || others.length > 0) return false
  return only.single || dialect.maxSelectLimit >= DATA_PAGE.max
}

function nothing(query: Query, total: number | undefined, why: string): Plan {
  return {
    strategy: 'nothing',
    selects: [],
    condition: query.condition,
    rest: [],
    pageSize: DATA_PAGE.max,
    skip: 0,
    offset: 0,
    stopsEarly: false,
    want: 0,
    requests: { atLeast: 0, expected: 0, atMost: 0 },
    total: total ?? ASSUMED_TOTAL,
    totalKnown: total !== undefined,
    totalMatters: false,
    why: [why],
  }
}

/** Plans to read the whole table, by SELECT without a filter where that allows larger pages. */
function planScan(query: Query, dialect: Dialect, total: number | undefined): Plan {
  const rest = query.condition.kind === 'constant' ? [] : [query.condition]
  const bySelect = dialect.maxSelectLimit > DATA_PAGE.max
  const everything: Select = { filters: [], share: 1, single: false }
  const source = {
    selects: bySelect ? [everything] : [],
    pageSize: bySelect ? dialect.maxSelectLimit : DATA_PAGE.max,
  }
  const plan = planSource(query, dialect, total, rest, source.pageSize, [everything])
  return {
    ...plan,
    strategy: bySelect ? 'select' : 'data',
    selects: source.selects.map(({ filters }) => filters),
    why: bySelect
      ? [`a SELECT returns up to ${dialect.maxSelectLimit} records, the data read ${DATA_PAGE.max}`]
      : [],
  }
}

function planSelects(
  query: Query,
  dialect: Dialect,
  total: number | undefined,
  cover: Cover,
): Plan {
  const { selects, rest } = cover
  const plan = planSource(query, dialect, total, rest, dialect.maxSelectLimit, selects)
  const why = [
    rest.length === 0
      ? 'the gateway can filter the whole condition'
      : 'the gateway can filter a part of the condition; the client tests the rest',
  ]
  if (selects.length > 1) why.push('it has no OR, so each branch is a separate SELECT')
  return { ...plan, strategy: 'select', selects: selects.map(({ filters }) => filters), why }
}

type Source = Omit<Plan, 'strategy' | 'selects' | 'why'>

function planSource(
  query: Query,
  dialect: Dialect,
  knownTotal: number | undefined,
  rest: readonly Condition[],
  pageSize: number,
  selects: readonly Select[],
): Source {
  const total = knownTotal ?? ASSUMED_TOTAL
  const sorted = query.sort.length > 0
  const exact = rest.length === 0
  const one = selects.length === 1 && exact && !sorted
  // The gateway skips only in a bounded read: a full one checks that nothing is missing.
  const skip =
    one && query.limit !== undefined && dialect.pageOrder !== 'unstable' ? query.offset : 0
  const offset = query.offset - skip
  const need = query.limit === undefined ? undefined : query.limit + offset
  const stopsEarly = need !== undefined && !sorted
  const want = one ? need : undefined
  return {
    condition: query.condition,
    rest,
    pageSize,
    skip,
    offset,
    stopsEarly,
    want,
    requests: countRequests(selects, pageSize, total, stopsEarly ? need : undefined, exact),
    total,
    totalKnown: knownTotal !== undefined,
    totalMatters: false,
  }
}

function countRequests(
  selects: readonly Select[],
  pageSize: number,
  total: number,
  need: number | undefined,
  exact: boolean,
): Requests {
  const counts = selects.map(({ single, share }) => ({
    most: single ? 1 : total,
    guess: single ? 1 : total * share,
    surely: single || share < 1 ? 1 : total,
  }))
  const atMost = sum(counts.map(({ most }) => requestsForAll(most, pageSize)))
  const all = sum(counts.map(({ guess }) => requestsForAll(guess, pageSize)))
  if (need === undefined) {
    const surely = counts.map((count) => fewestRequestsForAll(count.surely, pageSize))
    return { atLeast: sum(surely), expected: all, atMost }
  }
  const first = requestsForFirst(need, pageSize)
  const fewest = Math.min(first, all)
  if (exact && selects.length === 1) {
    return { atLeast: 1, expected: fewest, atMost: Math.min(first, atMost) }
  }
  return { atLeast: 1, expected: Math.ceil((fewest + all) / 2), atMost }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
