import { DATA_PAGE, type WireRecord } from '@chatlayer-tables/contract'
import { checkOptions } from '../check-options.ts'
import { showAs } from '../inspect.ts'
import type { SendOptions } from '../send/sender.ts'
import type { TableContext } from '../table-context.ts'
import type { CallOptions, TableRecord, Values } from '../types.ts'
import { decodeRecord, decoderOf } from '../values/decode.ts'
import { setOwn } from '../values/own.ts'
import { evaluate } from './evaluate.ts'
import { type Explanation, explainPlan } from './explain.ts'
import { dataPages, type FetchPage, type Page, selectPages } from './page.ts'
import { parseQuery, QUERY, type Query } from './parse-query.ts'
import { planQuery } from './plan.ts'
import { MAX_PASSES, readRecords } from './read.ts'
import { createKeeper, createSieve, type PlannedQuery } from './sieve.ts'
import { createSorter } from './sort.ts'
import { chain } from './sources.ts'
import type { QueryOptions } from './where-types.ts'

/** Records per page of a sorted read, which is held in memory. */
const SORTED_PAGE = 100

/** The options of a call, and where its requests are sent. */
type QueryCall = CallOptions & Pick<SendOptions, 'newConnection'>

/** A query prepared for one run. */
interface Run extends PlannedQuery {
  readonly send: SendOptions
  /** The first page of the table, if it was read to choose the plan. */
  readonly firstPage: Page | undefined
}

/**
 * Records that match a query. Nothing is sent before it is iterated or one of its methods is
 * called; each of these runs the query again.
 *
 *     for await (const record of table.records({ where: { city: 'Ghent' } })) …
 *
 * - Each record is returned once, also when pages shift during the read. Pages are read ahead in
 *   parallel, at most eight at once (see `ahead`); ending the loop early ends the read.
 * - A read that reaches its end has returned every record that existed from before its first
 *   request to after its last, however the table changed meanwhile. Where that cannot be shown,
 *   TableChangedError is thrown after the last record. The read keeps all ids in memory, about 40
 *   bytes each.
 * - A sorted read holds all matches in memory; with a `limit`, only `offset + limit` records.
 * - `timeoutMs` of the call covers the whole run, including the body of the loop.
 *
 * Every method may throw InvalidInputError (nothing was sent), NotFoundError for the table, the
 * errors of a request, and the reason of the caller's abort.
 */
export class RecordQuery<V = Values> implements AsyncIterable<TableRecord<V>> {
  readonly #context: TableContext
  readonly #options: QueryOptions
  readonly #call: QueryCall
  readonly #read: (values: Values, recordId: string) => V

