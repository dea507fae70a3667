/** Records of a table by page, filtered and sorted; see docs/decisions/0063-pages-on-loopback.md */
import {
  type CallOptions,
  recordFilter,
  stringifyJson,
  type TableRecord,
  type Where,
} from '@chatlayer-tables/core'
import {
  type RecordRow,
  type RecordsPage,
  type RecordsParams,
  toCell,
} from '@chatlayer-tables/views'
import { UsageError } from '../../failures.ts'
import { recordOrder, searchOf, whereOf } from './page-query.ts'
import type { PageTable } from './page-tables.ts'

/** Records that were read are used for this time, unless this page writes or opens the table again. */
const KEPT_MS = 5 * 60_000
/** Conditions whose records are kept. */
const MAX_KEPT = 3
const MAX_RECORDS = 1_000_000

interface Kept {
  readonly tableId: string
  readonly at: number
  readonly records: Promise<readonly TableRecord[]>
  /** The records in the order, and with the search, of the last request. */
  view?: { readonly key: string; readonly records: Promise<readonly TableRecord[]> }
}

/**
 * The gateway can filter and page, but not sort or search. What it can do alone is asked of it page by
 * page; for the rest, all records that the filters leave are read once, and kept in memory.
 */
export class PageRows {
  readonly #kept = new Map<string, Kept>()
  /** Whether the gateway pages a condition alone, and how many records match. */
  readonly #totals = new Map<string, { readonly at: number; readonly total: number | undefined }>()
  readonly #stop: AbortSignal

  /** @param stop ends reads that several requests share */
  constructor(stop: AbortSignal) {
    this.#stop = stop
  }

  /** Reads the records of a table again when they are next asked for. */
  forget(tableId: string): void {
    for (const [key, each] of this.#kept) if (each.tableId === tableId) this.#kept.delete(key)
    for (const key of this.#totals.keys()) if (key.startsWith(tableId)) this.#totals.delete(key)
  }

  async page(table: PageTable, params: RecordsParams, call: CallOptions): Promise<RecordsPage> {
    const { offset, limit } = params
    const { definition } = table
    const where = whereOf(params.filters, definition)
    const search = searchOf(params.search, definition)
    const key = `${definition.id} ${table.version} ${stringifyJson(where ?? null)}`
    const isSimple = params.sort === undefined && search === undefined
    if (isSimple && this.#fresh(key) === undefined) {
      const total = await this.#directTotal(table, where, key, call)
      if (total !== undefined) {
        const found = await table.handle.records({ where, offset, limit }, call).toArray()
        return { rows: found.map((record) => rowOf(record, table)), total }
      }
    }
    const kept = this.#fresh(key) ?? this.#keep(key, table, where)
    const records = await this.#viewOf(kept, table, params, search)
    const rows = records.slice(offset, offset + limit)
    return { rows: rows.map((record) => rowOf(record, table)), total: records.length }
  }

  /** @returns undefined if the gateway cannot page what matches */
  async #directTotal(
    { handle }: PageTable,
    where: Where | undefined,
    key: string,
    call: CallOptions,
  ): Promise<number | undefined> {
    const known = this.#totals.get(key)
    if (known !== undefined && performance.now() - known.at < KEPT_MS) return known.total
    const plan = where === undefined ? undefined : await handle.records({ where }, call).explain()
    const isDirect = plan === undefined || (plan.local.length === 0 && plan.wire.length <= 1)
    const total = isDirect ? await handle.count(where, call) : undefined
    this.#totals.set(key, { at: performance.now(), total })
    return total
  }

  #fresh(key: string): Kept | undefined {
    const found = this.#kept.get(key)
    return found !== undefined && performance.now() - found.at < KEPT_MS ? found : undefined
  }

  #keep(key: string, { definition, handle }: PageTable, where: Where | undefined): Kept {
    const records = readAll(handle.records({ where }, { signal: this.#stop }).pages())
    const kept: Kept = { tableId: definition.id, at: performance.now(), records }
    // What could not be read is read again at the next request.
    records.catch(() => this.#kept.get(key) === kept && this.#kept.delete(key))
    this.#kept.delete(key)
    this.#kept.set(key, kept)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest)
    return kept
  }

  #viewOf(
    kept: Kept,
    { definition }: PageTable,
    { sort }: RecordsParams,
    search: Where | undefined,
  ): Promise<readonly TableRecord[]> {
    const key = stringifyJson([sort ?? null, search ?? null] as never)
    if (kept.view?.key === key) return kept.view.records
    const order = sort === undefined ? undefined : recordOrder(sort, definition)
    const matches = search === undefined ? undefined : recordFilter(search, definition)
    const records = kept.records.then((all) => {
      const found = matches === undefined ? all : all.filter(matches)
      return order === undefined ? found : found.toSorted(order)
    })
    kept.view = { key, records }
    return records
  }
}

async function readAll(pages: AsyncIterable<readonly TableRecord[]>): Promise<TableRecord[]> {
  const records: TableRecord[] = []
  for await (const page of pages) {
    records.push(...page)
    if (records.length <= MAX_RECORDS) continue
    throw new UsageError(
      `more than ${MAX_RECORDS} records match, which is too many to sort or search here`,
      'Add a filter.',
    )
  }
  return records
}

function rowOf({ id, createdAt, updatedAt, values }: TableRecord, table: PageTable): RecordRow {
  return {
    id,
    ...(createdAt !== '' && { createdAt }),
    ...(updatedAt !== '' && { updatedAt }),
    cells: table.definition.columns.map(({ name }) => toCell(values[name])),
  }
}
