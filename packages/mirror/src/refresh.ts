/** Brings into a mirror what has changed since it was read. */
import type { ColumnType } from '@chatlayer-tables/contract'
import type { TableRecord, Where } from '@chatlayer-tables/core'
import { learn } from './learn.ts'
import { BracketWatch, pullWhole } from './pull.ts'
import { type Axis, type Found, InDoubt, type Ranges, reconcile } from './reconcile.ts'
import { recordValue, type Shape } from './shape.ts'
import { sinceCandidates } from './since.ts'
import { isoNow, type Source } from './source.ts'
import type { MirrorState } from './state.ts'
import { type SqlValue, timestampToSql, toSql } from './values.ts'

/** Tables of so many records are read as a whole: finding out what changed would cost as much. */
const SMALL = 500
/** A table so large is worth a probe before it is read for the first time. */
const LARGE = 2_500
/** What was missed for reasons that nobody thought of is mended once a day. */
const WHOLE_EVERY_MS = 24 * 3_600_000
/** How far before the instant from which changes are read their count is compared too. */
const GUARD_MS = 10 * 60_000
/** Records read again without need, at most, as a share of the table. */
const OVERLAP_SHARE = 0.02
const OVERLAP_LEAST = 1_000
/** Ranges that are compared are read when they hold so many records. */
const LEAF_LEAST = 200
const LEAF_MOST = 1_000
/** What comparing may cost, as a share of a whole reading. */
const BUDGET_SHARE = 0.6
const MAX_ROUNDS = 3

/**
 * Brings a mirror up to date: by what was updated since, where the gateway can tell, otherwise as a
 * whole. Deletions show in the number of records, and are found by comparing counts of ranges.
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
    // Nobody else brought it: then the doubt is about the gateway.
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
    if (records > LARGE) await learn(source)
  }
  return pullWhole(source)
}

/** @returns undefined when it is in doubt whether all changes were found */
async function bringChanges(source: Source, before: MirrorState): Promise<MirrorState | undefined> {
  const { handle, shape, file, call } = source
  const asOf = isoNow()
  if (before.records <= SMALL) return undefined
  const since = chooseSince(source, before)
  if (since === undefined) return undefined
  if (before.records > LARGE) await learn(source)
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
    if (error instanceof InDoubt) return undefined
    throw error
  }
}

/** The best instant from which few enough records are read again without need. */
function chooseSince({ file, shape }: Source, before: MirrorState): string | undefined {
  const most = Math.max(OVERLAP_LEAST, before.records * OVERLAP_SHARE)
  return sinceCandidates(before.bracket).find((since) => file.countSince(shape, since) <= most)
}

/** Makes the number of records agree, and that of the lately updated ones. @throws InDoubt */
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
    if (axis === undefined) throw new InDoubt('nothing tells the records apart')
    const least: Where = { [axis.column]: { gte: axis.least } }
    const pageSize = Math.max(100, client.dialect.maxSelectLimit)
    const part = await reconcile(axis, ranges, {
      leaf: Math.min(LEAF_MOST, Math.max(LEAF_LEAST, pageSize)),
      budget: (total / 100) * BUDGET_SHARE,
      total: await handle.count(least, call),
    })
    if (part.upserts.length + part.deletes.length === 0) throw new InDoubt('no range differs')
    view.apply(part)
    found.upserts.push(...part.upserts)
    const deleted = new Set([...found.deletes, ...part.deletes])
    for (const { id } of part.upserts) deleted.delete(id)
    found.deletes.splice(0, found.deletes.length, ...deleted)
  }
  throw new InDoubt('the table kept changing')
}

/** The records of a mirror as they will be once what was found is put in. */
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

/** Values so often alike cannot be told apart by ranges. */
const CROWD = 2_000

/** Types whose order the gateway and we agree upon, with the least value of each. */
const LEAST: Partial<Record<ColumnType, SqlValue>> = {
  timestamp: '0001-01-01T00:00:00.000Z',
  int: -(2n ** 63n),
  numeric: -1e300,
}

/**
 * What to part the records by: their dates, or a column of numbers or dates; the one of whose values
 * no record has many in common with others.
 */
function chooseAxis({ file, shape }: Source, before: MirrorState, view: View): Axis | undefined {
  const candidates = shape.columns.flatMap((column) => {
    const least = column.type === undefined ? undefined : LEAST[column.type]
    if (least === undefined || column.masked || before.rounded[column.name]) return []
    const crowd = file.crowding(shape, column.name)
    return crowd > CROWD ? [] : [{ column, crowd, least }]
  })
  const [best] = candidates.toSorted((a, b) => a.crowd - b.crowd)
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

/** The gateway may show milliseconds of microseconds that it compares: both agree on whole ones. */
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
