import type { WireRecord } from '@chatlayer-tables/contract'
import { IdNumbers } from './id-numbers.ts'
import type { Page } from './page.ts'

export interface TallyOptions {
  /** Whether totals are documented to count what is read; otherwise one that does not fit is dropped. */
  readonly totalCounts: boolean
  /** How many records the read passes over by offset. */
  readonly skip: number
}

/** What is known of one pass over all pages. */
interface Pass {
  /** The first page's number. */
  readonly start: number
  /** Different ids, ids that came again within the pass, and ids that no pass saw before. */
  ids: number
  repeated: number
  fresh: number
  /** Totals that differed from the one before, or from the records they came with. */
  changes: number
  /** The latest total within the pass, and whether one was smaller than that before it, or did not fit. */
  total: number | undefined
  shrank: boolean
}

/**
 * Keeps the account of a read by offset: which ids came, and whether they are all. Offset pages
 * shift when others write, and may come in any order at all.
 *
 * The rule: **the ids seen since the total last changed are as many as the total.** It holds however
 * the pages were ordered, and after a change it holds again as soon as every page from before the
 * change was read once more.
 *
 * A second rule spares a table to which records are only added that second look: a pass that shows
 * no id twice, as many ids as the last total, and totals that never shrank, saw everything. Had a
 * record been put in among what was read already, it would have pushed another one over to the next
 * page, where it comes again.
 *
 * What neither rule can see: a record deleted and another inserted between two answers, in such
 * places that no id comes twice.
 *
 * Pure but for its own state: an id costs some 40 bytes, see {@link IdNumbers}. A class, since every
 * read makes one.
 */
export class Tally {
  readonly #options: TallyOptions
  /** By id, the number of the page that showed it last. */
  readonly #lastSeen = new IdNumbers()
  /** The first page's records, while no other page needs their ids: most reads end with one. */
  #onlyPage: readonly WireRecord[] = []
  #page = 0
  #total: number | undefined
  /** The page with which the present total began to be said, and the ids seen since. */
  #epochStart = 0
  #epochIds = 0
  #believed = true
  #passes = 0
  #pass = startPass(0)
  #previous: Pass | undefined

  constructor(options: TallyOptions) {
    this.#options = options
  }

  startPass(): void {
    this.#previous = this.#passes === 0 ? undefined : this.#pass
    this.#passes += 1
    this.#pass = startPass(this.#page + 1)
  }

  /** Takes a page into account; returns its records that had not come before. */
  add(page: Page): WireRecord[] {
    this.#page += 1
    this.#weighTotal(page)
    const { records } = page
    if (this.#page === 1 && haveDifferentIds(records)) {
      this.#onlyPage = records
      this.#pass.ids = this.#pass.fresh = this.#epochIds = records.length
      return [...records]
    }
    for (const { id } of this.#onlyPage) this.#lastSeen.put(id, 1)
    this.#onlyPage = []
    return records.filter(({ id }) => this.#isFresh(id))
  }

  /** The number of records that there are in all, where that is known at present. */
  get total(): number | undefined {
    return this.#believed ? this.#total : undefined
  }

  /** Different ids seen so far. */
  get seen(): number {
    return this.#lastSeen.size + this.#onlyPage.length
  }

  get passes(): number {
    return this.#passes
  }

  /** The rule above. Within the first pass it says nothing: a total may be that of the page. */
  get complete(): boolean {
    return this.#epochIds === this.#expected()
  }

  /** Whether a pass that came to its end leaves nothing to doubt. */
  get settled(): boolean {
    const pass = this.#pass
    const previous = this.#previous
    if (this.complete) return true
    if (pass.repeated > 0) return false
    if (!pass.shrank && pass.ids === this.#expected()) return true
    // Without a total, a pass in which no id came twice is all there is to go by.
    if (!this.#believed || (this.#total === undefined && pass.changes === 0)) return true
    // A total that never fits is wrong when two passes agree on the records.
    return previous?.repeated === 0 && previous.ids === pass.ids && pass.fresh === 0
  }

  /** Whether ids came twice in the pass although no total changed: the order of pages is unstable. */
  get shuffled(): boolean {
    return this.#pass.repeated > 0 && this.#pass.changes === 0
  }

  /** Whether the pass showed ids that none before it did. */
  get foundMore(): boolean {
    return this.#pass.fresh > 0
  }

  #isFresh(id: string): boolean {
    const pass = this.#pass
    const last = this.#lastSeen.put(id, this.#page)
    if (last === undefined || last < pass.start) pass.ids += 1
    else pass.repeated += 1
    if (last === undefined || last < this.#epochStart) this.#epochIds += 1
    if (last === undefined) pass.fresh += 1
    return last === undefined
  }

  #weighTotal({ total: said, skip: before, records }: Page): void {
    if (said === undefined || !this.#believed) return
    const pass = this.#pass
    const fits = records.length > 0 ? before + records.length <= said : before >= said
    if (!fits && (!this.#options.totalCounts || said === records.length)) {
      this.#believed = false
      return
    }
    if (!fits || (pass.total !== undefined && said < pass.total)) pass.shrank = true
    pass.total = said
    if (fits && said === this.#total) return
    if (this.#total !== undefined || !fits) pass.changes += 1
    this.#total = fits ? said : undefined
    this.#epochStart = this.#page
    this.#epochIds = 0
  }

  /** How many records the read is to show; undefined where that is not known at present. */
  #expected(): number | undefined {
    const { total } = this
    return total === undefined ? undefined : Math.max(0, total - this.#options.skip)
  }
}

function haveDifferentIds(records: readonly WireRecord[]): boolean {
  return new Set(records.map(({ id }) => id)).size === records.length
}

function startPass(start: number): Pass {
  return { start, ids: 0, repeated: 0, fresh: 0, changes: 0, total: undefined, shrank: false }
}
