import type { WireRecord } from '@chatlayer-tables/contract'
import { equalJson } from '../values/compare.ts'
import type { Page } from './page.ts'

/**
 * How a page continues the pages before it:
 *
 * - `clean`: it begins with the last record before it, and shares no other record
 * - `shifted`: it shares unchanged records in the same order, so it leaves no gap
 * - `apart`: it shares no unchanged records, or too few
 * - `disordered`: it shares unchanged records in another order
 */
export type Seam = 'clean' | 'shifted' | 'apart' | 'disordered'

/** Pages of records to keep for comparison with the next page. */
const PAGES_KEPT = 3

/**
 * Pages that overlap, so that no record between two of them was missed. The last record of the
 * chain is its frontier: every record that existed throughout, kept its position, and is listed at
 * or before the frontier, was read.
 *
 * Why: a page returns consecutive records. When it contains a record of the chain that did not
 * move, everything listed from there to the end of the page was read, and everything listed before
 * it was read earlier. So neither totals nor clocks nor the order of execution matter. A record
 * that was updated may have moved; it connects nothing.
 */
export class Chain {
  readonly #pageLength: number
  #records: readonly WireRecord[]
  #end: number
  #grew = true

  constructor(first: Page) {
    this.#pageLength = first.records.length
    this.#records = first.records
    this.#end = first.skip + first.records.length
  }

  /** The offset after the frontier, as of the last page that was added. */
  get end(): number {
    return this.#end
  }

  /** Whether the last page that was added extended the frontier. */
  get grew(): boolean {
    return this.#grew
  }

  /**
   * How a page continues the chain. `known` is the number of its records that this pass has already
   * read.
   */
  seam(page: Page, known: number): Seam {
    const [first] = page.records
    const frontier = this.#records.at(-1)
    if (first === undefined || frontier === undefined) return 'apart'
    if (known === 1 && isUnchanged(frontier, first)) return 'clean'
    const overlap = compare(this.#records, page.records)
    if (overlap === 'disordered') return overlap
    return overlap.matched > overlap.odd ? 'shifted' : 'apart'
  }

  /** Adds a page whose seam is `clean` or `shifted`. */
  add(page: Page, seam: 'clean' | 'shifted'): void {
    const { records } = page
    const held = this.#records
    const after = page.skip + records.length
    const overlap = seam === 'clean' ? undefined : compare(held, records)
    if (overlap === undefined || overlap === 'disordered') {
      this.#grew = records.length > 1
      this.#end = after
      this.#keep([...held.slice(0, -1), ...records])
      return
    }
    // A page that ends inside the chain keeps the rest of it.
    const rest = overlap.endsInside ? held.slice(overlap.last + 1) : []
    this.#grew = !overlap.endsInside
    this.#end = after + rest.length
    this.#keep([...held.slice(0, overlap.first), ...records, ...rest])
  }

  #keep(records: readonly WireRecord[]): void {
    this.#records = records.slice(-PAGES_KEPT * this.#pageLength)
  }
}

interface Overlap {
  /** Unchanged records that both contain. */
  readonly matched: number
  /**
   * Records that only one contains although both contain their neighbors: inserted, deleted or
   * moved.
   */
  readonly odd: number
  /** Positions of the first and the last matched record among those kept. */
  readonly first: number
  readonly last: number
  /** Whether the last record of the page is matched. */
  readonly endsInside: boolean
}

function compare(
  held: readonly WireRecord[],
  records: readonly WireRecord[],
): Overlap | 'disordered' {
  const places = new Map(held.map(({ id }, place) => [id, place]))
  let [matched, changed, inserted, unknown] = [0, 0, 0, 0]
  let [first, last] = [-1, -1]
  for (const record of records) {
    const place = places.get(record.id)
    const before = place === undefined ? undefined : held[place]
    if (place === undefined || before === undefined) {
      unknown += 1
    } else if (!isUnchanged(before, record)) {
      changed += 1
    } else if (place <= last) {
      return 'disordered'
    } else {
      inserted += unknown
      unknown = 0
      matched += 1
      if (first < 0) first = place
      last = place
    }
  }
  const lastRecord = records.at(-1)
  const endsInside = matched > 0 && lastRecord?.id === held[last]?.id
  const end = endsInside ? last + 1 : held.length
  const deleted = matched === 0 ? 0 : Math.max(0, end - first - matched - changed)
  return { matched, odd: inserted + deleted, first, last, endsInside }
}

function isUnchanged(a: WireRecord, b: WireRecord): boolean {
  return a.id === b.id && a.updatedAt === b.updatedAt && (a === b || equalJson(a.values, b.values))
}

/** Whether a page contains an unchanged record of an earlier page. */
export function sharesUnchanged(earlier: Page, page: Page): boolean {
  const byId = new Map(earlier.records.map((record) => [record.id, record]))
  return page.records.some((record) => {
    const before = byId.get(record.id)
    return before !== undefined && isUnchanged(before, record)
  })
}
