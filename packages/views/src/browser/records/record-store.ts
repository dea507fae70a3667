/** The records that match a query, fetched in parts as they come in sight. */
import type { RecordRow, RecordsPage, RecordsParams } from '../../protocol/records.ts'
import type { GridRows } from '../kit/grid.ts'

const PART = 200
/** Requests in flight at a time. */
const MAX_REQUESTS = 2

export type RecordsQuery = Omit<RecordsParams, 'offset' | 'limit'>

export class RecordStore implements GridRows<RecordRow> {
  /** The last failure, until a retry. */
  failure: unknown
  readonly #request: (params: RecordsParams) => Promise<RecordsPage>
  readonly #onChange: (isNewQuery: boolean) => void
  readonly #inFlight = new Set<number>()
  #rows = new Map<number, RecordRow>()
  #query: RecordsQuery = { filters: [] }
  #length: number
  #generation = 0
  /** Rows of the query before are shown until the first reply. */
  #isOutdated = false

  /** `length` is a guess until the first reply. */
  constructor(
    length: number,
    request: (params: RecordsParams) => Promise<RecordsPage>,
    onChange: (isNewQuery: boolean) => void,
  ) {
    this.#length = length
    this.#request = request
    this.#onChange = onChange
  }

  get length(): number {
    return this.#length
  }

  get isLoading(): boolean {
    return this.#inFlight.size > 0
  }

  row(index: number): RecordRow | undefined {
    return this.#rows.get(index)
  }

  /** Rows that are here, in order. */
  loaded(): RecordRow[] {
    return [...this.#rows].sort(([a], [b]) => a - b).map(([, row]) => row)
  }

  /** Replaces the query, or repeats it. */
  load(query: RecordsQuery = this.#query): void {
    this.#query = query
    this.#generation += 1
    this.#inFlight.clear()
    this.failure = undefined
    this.#isOutdated = true
    void this.#fetch(0)
  }

  retry(): void {
    this.failure = undefined
    if (this.#isOutdated) void this.#fetch(0)
    else this.#onChange(false)
  }

  ensure(from: number, to: number): void {
    if (this.#isOutdated || this.failure !== undefined) return
    for (let index = from; index < Math.min(to, this.#length); index += 1) {
      if (this.#inFlight.size >= MAX_REQUESTS) return
      if (!this.#rows.has(index)) void this.#fetch(index - (index % PART))
    }
  }

  /** Fetches what is missing of the part that begins at `start`. */
  async #fetch(start: number): Promise<void> {
    if (this.#inFlight.has(start)) return
    this.#inFlight.add(start)
    const generation = this.#generation
    let offset = start
    while (!this.#isOutdated && this.#rows.has(offset) && offset < start + PART) offset += 1
    let page: RecordsPage | undefined
    let failure: unknown
    try {
      page = await this.#request({ ...this.#query, offset, limit: start + PART - offset })
    } catch (error) {
      failure = error
    }
    if (generation !== this.#generation) return
    this.#inFlight.delete(start)
    const isNewQuery = this.#isOutdated && page !== undefined
    if (page === undefined) this.failure = failure
    else this.#keep(page, offset)
    this.#onChange(isNewQuery)
  }

  #keep({ rows, total }: RecordsPage, offset: number): void {
    if (this.#isOutdated) this.#rows = new Map()
    this.#isOutdated = false
    // Without rows there is nothing more to fetch, whatever was counted before.
    this.#length = rows.length === 0 ? Math.min(total, offset) : total
    for (const [step, row] of rows.entries()) this.#rows.set(offset + step, row)
  }
}
