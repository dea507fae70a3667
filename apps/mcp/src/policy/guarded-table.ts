import { createHash } from 'node:crypto'
import {
  type BulkWrite,
  canonicalJson,
  type Preview,
  type QueryOptions,
  type RecordQuery,
  type Rows,
  type Table,
  type TableHandle,
  type TableRecord,
  type UpdateById,
  type Values,
  type Version,
  type Where,
} from '@chatlayer-tables/core'
import type { ComparedTable, ImportTarget, SyncTarget } from '@chatlayer-tables/transfer'
import { noteRecords } from '../call/progress.ts'
import { checkSort, checkWhere, columnOf, recordFieldOf } from './check-where.ts'
import { type ColumnUse, checkColumn, shownValues, type VisibleTable } from './policy.ts'

/** The records that an update or a delete applies to. */
export type Selection =
  | { readonly by: 'ids'; readonly ids: readonly string[] }
  | {
      readonly by: 'where'
      readonly where: Readonly<Record<string, unknown>>
      readonly all: boolean
    }

export type RecordFacts = Pick<TableRecord, 'id' | 'createdAt' | 'values'>

export interface GuardedQuery {
  readonly where?: Readonly<Record<string, unknown>> | undefined
  readonly select?: readonly string[] | undefined
  readonly sort?:
    | readonly { readonly column: string; readonly direction: 'asc' | 'desc' }[]
    | undefined
  readonly limit?: number | undefined
  readonly offset?: number | undefined
}

/** A notice is not worth more requests; each reads up to a hundred records. */
const MAX_CHEAP_REQUESTS = 20

/** Previews return all changes, because a confirmation signs all of them. */
const EVERY_CHANGE = { limit: Number.POSITIVE_INFINITY }

/** Time for requests in flight after a cancel; their outcomes are then unknown until the next start. */
const MAX_ENDING_MS = 4_000

/** Records that are compared with the rows of a write at most. */
const MAX_COMPARED = 1_000

const DIGEST_BITS = (1n << 256n) - 1n

/**
 * One table in one version, restricted to what the operator allows. Tools reach tables only through this
 * class: it checks every column name in its arguments, and its records come without hidden columns and
 * with masked values replaced.
 */
export class GuardedTable {
  readonly version: Version
  readonly visible: VisibleTable
  readonly #handle: TableHandle
  readonly #signal: AbortSignal
  /** Ends a write gently, and at once if that takes too long. */
  readonly #ending: { readonly stop: AbortSignal; readonly signal: AbortSignal }

  constructor(handle: TableHandle, visible: VisibleTable, signal: AbortSignal) {
    this.version = handle.version
    this.visible = visible
    this.#handle = handle
    this.#signal = signal
    this.#ending = { stop: signal, signal: laterThan(signal, MAX_ENDING_MS) }
  }

  /** Without hidden columns. */
  get definition(): Table {
    return this.visible.table
  }

  /** The columns that may be compared: those that are not masked. */
  get readable(): Table['columns'] {
    const { table, masked } = this.visible
    return table.columns.filter(({ name }) => !masked.has(name))
  }

  checkColumn(name: string, use: ColumnUse, place: string): void {
    checkColumn(this.visible, name, use, place)
  }

  /** Checks the columns of a row, or of the values of an update. */
  checkValues(values: Readonly<Record<string, unknown>>, use: ColumnUse, place: string): Values {
    for (const name of Object.keys(values)) this.checkColumn(name, use, `${place}.${name}`)
    return values as Values
  }

  where(where: Readonly<Record<string, unknown>> | undefined): Where | undefined {
    return where === undefined ? undefined : checkWhere(where, this.visible)
  }

  async *pages(query: GuardedQuery): AsyncGenerator<TableRecord[], void, undefined> {
    for await (const page of this.#query(query).pages()) {
      noteRecords(page.length)
      yield page.map((record) => ({ ...record, values: shownValues(record.values, this.visible) }))
    }
  }

