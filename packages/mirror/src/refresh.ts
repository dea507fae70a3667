/** Reads into a mirror what has changed since it was read last. */
import { dirname } from 'node:path'
import type { ColumnType } from '@chatlayer-tables/contract'
import type { TableRecord, Where } from '@chatlayer-tables/core'
import { type Learning, learn } from './learn.ts'
import { BracketWatch, pullWhole } from './pull.ts'
import { type Axis, type Found, Inconclusive, type Ranges, reconcile } from './reconcile.ts'
import { recordValue, type Shape } from './shape.ts'
import { maxOverlap, sinceCandidates } from './since.ts'
import { isoNow, type Source } from './source.ts'
import type { MirrorState } from './state.ts'
import { type SqlValue, timestampToSql, toSql } from './values.ts'

/** Tables of up to this many records are read as a whole: finding changes would cost as much. */
export const MAX_SMALL_TABLE = 500
/** Larger tables are worth a probe before they are read for the first time. */
const MIN_LARGE_TABLE = 2_500
/** A whole reading once a day corrects any missed change. */
export const WHOLE_EVERY_MS = 24 * 3_600_000
/** How far before the instant from which changes are read their count is compared too. */
const GUARD_MS = 10 * 60_000
/** Compared ranges are read when they have at most this many records. */
const MIN_LEAF = 200
const MAX_LEAF = 1_000
/** The cost limit of comparing, as a share of a whole reading. */
const BUDGET_SHARE = 0.6
const MAX_ROUNDS = 3

/**
 * Brings a mirror up to date: with the records updated since, where the gateway can filter them, otherwise
 * as a whole. Deletions change the number of records, and are found by comparing counts of ranges.
 *
 * @throws the errors of a request, and the reason of the caller's abort
 */
export async function refresh(source: Source): Promise<MirrorState> {
  const { file, shape } = source
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const before = file.state(shape.tableId)
    if (before === undefined || !isContinuable(before, shape)) return firstPull(source, before)
    const after = await bringChanges(source, before)
    if (after !== undefined) return after
    const now = file.state(shape.tableId)
    // No other process has changed it: the gateway's changes cannot be determined.
    if (now?.generation === before.generation) break
  }
  return pullWhole(source)
}

function isContinuable(state: MirrorState, shape: Shape): boolean {
  const age = Date.now() - Date.parse(state.wholeAt)
  return (
    state.complete &&
    age >= 0 &&
    age < WHOLE_EVERY_MS &&
    JSON.stringify(state.shape) === JSON.stringify(shape)
  )
}

/** A large table is read in larger pages where the gateway takes them. */
async function firstPull(source: Source, before: MirrorState | undefined): Promise<MirrorState> {
  const { client, handle, call } = source
  if (client.dialect.timestampFilter === 'none') {
    const records = before?.records ?? (await handle.count(undefined, call))
    if (records > MIN_LARGE_TABLE) await learn(learningOf(source))
  }
  return pullWhole(source)
}

function learningOf({ client, shape, file, call }: Source): Learning {
  return { client, tableId: shape.tableId, folder: dirname(file.path), call }
}

/** @returns undefined when some changes may not have been found */
async function bringChanges(source: Source, before: MirrorState): Promise<MirrorState | undefined> {
  const { handle, shape, file, call } = source
  const asOf = isoNow()
  if (before.records <= MAX_SMALL_TABLE) return undefined
  const since = chooseSince(source, before)
  if (since === undefined) return undefined
  if (before.records > MIN_LARGE_TABLE) await learn(learningOf(source))
  const changed: Where = { updatedAt: { gte: since } }
  const plan = await handle.records({ where: changed }, call).explain()
  if (plan.strategy !== 'select' || plan.wire.length !== 1) return undefined

  const watch = new BracketWatch(source, before.bracket.latest)
  const overlay = new Map<string, TableRecord>()
  for await (const page of handle.records({ where: changed }, call).pages()) {
    for (const record of page) overlay.set(record.id, record)
    watch.see(page)
    source.onRecords?.(overlay.size)
  }
  const bracket = watch.end()

  const view = new View(source, overlay)
  try {
    const found = await settle(source, before, view, since)
    for (const record of found.upserts) overlay.set(record.id, record)
    for (const id of found.deletes) overlay.delete(id)
    const next = { shape, asOf, complete: true, wholeAt: before.wholeAt, bracket }
    const changes = { upserts: overlay.values(), deletes: found.deletes }
    if (!file.change(before, changes, next)) return undefined
    return file.state(shape.tableId)
  } catch (error) {
    if (error instanceof Inconclusive) return undefined
    throw error
  }
}

/** The best instant from which few enough unchanged records are read again. */
function chooseSince({ file, shape }: Source, before: MirrorState): string | undefined {
  const most = maxOverlap(before.records)
  return sinceCandidates(before.bracket).find((since) => file.countSince(shape, since) <= most)
}

