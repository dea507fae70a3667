/** One pass over all pages of a read by offset. */
import type { WireRecord } from '@chatlayer-tables/contract'
import { Chain, sharesUnchanged } from './chain.ts'
import { inOrder } from './in-order.ts'
import { type FetchPage, isWholeList, type Page } from './page.ts'
import { PageIntake } from './page-intake.ts'
import type { ReadOptions } from './read.ts'
import type { Tally } from './tally.ts'

/** With fewer records in a page, an overlap proves little and costs much: only ids are counted. */
export const MIN_CHAINED_PAGE = 4

/** Pages that may be read to connect one page with those before it. */
const MAX_BRIDGE_PAGES = 4
/** Such pages in a pass: this many, and one more for each page of the pass. */
const BRIDGE_PAGES = 8

/** Requests at the tail, in a row, that bring nothing new and do not show the end. */
const MAX_IDLE_STEPS = 5

/** Looks at the head of the list at the end of a pass, and pages of one look. */
const MAX_LOOKS = 5
const MAX_LOOK_PAGES = 20

/** What the passes of a read share. */
export interface PassState {
  readonly tally: Tally
  /** False once pages showed the same records in different orders. */
  isOrdered: boolean
}

/**
 * Reads the first page, then the pages that surely are not the last, in parallel, and then the rest
 * of the list and its head with no other request in flight. Consecutive pages share one record, see
 * {@link Chain}; where they do not, the pages between are read until they do.
 *
 * The order of requests serves lists that an update reorders: a record that is moved to the tail
 * is met there, since the tail is read last; one that is moved to the head is met in the last look.
 */
export class PassReader {
  readonly #options: ReadOptions
  readonly #state: PassState
  readonly #intake: PageIntake
  /** Undefined once a page could not be connected, and where pages are too small. */
  #chain: Chain | undefined
  /** Records that the first page held. */
  #pageLength = 0
  #bridgePages = 0
  #idleSteps = 0
  /** The page that was connected last. */
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
    // A total that is the page's own may count nothing but the page.
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
    // A short list may be all there is; then its last record alone on a second page shows it.
    const isLarge = length >= MIN_CHAINED_PAGE || (length > 1 && length < first.limit)
    if (this.#state.isOrdered && isLarge) this.#chain = new Chain(first)
    this.#intake.limitSize(length)
  }

  /** Whether there are no records; a documented total that counts some makes it doubtful once. */
  #isEmptyList({ total, skip }: Page): boolean {
    if (!this.#options.totalCounts || total === undefined || total <= skip) return true
    return this.#state.tally.passes > 1 && this.#state.tally.seen === 0
  }

  /** Pages that end before the total, in parallel. */
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
   * Reads on from where the pages so far end, with no other request in flight.
   *
   * @returns the number of records in the list, once its end was seen
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

  /** Where the list ends, when the page that came last shows it. */
  #seenEnd(): number | undefined {
    const page = this.#intake.latest
    if (page === undefined) return undefined
    const { tally } = this.#state
    const after = page.skip + page.records.length
    // At the start of the list a total may count nothing but the page.
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
   * Connects a page with the chain, through pages between where need be. A page that shares more
   * than one record is read around as well: what seems to be shifted may be records of equal rank
   * that changed places.
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

  /** Reads from half a page before a page, or further back, until the pages connect. */
  async #bridge(chain: Chain, target: Page, isTail: boolean): Promise<boolean> {
    const { skip } = this.#options
    let at = Math.min(chain.end - 1, target.skip) - (this.#pageLength >> 1)
    for (let n = 0; n < MAX_BRIDGE_PAGES; n += 1) {
      if (this.#bridgePages >= BRIDGE_PAGES + this.#intake.pages) return false
      this.#bridgePages += 1
      const page = await this.#intake.takeNext(Math.max(skip, at), true)
      if (this.#tryAdd(chain, page)) {
        // At the tail the next step goes on from here; elsewhere pages behind were requested.
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
   * Reads the head of the list again, down to a record of its first page that did not move: what was
   * moved to the head since then is listed before it. When that takes several pages, their first one
   * is in turn what the next look goes by.
   *
   * @returns false when no look came to its end
   */
  async #readHead(first: Page): Promise<boolean> {
    let earlier = first
    for (let look = 0; look < MAX_LOOKS; look += 1) {
      const head = await this.#intake.takeNext(this.#options.skip, true)
      if (head.records.length === 0 || sharesUnchanged(earlier, head)) return true
      const chain = new Chain(head)
      let page = head
      for (let n = 1; !sharesUnchanged(earlier, page); n += 1) {
        if (n >= MAX_LOOK_PAGES || page.records.length < this.#pageLength) return false
        page = await this.#intake.takeNext(chain.end - 1 - (this.#pageLength >> 1), true)
        if (!this.#tryAdd(chain, page) || !chain.grew) return false
      }
      earlier = head
    }
    return false
  }
}