  async records(query: GuardedQuery): Promise<TableRecord[]> {
    const records: TableRecord[] = []
    for await (const page of this.pages(query)) records.push(...page)
    return records
  }

  /** The records that match, as they are stored, for comparisons: masked and hidden columns too. */
  async facts(where: Readonly<Record<string, unknown>>): Promise<RecordFacts[]> {
    const query = this.#handle.records(
      { where: this.where(where), limit: MAX_COMPARED },
      { signal: this.#signal },
    )
    return query.toArray()
  }

  /** Whether a record was created in the last minutes, by the gateway's clock. */
  isYoungerThan(createdAt: string, minutes: number): boolean {
    const { records, dates } = this.#handle.gatewayMoment() ?? {}
    const now = Math.max(records ?? 0, dates ?? 0) || Date.now()
    return Date.parse(createdAt) >= now - minutes * 60_000
  }

  count(where?: Readonly<Record<string, unknown>>): Promise<number> {
    return this.#handle.count(this.where(where), { signal: this.#signal })
  }

  /** The number of matches; undefined if finding it needs many requests. */
  async countIfCheap(where?: Readonly<Record<string, unknown>>): Promise<number | undefined> {
    const query = this.#query({ where })
    const { local, requests } = await query.explain()
    return local.length === 0 || requests.atMost <= MAX_CHEAP_REQUESTS ? query.count() : undefined
  }