/** Finds differences until the numbers of all records and of the recently updated ones agree. @throws Inconclusive */
async function settle(
  source: Source,
  before: MirrorState,
  view: View,
  since: string,
): Promise<Found> {
  const { client, handle, call } = source
  const ranges: Ranges = {
    count: (where) => handle.count(where, call),
    read: (where) => handle.records({ where }, call).toArray(),
  }
  const found: Found = { upserts: [], deletes: [] }
  const guard = timestampToSql(new Date(Date.parse(since) - GUARD_MS).toISOString())
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const total = await handle.count(undefined, call)
    const recent = await handle.count({ updatedAt: { gte: guard } }, call)
    const local = view.counts(guard)
    if (total === local.total && recent === local.recent) return found
    const axis = chooseAxis(source, before, view)
    if (axis === undefined) throw new Inconclusive('no column distinguishes the records')
    const least: Where = { [axis.column]: { gte: axis.least } }
    const pageSize = Math.max(100, client.dialect.maxSelectLimit)
    const part = await reconcile(axis, ranges, {
      leaf: Math.min(MAX_LEAF, Math.max(MIN_LEAF, pageSize)),
      budget: (total / 100) * BUDGET_SHARE,
      total: await handle.count(least, call),
    })
    if (part.upserts.length + part.deletes.length === 0) throw new Inconclusive('no range differs')
    view.apply(part)
    found.upserts.push(...part.upserts)
    const deleted = new Set([...found.deletes, ...part.deletes])
    for (const { id } of part.upserts) deleted.delete(id)
    found.deletes.splice(0, found.deletes.length, ...deleted)
  }
  throw new Inconclusive('the table kept changing')
}

/** The records of a mirror together with the changes found so far. */
class View {
  readonly #source: Source
  readonly #overlay: ReadonlyMap<string, TableRecord>
  readonly #upserts = new Map<string, TableRecord>()
  readonly #deletes = new Set<string>()

  constructor(source: Source, overlay: ReadonlyMap<string, TableRecord>) {
    this.#source = source
    this.#overlay = overlay
  }

  apply({ upserts, deletes }: Found): void {
    for (const id of deletes) {
      this.#deletes.add(id)
      this.#upserts.delete(id)
    }
    for (const record of upserts) {
      this.#upserts.set(record.id, record)
      this.#deletes.delete(record.id)
    }
  }

  counts(since: string): { total: number; recent: number } {
    const entries = this.entries('updated_at', (record) => timestampToSql(record.updatedAt))
    const recent = entries.filter(({ key }) => typeof key === 'string' && key >= since).length
    return { total: entries.length, recent }
  }

  /** Every record with the value of a column, in the order of the values. */
  entries(column: string, keyOf: (record: TableRecord) => SqlValue): Axis['entries'] {
    const { file, shape } = this.#source
    const changed = new Map([...this.#overlay, ...this.#upserts])
    for (const id of this.#deletes) changed.delete(id)
    const kept: { id: string; key: SqlValue }[] = []
    for (const entry of file.axis(shape, column)) {
      if (!changed.has(entry.id) && !this.#deletes.has(entry.id)) kept.push(entry)
    }
    for (const [id, record] of changed) kept.push({ id, key: keyOf(record) })
    return kept.sort((a, b) => compareKeys(a.key, b.key))
  }
}

function compareKeys(a: SqlValue, b: SqlValue): number {
  if (a === b || a === null || b === null) return 0
  return a < b ? -1 : 1
}

/** Columns with a value that more records share cannot be split into ranges. */
const MAX_SHARED = 2_000

/** Types that the gateway and SQLite sort alike, with the smallest value of each. */
const LEAST: Partial<Record<ColumnType, SqlValue>> = {
  timestamp: '0001-01-01T00:00:00.000Z',
  int: -(2n ** 63n),
  numeric: -1e300,
}

/**
 * The column to split the records by, of dates or numbers: the one whose most frequent value is rarest.
 */
function chooseAxis({ file, shape }: Source, before: MirrorState, view: View): Axis | undefined {
  const candidates = shape.columns.flatMap((column) => {
    const least = column.type === undefined ? undefined : LEAST[column.type]
    if (least === undefined || column.masked || before.rounded[column.name]) return []
    const shared = file.maxShared(shape, column.name)
    return shared > MAX_SHARED ? [] : [{ column, shared, least }]
  })
  const [best] = candidates.toSorted((a, b) => a.shared - b.shared)
  if (best === undefined) return undefined
  const { column, least } = best
  const own = column.name === 'created_at' ? 'createdAt' : 'updatedAt'
  const entries = view.entries(
    column.name,
    (record) => toSql(recordValue(record, column), column.type).value,
  )
  const keyed =
    column.type === 'timestamp' ? entries.map(wholeMilliseconds) : entries.map(plainNumber)
  return {
    column: column.source === undefined ? own : `"${column.source}"`,
    least,
    entries: keyed.filter(({ key }) => key !== null).sort((a, b) => compareKeys(a.key, b.key)),
  }
}

type Entry = Axis['entries'][number]

/** The gateway may return milliseconds and compare microseconds: whole milliseconds agree. */
function wholeMilliseconds({ id, key }: Entry): Entry {
  const text = typeof key === 'string' ? timestampToSql(key) : ''
  return { id, key: /^.{23}\d{3}Z$/.test(text) ? `${text.slice(0, 23)}Z` : null }
}

function plainNumber({ id, key }: Entry): Entry {
  if (typeof key === 'bigint') {
    const number = Number(key)
    return { id, key: Number.isSafeInteger(number) ? number : key }
  }
  return { id, key: typeof key === 'number' ? key : null }
}