  static {
    showAs(RecordQuery, (query: RecordQuery) => {
      const { table, version } = query.#context
      return { table, version, ...query.#options }
    })
  }

  /** @internal */
  constructor(
    context: TableContext,
    options: QueryOptions = {},
    call: QueryCall = {},
    read: (values: Values, recordId: string) => V = (values) => values as V,
  ) {
    this.#context = context
    this.#options = options
    this.#call = call
    this.#read = read
  }

  /** Reads the records one after another; a loop that ends early ends the read. */
  async *[Symbol.asyncIterator](): AsyncGenerator<TableRecord<V>, void, undefined> {
    for await (const page of this.pages()) yield* page
  }

  /** Records by page, in the order of arrival. A page has at least one record and no fixed size. */
  async *pages(): AsyncGenerator<TableRecord<V>[], void, undefined> {
    const run = await this.#prepare(this.#options)
    const shape = this.#shaper(run.query)
    if (run.query.sort.length > 0) {
      for (const page of await this.#sorted(run)) yield shape(page)
      return
    }
    const sieve = createSieve(run)
    for await (const wire of this.#wirePages(run)) {
      const page = sieve.take(wire)
      if (page.length > 0) yield shape(page)
      if (sieve.full()) return
    }
  }

  /** The first record, or undefined when none matches. */
  async first(): Promise<TableRecord<V> | undefined> {
    const [record] = await this.toArray({ limit: 1 })
    return record
  }

  /** All records, or the first `limit` of them. */
  async toArray(options: { limit?: number | undefined } = {}): Promise<TableRecord<V>[]> {
    const { limit } = checkOptions(options, 'toArray', { limit: QUERY.limit })
    const fewest =
      limit === undefined ? this.#options.limit : Math.min(limit, this.#options.limit ?? limit)
    const query = new RecordQuery<V>(
      this.#context,
      { ...this.#options, limit: fewest },
      this.#call,
      this.#read,
    )
    const records: TableRecord<V>[] = []
    for await (const page of query.pages()) records.push(...page)
    return records
  }

  /**
   * Number of records in the result. Where the gateway can filter the whole condition this takes
   * one or two small requests: its total is used when a read of the end of the list confirms it.
   * Otherwise the records are read and counted.
   */
  async count(): Promise<number> {
    const { limit, offset = 0, where } = this.#options
    const run = await this.#prepare({ where, limit, offset, sort: undefined })
    const matching = await this.#countByTotal(run)
    if (matching !== undefined) {
      return Math.min(Math.max(0, matching - offset), limit ?? Number.POSITIVE_INFINITY)
    }
    let count = 0
    const sieve = createSieve(run)
    for await (const wire of this.#wirePages(run)) {
      count += sieve.take(wire).length
      if (sieve.full()) break
    }
    return count
  }

  /**
   * Explains how the query will be carried out, how many requests that takes, and why. Reads one
   * record, to learn the size of the table.
   */
  async explain(): Promise<Explanation> {
    const table = await this.#context.definition(this.#call)
    const query = parseQuery(this.#options, table)
    const plan = planQuery(query, table, this.#context.dialect())
    if (plan.strategy === 'nothing') return explainPlan(plan, query)
    const { total } = await dataPages(this.#context, table, this.#call)(0, 1)
    return explainPlan(planQuery(query, table, this.#context.dialect(), total), query)
  }

  async #prepare(options: QueryOptions): Promise<Run> {
    const { timeoutMs, signal, newConnection } = this.#call
    const deadline = timeoutMs === undefined ? undefined : performance.now() + timeoutMs
    const send: SendOptions = { signal, deadline, newConnection }
    signal?.throwIfAborted()
    const table = await this.#context.definition(this.#call)
    const query = parseQuery(options, table)
    const dialect = this.#context.dialect()
    const plan = planQuery(query, table, dialect)
    const ready = { table, query, send }
    if (!plan.totalMatters) return { ...ready, plan, firstPage: undefined }
    // Whether SELECTs are cheaper depends on the size of the table, which its first page shows.
    const firstPage = await dataPages(this.#context, table, send)(0, DATA_PAGE.max, signal)
    const known = firstPage.records.length < firstPage.limit ? firstPage.records.length : undefined
    const total = firstPage.total ?? known
    return { ...ready, plan: planQuery(query, table, dialect, total), firstPage }
  }

  async #sorted(run: Run): Promise<TableRecord[][]> {
    const { limit = Number.POSITIVE_INFINITY, offset, sort } = run.query
    const sorter = createSorter(sort, offset + limit)
    const keep = createKeeper(run)
    for await (const wire of this.#wirePages(run)) {
      for (const record of keep(wire)) sorter.add(record)
    }
    const sorted = sorter.sorted().slice(offset)
    const pages: TableRecord[][] = []
    for (let start = 0; start < sorted.length; start += SORTED_PAGE) {
      pages.push(sorted.slice(start, start + SORTED_PAGE))
    }
    return pages
  }

  #wirePages(run: Run): AsyncGenerator<WireRecord[], void, undefined> {
    const { plan, table, query, send } = run
    if (query.limit === 0) return none()
    switch (plan.strategy) {
      case 'nothing':
        return none()
      case 'data':
        return this.#readSource(run, dataPages(this.#context, table, send), send.signal)
      case 'select':
        return chain(
          plan.selects.map((filters) => (signal: AbortSignal) => {
            const fetch = selectPages(this.#context, table, filters, send)
            return this.#readSource(run, fetch, signal)
          }),
          query.ahead,
          send.signal,
        )
    }
  }

  #readSource(
    { plan, query, firstPage }: Run,
    fetch: FetchPage,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<WireRecord[], void, undefined> {
    const byData = plan.strategy === 'data'
    return readRecords(fetch, {
      pageSize: plan.pageSize,
      skip: plan.skip,
      want: plan.want,
      ahead: query.ahead,
      mayStopEarly: plan.stopsEarly,
      totalCounts: byData,
      maxPasses: MAX_PASSES,
      signal,
      firstPage: byData && plan.skip === 0 ? firstPage : undefined,
    })
  }

  /**
   * The gateway's total for a read that one request describes in full; undefined when it is not
   * reliable. A SELECT's total may count the matching records, the page or the table, so one more
   * request reads the place where the list should end.
   */
  async #countByTotal(run: Run): Promise<number | undefined> {
    const { plan, table, send } = run
    if (plan.strategy === 'nothing') return 0
    if (plan.rest.length > 0 || plan.selects.length > 1 || plan.pageSize < 2) return undefined
    const [filters] = plan.selects
    const fetch =
      filters === undefined
        ? dataPages(this.#context, table, send)
        : selectPages(this.#context, table, filters, send)
    const start = await fetch(0, 2)
    const { total } = start
    if (total === undefined || !this.#allMatch(run, start)) return undefined
    if (start.records.length < 2) return total === start.records.length ? total : undefined
    const end = await fetch(total - 1, 2)
    const ends = end.records.length === 1 && end.total === total && this.#allMatch(run, end)
    return ends ? total : undefined
  }

  #allMatch({ table, plan }: Run, { records }: Page): boolean {
    const decoder = decoderOf(table)
    return records.every((wire) => evaluate(plan.condition, decodeRecord(wire, decoder)) === true)
  }

  /** Reduces records to the requested columns, and converts them to the requested type. */
  #shaper({ select }: Query): (page: TableRecord[]) => TableRecord<V>[] {
    return (page) =>
      page.map((record) => {
        const values = select === undefined ? record.values : project(record.values, select)
        return readRecord(values === record.values ? record : { ...record, values }, this.#read)
      })
  }
}

/** A record with its values as the caller's type. */
export function readRecord<V>(
  record: TableRecord,
  read: (values: Values, recordId: string) => V,
): TableRecord<V> {
  const values = read(record.values, record.id)
  return values === record.values ? (record as TableRecord<V>) : { ...record, values }
}

async function* none(): AsyncGenerator<WireRecord[], void, undefined> {}

function project(values: Values, select: readonly string[]): Values {
  const projected: Values = {}
  for (const name of select) setOwn(projected, name, values[name] ?? null)
  return projected
}
