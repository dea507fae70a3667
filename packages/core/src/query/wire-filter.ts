/**
 * Conditions as filters of the gateway. A *cover* is a list of SELECTs, each with filters combined
 * by AND, that together return at least every record that a condition keeps. It may return more:
 * the client tests every record again, so a filter has to be safe, not exact.
 */
import {
  type Dialect,
  type Filter,
  type FilterColumn,
  type OperatorWord,
  type Table,
  wireFilter,
  writeList,
} from '@chatlayer-tables/contract'
import type { Condition, Literal, Subject, Test } from './condition.ts'
import { filterColumn, hasWireOrder, isSafe, MAX_LIST } from './filter-column.ts'

export interface Select {
  readonly filters: readonly Filter[]
  /** Estimated share of the table's records that it returns, from 0 to 1. */
  readonly share: number
  /** Whether it returns at most one record. */
  readonly single: boolean
}

export interface Cover {
  readonly selects: readonly Select[]
  /** The parts of the condition that the SELECTs ignore or only approximate. */
  readonly rest: readonly Condition[]
}

/** SELECTs that one query may be split into. */
const MAX_SELECTS = 2_000

/** Estimated shares of a table that a test keeps, to compare plans by. */
const SHARE = { eq: 0.05, in: 0.2, range: 0.3, nin: 0.9 } as const

/** The smallest cover of a condition; undefined when the gateway cannot narrow it. */
export function coverOf(condition: Condition, table: Table, dialect: Dialect): Cover | undefined {
  switch (condition.kind) {
    case 'constant':
      return condition.value ? undefined : { selects: [], rest: [] }
    case 'and':
      return coverAll(condition.conditions, table, dialect)
    case 'or':
      return coverAny(condition.conditions, table, dialect)
    case 'compare':
      return coverCompare(condition, table, dialect)
    case 'list':
      return coverList(condition, table, dialect)
    default:
      return undefined
  }
}

/**
 * AND: combines the filters of every part that takes one SELECT, with each SELECT of the shortest
 * part that takes several. The client tests the others.
 */
function coverAll(
  conditions: readonly Condition[],
  table: Table,
  dialect: Dialect,
): Cover | undefined {
  const covers = conditions.map((condition) => coverOf(condition, table, dialect))
  const used = new Set(usable(covers, dialect))
  if (used.size === 0) return undefined
  const base = [...used].filter(({ selects }) => selects.length === 1)
  const spread = [...used].find(({ selects }) => selects.length > 1)
  const common = base.flatMap(({ selects }) => selects)
  return {
    selects: spread?.selects.map((select) => merge([...common, select])) ?? [merge(common)],
    rest: conditions.flatMap((condition, index) => {
      const cover = covers[index]
      return cover !== undefined && used.has(cover) ? cover.rest : [condition]
    }),
  }
}

/** The covers of an AND that can be combined. */
function usable(covers: readonly (Cover | undefined)[], dialect: Dialect): readonly Cover[] {
  const known = covers.filter((cover) => cover !== undefined)
  if (dialect.filterCombination === 'or') {
    return known.toSorted((a, b) => shareOf(a) - shareOf(b)).slice(0, 1)
  }
  const several = known.filter(({ selects }) => selects.length > 1)
  const spread = several.toSorted((a, b) => a.selects.length - b.selects.length).slice(0, 1)
  return [...known.filter(({ selects }) => selects.length === 1), ...spread]
}

/** Estimated share of the table that a cover returns. */
function shareOf(cover: Cover): number {
  return Math.min(
    1,
    cover.selects.reduce((sum, select) => sum + select.share, 0),
  )
}

function merge(selects: readonly Select[]): Select {
  return {
    filters: selects.flatMap((select) => select.filters),
    share: selects.reduce((share, select) => share * select.share, 1),
    single: selects.some((select) => select.single),
  }
}

/** OR: the SELECTs of every branch. If one branch has no cover, there is none. */
function coverAny(
  conditions: readonly Condition[],
  table: Table,
  dialect: Dialect,
): Cover | undefined {
  const selects: Select[] = []
  const rest: Condition[] = []
  for (const condition of conditions) {
    const cover = coverOf(condition, table, dialect)
    if (cover === undefined) return undefined
    selects.push(...cover.selects)
    if (selects.length > MAX_SELECTS) return undefined
    rest.push(...cover.rest)
  }
  return { selects, rest: rest.length === 0 ? [] : [{ kind: 'or', conditions }] }
}

function coverCompare(
  test: Extract<Test, { kind: 'compare' }>,
  table: Table,
  dialect: Dialect,
): Cover | undefined {
  const column = filterColumn(test.subject, table, dialect)
  if (column === undefined || !isSafe(test.literal.text, column.type, dialect)) return undefined
  return column.type === 'timestamp'
    ? coverTimestamp(column, test, dialect)
    : coverPlain(column, test)
}

