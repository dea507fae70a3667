import type { WireRecord } from '@chatlayer-tables/contract'
import { IdNumbers } from './id-numbers.ts'
import type { Page } from './page.ts'

export interface TallyOptions {
  /**
   * Whether totals are documented to count the records that are read; otherwise a total that does
   * not fit is ignored.
   */
  readonly totalCounts: boolean
  /** Records that the read skips by offset. */
  readonly skip: number
}

/** Facts of one pass over all pages. */
interface Pass {
  /** Number of the first page. */
  readonly start: number
  /** Different ids, ids that were repeated within the pass, and ids that no pass saw before. */
  ids: number
  repeated: number
  fresh: number
  /** Totals that differed from the one before, or from the records of their page. */
  changes: number
}

/** A request with no other in flight, and the maximum number of records that existed then. */
interface Base {
  /** Number of its page. */
  readonly page: number
  readonly total: number
  /** Whether the gateway reported `total`; otherwise the list was seen to end there. */
  readonly isReported: boolean
  /** Different ids that existed at the request, and were seen in its page or later. */
  ids: number
}

/**
 * Counts ids to show whether all records were read, in any order of pages.
 *
 * The proof: take a request with no other in flight, and the number of records that existed then.
 * When that number of different ids was seen both before it and again since (its own page counts as
 * both), these ids are all that existed: each existed at the request, since an id never returns
 * after a delete. A record that was inserted later is not counted, so it cannot hide one that was
 * missed.
 *
 * Has state but no side effects. An id costs about 40 bytes, see {@link IdNumbers}.
 */
export class Tally {
  readonly #options: TallyOptions
  /** By id, the number of the last page that showed it. */
  readonly #lastSeen = new IdNumbers()
  /**
   * The records of the first page, until another page needs their ids: most reads have one page.
   */
  #onlyPage: readonly WireRecord[] = []
  #page = 0
  /** Different ids in the last page, and those that this pass had seen before. */
  #pageIds = 0
  #pageKnown = 0
  #total: number | undefined
  #lastReported: number | undefined
  #believed = true
  #passes = 0
  #pass = startPass(0)
  #previousIds: number | undefined
  #bases: Base[] = []

  constructor(options: TallyOptions) {
    this.#options = options
  }

  startPass(): void {
    this.#previousIds = this.#passes === 0 ? undefined : this.#pass.ids
    this.#passes += 1
    this.#pass = startPass(this.#page + 1)
  }

  /** Counts a page; returns the records that are new. */
  add(page: Page): WireRecord[] {
    this.#page += 1
    this.#weighTotal(page)
    const { records } = page
    if (this.#page === 1 && haveDifferentIds(records)) {
      this.#onlyPage = records
      this.#pass.ids = this.#pass.fresh = this.#pageIds = records.length
      return [...records]
    }
    for (const { id } of this.#onlyPage) this.#lastSeen.put(id, 1)
    this.#onlyPage = []
    this.#pageIds = 0
    this.#pageKnown = 0
    return records.filter(({ id }) => this.#isFresh(id))
  }

  /** Makes the last page a base: no other request was in flight. */
  markBase(end?: number): void {
    const total = end ?? this.total
    if (total === undefined) return
    this.#bases.push({
      page: this.#page,
      total: Math.max(0, total - this.#options.skip),
      isReported: end === undefined,
      ids: this.#pageIds,
    })
  }

  /** Notes that the list ended before its total. */
  noteShortList(): void {
    if (!this.#options.totalCounts) this.#believed = false
  }

  /** The number of records in all, if known. */
  get total(): number | undefined {
    return this.#believed ? this.#total : undefined
  }

  /** Different ids seen so far. */
  get seen(): number {
    return this.#lastSeen.size + this.#onlyPage.length
  }

  /** Records of the last page that this pass had seen before. */
  get knownInPage(): number {
    return this.#pageKnown
  }

  get passes(): number {
    return this.#passes
  }

  /** Whether the ids prove that everything was seen. Has no meaning within the first pass. */
  get proven(): boolean {
    return this.missing === 0
  }

  /** Number of ids that the proof needs, by the nearest base. */
  get missing(): number {
    const bases = this.#bases.filter(({ isReported }) => this.#believed || !isReported)
    return Math.max(0, Math.min(...bases.map(({ total, ids }) => total - ids)))
  }

  /**
   * Whether the ids are consistent with a pass whose pages overlap. A total that did not change and
   * is larger than their number is not, until another pass finds the same ids.
   */
  get isPlausible(): boolean {
    const pass = this.#pass
    const { total } = this
    if (total === undefined || pass.changes > 0) return true
    if (pass.ids >= total - this.#options.skip) return true
    return pass.fresh === 0 && pass.ids === this.#previousIds
  }

  /** Whether ids were repeated in the pass although no total changed. */
  get isShuffled(): boolean {
    return this.#pass.repeated > 0 && this.#pass.changes === 0
  }

  #isFresh(id: string): boolean {
    const pass = this.#pass
    const last = this.#lastSeen.put(id, this.#page)
    if (last === this.#page) return false
    this.#pageIds += 1
    if (last === undefined || last < pass.start) {
      pass.ids += 1
    } else {
      pass.repeated += 1
      this.#pageKnown += 1
    }
    if (last === undefined) {
      pass.fresh += 1
      return true
    }
    for (let n = this.#bases.length - 1; n >= 0; n -= 1) {
      const base = this.#bases[n]
      if (base === undefined || base.page <= last) break
      base.ids += 1
    }
    return false
  }

  #weighTotal({ total, skip: before, records }: Page): void {
    if (total === undefined || !this.#believed) return
    const fits = records.length > 0 ? before + records.length <= total : before >= total
    const again = total === this.#lastReported
    this.#lastReported = total
    if (!fits && (!this.#options.totalCounts || total === records.length || again)) {
      this.#believed = false
      return
    }
    if (fits && total === this.#total) return
    if (this.#total !== undefined || !fits) this.#pass.changes += 1
    this.#total = fits ? total : undefined
  }
}

function haveDifferentIds(records: readonly WireRecord[]): boolean {
  return new Set(records.map(({ id }) => id)).size === records.length
}

function startPass(start: number): Pass {
  return { start, ids: 0, repeated: 0, fresh: 0, changes: 0 }
}
