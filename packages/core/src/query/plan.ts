/** How a query is carried out: what the gateway is asked, what is done here, and what it costs. Pure. */
import { DATA_PAGE, type Dialect, type Filter, type Table } from '@chatlayer-tables/contract'
import type { Condition } from './condition.ts'
import type { Query } from './parse-query.ts'
import { fewestRequestsForAll, requestsForAll, requestsForFirst } from './request-count.ts'
import { type Cover, coverOf, type Select } from './wire-filter.ts'

/**
 * - `nothing`: no request, since nothing can match
 * - `data`: the pages of the whole table, by the data read
 * - `select`: one SELECT, or several whose answers are joined
 */
export type Strategy = 'nothing' | 'data' | 'select'

export interface Requests {
  readonly atLeast: number
  /** A guess: it weighs plans against each other, and rests on shares that nobody counted. */
  readonly expected: number
  /** For a table that does not change while it is read. */
  readonly atMost: number
}

export interface Plan {
  readonly strategy: Strategy
  /** The filters of each SELECT, ANDed. */
  readonly selects: readonly (readonly Filter[])[]
  /** The whole condition: it is tested here on every record that comes, whatever was filtered. */
  readonly condition: Condition
  /** The parts of it that the filters do not see to. With none, all that comes is kept. */
  readonly rest: readonly Condition[]
  /** Records asked for at once. */
  readonly pageSize: number
  /** Matching records that the gateway passes over, and those passed over here. */
  readonly skip: number
  readonly offset: number
  /** Whether reading may end before everything was read. */
  readonly stopsEarly: boolean
  /** How many records of the one source will be used at most; undefined when that is not known. */
  readonly want: number | undefined
  readonly requests: Requests
  /** The number of records in the table that the costs were reckoned with, and whether it is known. */
  readonly total: number
  readonly totalKnown: boolean
  /** Whether another plan may be cheaper, depending on a total that is not known. */
  readonly totalMatters: boolean
  /** Why this and not another way, in sentences. */
  readonly why: readonly string[]
}

/** What a table is taken to hold while its total is not known. */
const ASSUMED_TOTAL = 1_000

/**
 * Chooses the cheapest right way to carry out a query.
 *
 * @param total how many records the table holds, where that is known
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
  const why = [`${many}, reading everything ${scan.requests.expected}`, ...scan.why]
  return { ...scan, totalMatters, why }
}

/** One SELECT, of pages as large as the data read's or of one record at most. */
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

/** Reads the whole table, by SELECT without a filter where that takes larger pages. */
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
      ? [`a SELECT takes ${dialect.maxSelectLimit} records at once, the data read ${DATA_PAGE.max}`]
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
      : 'the gateway can filter a part of the condition; the rest is tested here',
  ]
  if (selects.length > 1) why.push('it knows no OR, so each branch is a SELECT of its own')
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
  // Passed over by the gateway only for a bounded read: a full one checks that nothing is missing.
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
    requests: reckon(selects, pageSize, total, stopsEarly ? need : undefined, exact),
    total,
    totalKnown: knownTotal !== undefined,
    totalMatters: false,
  }
}

function reckon(
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