function coverPlain(
  column: FilterColumn,
  test: Extract<Test, { kind: 'compare' }>,
): Cover | undefined {
  const { relation, literal, subject } = test
  if (relation === 'ne') return undefined
  if (relation !== 'eq' && !hasWireOrder(column.type)) return undefined
  const filter = wireFilter(column, relation, literal.text)
  return { selects: [selectOf([filter], relation, subject)], rest: [] }
}

/**
 * A gateway written in JavaScript returns milliseconds of what its database keeps in microseconds.
 * The client compares the returned value, so each bound is widened to the whole millisecond.
 */
function coverTimestamp(
  column: FilterColumn,
  test: Extract<Test, { kind: 'compare' }>,
  dialect: Dialect,
): Cover | undefined {
  const { relation } = test
  const { text } = test.literal
  const whole = text.length === WHOLE_MS.length
  const beyond = wholeMs(text, whole && relation === 'lt' ? 0 : 1)
  const from = wireFilter(column, relation === 'gt' ? 'gt' : 'gte', text)
  const below = beyond === undefined ? [] : [wireFilter(column, 'lt', beyond)]
  const bounds = { ne: [], eq: [from, ...below], gt: [from], gte: [from], lt: below, lte: below }
  const filters = bounds[relation].slice(0, dialect.filterCombination === 'or' ? 1 : 2)
  if (filters.length === 0) return undefined
  const exact = whole && (relation === 'gte' || relation === 'lt')
  const share = filters.length === 2 ? SHARE.eq : SHARE.range
  return { selects: [{ filters, share, single: false }], rest: exact ? [] : [test] }
}

const WHOLE_MS = '2024-01-31T09:30:00.000Z'

/**
 * The instant truncated to its millisecond, plus `more` milliseconds; undefined beyond the year
 * 9999.
 */
function wholeMs(text: string, more: number): string | undefined {
  const iso = new Date(Date.parse(`${text.slice(0, WHOLE_MS.length - 1)}Z`) + more).toISOString()
  return iso.length === WHOLE_MS.length ? iso : undefined
}

function coverList(
  test: Extract<Test, { kind: 'list' }>,
  table: Table,
  dialect: Dialect,
): Cover | undefined {
  const { subject, literals } = test
  const column = filterColumn(subject, table, dialect)
  if (column === undefined) return undefined
  if (!literals.every(({ text }) => isSafe(text, column.type, dialect))) return undefined
  if (test.negated) return coverNotIn(column, literals, dialect)
  const listed =
    dialect.listEncoding === 'unknown' || column.type === 'timestamp'
      ? { lists: [], rest: literals }
      : chunkLists(literals, dialect.listEncoding)
  const shareOfOne = subject.type === 'id' ? 0 : Math.min(SHARE.eq, SHARE.in / literals.length)
  const lists = listed.lists.map(({ value, size }) => ({
    filters: [wireFilter(column, 'in', value)],
    share: size * shareOfOne,
    single: false,
  }))
  const ones = coverAny(
    listed.rest.map((literal) => ({ kind: 'compare', subject, relation: 'eq', literal })),
    table,
    dialect,
  )
  if (ones === undefined) return undefined
  const selects = ones.selects.map((one) => ({ ...one, share: Math.min(one.share, shareOfOne) }))
  return { selects: [...lists, ...selects], rest: ones.rest.length === 0 ? [] : [test] }
}

/** The list of each filter, and the values that this encoding cannot express. */
function chunkLists(
  literals: readonly Literal[],
  encoding: Exclude<Dialect['listEncoding'], 'unknown'>,
): { lists: { value: string; size: number }[]; rest: Literal[] } {
  const fits: Literal[] = []
  const rest: Literal[] = []
  for (const literal of literals) {
    const fit = writeList([literal.text], encoding) !== undefined
    if (fit) fits.push(literal)
    else rest.push(literal)
  }
  const lists: { value: string; size: number }[] = []
  for (let start = 0; start < fits.length; start += MAX_LIST) {
    const chunk = fits.slice(start, start + MAX_LIST).map(({ text }) => text)
    const value = writeList(chunk, encoding)
    if (value !== undefined) lists.push({ value, size: chunk.length })
  }
  return { lists, rest }
}

function coverNotIn(
  column: FilterColumn,
  literals: readonly Literal[],
  dialect: Dialect,
): Cover | undefined {
  if (dialect.listEncoding === 'unknown' || column.type === 'timestamp') return undefined
  if (literals.length > MAX_LIST) return undefined
  const value = writeList(
    literals.map(({ text }) => text),
    dialect.listEncoding,
  )
  if (value === undefined) return undefined
  const filters = [wireFilter(column, 'nin', value)]
  return { selects: [{ filters, share: SHARE.nin, single: false }], rest: [] }
}

function selectOf(filters: readonly Filter[], operator: OperatorWord, subject: Subject): Select {
  const single = operator === 'eq' && subject.type === 'id'
  return { filters, share: single ? 0 : operator === 'eq' ? SHARE.eq : SHARE.range, single }
}
