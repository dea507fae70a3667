/** One pass over all pages of a read by offset. */
import type { WireRecord } from '@chatlayer-tables/contract'
import { Chain, sharesUnchanged } from './chain.ts'
import { inOrder } from './in-order.ts'
import { type FetchPage, isWholeList, type Page } from './page.ts'
import { PageIntake } from './page-intake.ts'
import type { ReadOptions } from './read.ts'
import type { Tally } from './tally.ts'

/** With fewer records per page, an overlap proves little and costs much: only ids are counted. */
export const MIN_CHAINED_PAGE = 4

/** Pages to read to connect one page with those before it. */
const MAX_BRIDGE_PAGES = 4
/** Such pages in a pass: this number, plus one for each page of the pass. */
const BRIDGE_PAGES = 8

/** Consecutive requests at the tail that return nothing new and do not show the end. */
const MAX_IDLE_STEPS = 5

/** Reads of the head of the list at the end of a pass, and pages of one such read. */
const MAX_HEAD_READS = 5
const MAX_HEAD_PAGES = 20

/** State that the passes of a read share. */
export interface PassState {
  readonly tally: Tally
  /** False once pages showed the same records in different orders. */
  isOrdered: boolean
}

/**
 * Reads the first page, then in parallel the pages that certainly are not the last, and then the
 * rest of the list and its head with no other request in flight. Consecutive pages share one
 * record, see {@link Chain}; where they do not, the pages between are read until they do.
 *
 * The order of requests handles lists that an update reorders: a record that moves to the tail is
 * found there, since the tail is read last; one that moves to the head is found in the last read of
 * the head.
 */
export class PassReader {
  readonly #options: ReadOptions
  readonly #state: PassState
  readonly #intake: PageIntake
  /** Undefined when a page could not be connected, and where pages are too small. */
  #chain: Chain | undefined
  /** Number of records in the first page. */
  #pageLength = 0
  #bridgePages = 0
  #idleSteps = 0
  /** The last page that was connected. */
  #connected: Page | undefined
  #isWhole = false

  constructor(fetch: FetchPage, options: ReadOptions, state: PassState) {
    this.#options = options
    this.#state = state
    this.#intake = new PageIntake(fetch, options, state.tally)
  }

  /** Whether overlapping pages, or one page alone, prove that nothing was missed. */
  get isWhole(): boolean {
    return this.#isWhole
  }