  #query({ where, select, sort, limit, offset }: GuardedQuery): RecordQuery {
    const { table, hidden } = this.visible
    const named = select?.filter((name) => recordFieldOf(name) === undefined)
    for (const name of named ?? []) this.checkColumn(columnOf(name), 'show', 'select')
    // Without hidden columns the client may read all.
    const all = hidden.size === 0 ? undefined : table.columns.map(({ name }) => `"${name}"`)
    const query: QueryOptions = {
      where: this.where(where),
      select: named ?? all,
      sort: sort === undefined ? undefined : checkSort(sort, this.visible),
      limit,
      offset,
    }
    return this.#handle.records(query, { signal: this.#signal })
  }

  /** The whole preview, with hidden columns: sign it as it is, and show it through {@link shown}. */
  previewUpdate(selection: Selection, set: Values): Promise<Preview> {
    const options = { ...EVERY_CHANGE, signal: this.#signal }
    const { preview } = this.#handle
    if (selection.by === 'ids') return preview.updateById(selection.ids, set, options)
    const { where, all } = selection
    return preview.update(checkWhere(where, this.visible), set, { ...options, all })
  }

  /** The records that an update applies to, with hidden columns, to compute new values from. */
  async *targets(selection: Selection): AsyncGenerator<TableRecord, void, undefined> {
    const { preview } = this.#handle
    const signal = this.#signal
    const records =
      selection.by === 'ids'
        ? preview.ofIds(selection.ids, { signal })
        : preview.matching(checkWhere(selection.where, this.visible), {
            all: selection.all,
            signal,
          })
    for await (const record of records) {
      noteRecords(1)
      yield record
    }
  }

  previewEach(changes: readonly UpdateById[]): Promise<Preview> {
    return this.#handle.preview.updateMany(changes, { ...EVERY_CHANGE, signal: this.#signal })
  }

  previewDelete(selection: Selection): Promise<Preview> {
    const options = { ...EVERY_CHANGE, signal: this.#signal }
    const { preview } = this.#handle
    if (selection.by === 'ids') return preview.deleteById(selection.ids, options)
    const { where, all } = selection
    return preview.delete(checkWhere(where, this.visible), { ...options, all })
  }

  previewInsert(rows: readonly Values[]): Promise<Preview> {
    return this.#handle.preview.insert(rows, { ...EVERY_CHANGE, signal: this.#signal })
  }

  previewUpsert(rows: readonly Values[], key: readonly string[]): Promise<Preview> {
    return this.#handle.preview.upsert(rows, { ...EVERY_CHANGE, key, signal: this.#signal })
  }

  /**
   * The table for an import. The import reads all columns but reports only counts. By key it compares
   * values, so masked columns are excluded.
   */
  importTarget(isByKey: boolean): ImportTarget {
    const handle = this.#handle
    const { preview } = handle
    const ending = this.#ending
    const columns = isByKey ? this.readable : this.definition.columns
    const definition = { ...this.definition, columns }
    return {
      version: this.version,
      definition: async () => definition,
      records: handle.records.bind(handle),
      count: handle.count.bind(handle),
      gatewayMoment: handle.gatewayMoment.bind(handle),
      preview: { insert: preview.insert.bind(preview) },
      insertMany: (rows, options) => handle.insertMany(rows, { ...options, ...ending }),
      upsert: (rows, options) => handle.upsert(rows, { ...options, ...ending }),
      deleteById: (ids, options) => handle.deleteById(ids, { ...options, ...ending }),
    }
  }

  /** The table for a comparison: without hidden and masked columns, whose values would be shown. */
  comparedTable(): ComparedTable {
    const columns = this.readable
    const names = columns.map(({ name }) => `"${name}"`)
    return {
      version: this.version,
      definition: async () => ({ ...this.definition, columns }),
      records: ({ where, select = names, ...query } = {}, call = {}) =>
        this.#handle.records({ ...query, select, where: this.where(where) }, call),
    }
  }

  /** The table to copy to. The columns that a comparison lacks are neither read nor written. */
  copyTarget(): SyncTarget {
    const handle = this.#handle
    const { preview } = handle
    const ending = this.#ending
    return {
      ...this.comparedTable(),
      get: handle.get.bind(handle),
      count: handle.count.bind(handle),
      gatewayMoment: handle.gatewayMoment.bind(handle),
      preview: {
        insert: preview.insert.bind(preview),
        updateById: preview.updateById.bind(preview),
      },
      insertMany: (rows, options) => handle.insertMany(rows, { ...options, ...ending }),
      updateMany: (changes, options) => handle.updateMany(changes, { ...options, ...ending }),
      deleteById: (ids, options) => handle.deleteById(ids, { ...options, ...ending }),
    }
  }

  /** A digest of all current records that does not depend on their order. */
  async digest(): Promise<string> {
    let sum = 0n
    let count = 0
    for await (const { id, values } of this.#handle.records({}, { signal: this.#signal })) {
      const hash = createHash('sha256')
        .update(canonicalJson([id, values]))
        .digest('hex')
      sum = (sum + BigInt(`0x${hash}`)) & DIGEST_BITS
      count++
    }
    return `${count} ${sum.toString(36)}`
  }

  shown(values: Values | undefined): Values | undefined {
    return values === undefined ? undefined : shownValues(values, this.visible)
  }

  insert(rows: Rows<Values>): BulkWrite<Values> {
    return this.#handle.insertMany(rows, this.#ending)
  }

  update(ids: readonly string[], set: Values): BulkWrite<string> {
    return this.#handle.updateById(ids, set, this.#ending)
  }

  /** Writes different values to each record, unless it has changed since its `before`. */
  updateEach(changes: readonly UpdateById[]): BulkWrite<UpdateById> {
    return this.#handle.updateMany(changes, this.#ending)
  }

  upsert(rows: readonly Values[], key: readonly string[]): BulkWrite<Values> {
    return this.#handle.upsert(rows, { key, ...this.#ending })
  }

  delete(ids: readonly string[]): BulkWrite<string> {
    return this.#handle.deleteById(ids, this.#ending)
  }
}

/** A signal that aborts a while after another one. */
function laterThan(signal: AbortSignal, ms: number): AbortSignal {
  const later = new AbortController()
  const start = (): void => {
    setTimeout(() => later.abort(signal.reason), ms).unref()
  }
  if (signal.aborted) start()
  else signal.addEventListener('abort', start, { once: true })
  return later.signal
}