  /** Yields the records that no page had shown before, by page. */
  async *run(): AsyncGenerator<WireRecord[], void, undefined> {
    const { firstPage, skip } = this.#options
    const { tally } = this.#state
    const intake = this.#intake
    const given = tally.passes === 1 ? firstPage : undefined
    const first = intake.take(given ?? (await intake.request(skip)))
    // A total equal to the size of the page may count only the page.
    if (first.total !== first.records.length) tally.markBase()
    yield this.#intake.flush()
    if (first.records.length === 0) {
      this.#isWhole = this.#isEmptyList(first)
      return
    }
    if (isWholeList(first)) {
      this.#isWhole = true
      return
    }
    this.#begin(first)
    let end: number | undefined
    if (first.records.length < first.limit) {
      end = await this.#step()
      yield this.#intake.flush()
    }
    if (end === undefined) yield* this.#readMiddle()
    while (end === undefined) {
      if (this.#intake.hasGivenUp) return
      end = await this.#step()
      yield this.#intake.flush()
    }
    if (this.#chain === undefined) return
    const isHeadRead = skip > 0 || this.#intake.isNewestLast || (await this.#readHead(first))
    yield this.#intake.flush()
    this.#isWhole = isHeadRead && tally.isPlausible
  }

  #begin(first: Page): void {
    const { length } = first.records
    this.#pageLength = length
    // A short page may be the whole list; a second page with only its last record shows that.
    const isLarge = length >= MIN_CHAINED_PAGE || (length > 1 && length < first.limit)
    if (this.#state.isOrdered && isLarge) this.#chain = new Chain(first)
    this.#intake.limitSize(length)
  }

  /** Whether there are no records. A documented total above zero requires a second pass. */
  #isEmptyList({ total, skip }: Page): boolean {
    if (!this.#options.totalCounts || total === undefined || total <= skip) return true
    return this.#state.tally.passes > 1 && this.#state.tally.seen === 0
  }

  /** Reads pages that end before the total, in parallel. */
  async *#readMiddle(): AsyncGenerator<WireRecord[], void, undefined> {
    const { skip, want = Number.POSITIVE_INFINITY, mayStopEarly, signal: outer } = this.#options
    const { tally } = this.#state
    const overlap = this.#chain === undefined ? 0 : 1
    const stride = this.#pageLength - overlap
    let position = (this.#chain?.end ?? this.#intake.end) - overlap
    let pending = 0
    let taken = this.#intake.pages
    let hasEnded = false
    const next = (signal: AbortSignal | undefined): Promise<Page> | undefined => {
      const { total } = tally
      if (hasEnded || total === undefined || position + this.#pageLength >= total) return undefined
      const start = position
      position += stride
      pending += 1
      return this.#intake.request(start, signal)
    }
    const ahead = (): number => {
      const wanted = Math.ceil((skip + want - position - overlap) / stride) + pending
      const ramp = mayStopEarly ? 2 ** taken : Number.POSITIVE_INFINITY
      return Math.max(1, Math.min(this.#options.ahead, wanted, ramp))
    }
    for await (const page of inOrder(next, ahead, outer)) {
      pending -= 1
      taken += 1
      this.#intake.take(page)
      await this.#intake.checkOffset()
      if (page.records.length === 0 || this.#intake.hasGivenUp) hasEnded = true
      else await this.#connect(page, false)
      yield this.#intake.flush()
    }
  }

  /**
   * Continues from the end of the pages so far, with no other request in flight.
   *
   * @returns the number of records in the list, when its end was seen
   */
  async #step(): Promise<number | undefined> {
    const at = this.#chain === undefined ? this.#intake.end : this.#chain.end - 1
    const page = await this.#intake.takeNext(at)
    await this.#intake.checkOffset()
    await this.#connect(page, true)
    if (this.#chain?.grew && this.#pageLength < MIN_CHAINED_PAGE) this.#chain = undefined
    this.#idleSteps = this.#chain === undefined || this.#chain.grew ? 0 : this.#idleSteps + 1
    const end = this.#seenEnd()
    if (end !== undefined) this.#state.tally.markBase(end)
    else if (this.#idleSteps >= MAX_IDLE_STEPS) this.#chain = undefined
    return end
  }

  /** The end of the list, when the latest page shows it. */
  #seenEnd(): number | undefined {
    const page = this.#intake.latest
    if (page === undefined) return undefined
    const { tally } = this.#state
    const after = page.skip + page.records.length
    // At the start of the list a total may count only the page.
    const endsAtTotal = page.skip > 0 && page.total === after && tally.total === after
    if (this.#chain === undefined) {
      return page.records.length === 0 || endsAtTotal ? after : undefined
    }
    if (page !== this.#connected) return undefined
    if (endsAtTotal) return after
    const { end, grew } = this.#chain
    const isShort = page.records.length < this.#pageLength && end === after
    if (grew || !isShort || this.#intake.isRepeated) return undefined
    tally.noteShortList()
    return after
  }

  /**
   * Connects a page with the chain, through pages between where necessary. For a page that shares
   * more than one record, pages around it are read too: it may not be shifted, but contain records
   * of equal rank that changed places.
   */
  async #connect(page: Page, isTail: boolean): Promise<void> {
    const chain = this.#chain
    if (chain === undefined) return
    const seam = chain.seam(page, this.#state.tally.knownInPage)
    if (seam === 'clean') {
      chain.add(page, seam)
      this.#connected = page
    } else if (seam === 'disordered') {
      this.#loseOrder()
    } else if (!(await this.#bridge(chain, page, isTail))) {
      this.#chain = undefined
    }
  }

  /** Reads pages from half a page before a page, or further back, until they connect. */
  async #bridge(chain: Chain, target: Page, isTail: boolean): Promise<boolean> {
    const { skip } = this.#options
    let at = Math.min(chain.end - 1, target.skip) - (this.#pageLength >> 1)
    for (let n = 0; n < MAX_BRIDGE_PAGES; n += 1) {
      if (this.#bridgePages >= BRIDGE_PAGES + this.#intake.pages) return false
      this.#bridgePages += 1
      const page = await this.#intake.takeNext(Math.max(skip, at), true)
      if (this.#tryAdd(chain, page)) {
        // At the tail the next step continues from here; elsewhere later pages were already
        // requested.
        if (isTail || this.#tryAdd(chain, target)) return true
        at = chain.end - 1
      } else {
        if (at <= skip) return false
        at -= this.#pageLength - 1
      }
      if (!this.#state.isOrdered) return false
    }
    return false
  }

  #tryAdd(chain: Chain, page: Page): boolean {
    const seam = chain.seam(page, Number.NaN)
    if (seam === 'disordered') this.#loseOrder()
    if (seam === 'disordered' || seam === 'apart') return false
    chain.add(page, seam)
    this.#connected = page
    return true
  }

  #loseOrder(): void {
    this.#state.isOrdered = false
    this.#chain = undefined
  }

  /**
   * Reads the head of the list again, down to a record of its first page that did not move: records
   * that moved to the head since then are listed before it. When that takes several pages, the next
   * read compares with the first of them.
   *
   * @returns false when no read reached such a record
   */
  async #readHead(first: Page): Promise<boolean> {
    let earlier = first
    for (let read = 0; read < MAX_HEAD_READS; read += 1) {
      const head = await this.#intake.takeNext(this.#options.skip, true)
      if (head.records.length === 0 || sharesUnchanged(earlier, head)) return true
      const chain = new Chain(head)
      let page = head
      for (let n = 1; !sharesUnchanged(earlier, page); n += 1) {
        if (n >= MAX_HEAD_PAGES || page.records.length < this.#pageLength) return false
        page = await this.#intake.takeNext(chain.end - 1 - (this.#pageLength >> 1), true)
        if (!this.#tryAdd(chain, page) || !chain.grew) return false
      }
      earlier = head
    }
    return false
  }
}
