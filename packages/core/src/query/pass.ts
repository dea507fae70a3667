/** One pass over all pages of a read by offset. */
import type { WireRecord } from '@chatlayer-tables/contract'
import { Chain, sharesUnchanged } from './chain.ts'
import { inOrder } from './in-order.ts'
import { farOffset, haveSameIds, OffsetWatch, offsetIgnored } from './offset-watch.ts'
import { OrderEvidence } from './order-evidence.ts'
import type { FetchPage, Page } from './page.ts'
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

/** Times that a pass may check whether the gateway ignores offsets. */
const MAX_SUSPICIONS = 3

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
  readonly #fetch: FetchPage
  readonly #options: ReadOptions
  readonly #state: PassState
  readonly #evidence = new OrderEvidence()
  readonly #watch = new OffsetWatch()
  /** Whether the last page gave reason to suspect that offsets are ignored, and how often one did. */
  #isSuspicious = false
  #suspicions = 0
  /** Undefined once a page could not be connected, and where pages are too small. */
  #chain: Chain | undefined
  #fresh: WireRecord[] = []
  /** Records requested at once, and records that the first page held. */
  #size: number
  #pageLength = 0
  /** The offset after the last record of any page. */
  #end = 0
  #pages = 0
  #bridgePages = 0
  #idleSteps = 0
  /** The page that came last, the one before, and the page that was connected last. */
  #latest: Page | undefined
  #previous: Page | undefined
  #connected: Page | undefined
  #isWhole = false

  constructor(fetch: FetchPage, options: ReadOptions, state: PassState) {
    this.#fetch = fetch
    this.#options = options
    this.#state = state
    const { pageSize, want = Number.POSITIVE_INFINITY } = options
    this.#size = Math.max(1, Math.min(pageSize, want))
  }

  /** Whether overlapping pages, or one page alone, prove that nothing was missed. */
  get isWhole(): boolean {
    return this.#isWhole
  }

  /** Yields the records that no page had shown before, by page. */
  async *run(): AsyncGenerator<WireRecord[], void, undefined> {
    const { firstPage, skip } = this.#options
    const { tally } = this.#state
    const first = this.#take(
      (tally.passes === 1 ? firstPage : undefined) ?? (await this.#request(skip)),
    )
    // A total that is the page's own may count nothing but the page.
    if (first.total !== first.records.length) tally.markBase()
    yield this.#flush()
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
      yield this.#flush()
    }
    if (end === undefined) yield* this.#readMiddle()
    while (end === undefined) {
      if (this.#hasGivenUp) return
      end = await this.#step()
      yield this.#flush()
    }
    if (this.#chain === undefined) return
    const isHeadRead = skip > 0 || this.#evidence.isNewestLast || (await this.#readHead(first))
    yield this.#flush()
    this.#isWhole = isHeadRead && tally.isPlausible
  }

  #begin(first: Page): void {
    const { length } = first.records
    this.#pageLength = length
    // A short list may be all there is; then its last record alone on a second page shows it.
    const isLarge = length >= MIN_CHAINED_PAGE || (length > 1 && length < first.limit)
    if (this.#state.isOrdered && isLarge) this.#chain = new Chain(first)
    this.#size = Math.min(this.#size, length)
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
    let position = (this.#chain?.end ?? this.#end) - overlap
    let pending = 0
    let taken = this.#pages
    let hasEnded = false
    const next = (signal: AbortSignal | undefined): Promise<Page> | undefined => {
      const { total } = tally
      if (hasEnded || total === undefined || position + this.#pageLength >= total) return undefined
      const start = position
      position += stride
      pending += 1
      return this.#request(start, signal)
    }
    const ahead = (): number => {
      const wanted = Math.ceil((skip + want - position - overlap) / stride) + pending
      const ramp = mayStopEarly ? 2 ** taken : Number.POSITIVE_INFINITY
      return Math.max(1, Math.min(this.#options.ahead, wanted, ramp))
    }
    for await (const page of inOrder(next, ahead, outer)) {
      pending -= 1
      taken += 1
      this.#take(page)
      await this.#checkOffset(page)
      if (page.records.length === 0 || this.#hasGivenUp) hasEnded = true
      else await this.#connect(page, false)
      yield this.#flush()
    }
  }

  /**
   * Reads on from where the pages so far end, with no other request in flight.
   *
   * @returns the number of records in the list, once its end was seen
   */
  async #step(): Promise<number | undefined> {
    const page = this.#take(
      await this.#request(this.#chain === undefined ? this.#end : this.#chain.end - 1),
    )
    await this.#checkOffset(page)
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
    const page = this.#latest
    if (page === undefined) return undefined
    const { tally } = this.#state
    const after = page.skip + page.records.length
    const endsAtTotal = page.total === after && tally.total === after
    if (this.#chain === undefined) {
      return page.records.length === 0 || endsAtTotal ? after : undefined
    }
    if (page !== this.#connected) return undefined
    if (endsAtTotal) return after
    const { end, grew } = this.#chain
    const isShort = page.records.length < this.#pageLength && end === after
    if (grew || !isShort || this.#repeatsPrevious(page)) return undefined
    tally.noteShortList()
    return after
  }

  /** A list may be changed so often that no page brings anything new. */
  get #hasGivenUp(): boolean {
    return this.#suspicions >= MAX_SUSPICIONS
  }

  /** @throws UnexpectedAnswerError when the gateway ignores the offset */
  async #checkOffset(page: Page): Promise<void> {
    if (!this.#isSuspicious) return
    this.#suspicions += 1
    const far = await this.#request(farOffset(page, this.#state.tally.seen))
    if (far.records.length > 0) throw offsetIgnored(page.skip)
  }

  /** Whether the offset seems to have made no difference. */
  #repeatsPrevious(page: Page): boolean {
    return (
      page.records.length > 1 && this.#previous !== undefined && haveSameIds(this.#previous, page)
    )
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
      if (this.#bridgePages >= BRIDGE_PAGES + this.#pages) return false
      this.#bridgePages += 1
      const page = this.#take(await this.#request(Math.max(skip, at)), true)
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
      const head = this.#take(await this.#request(this.#options.skip), true)
      if (head.records.length === 0 || sharesUnchanged(earlier, head)) return true
      const chain = new Chain(head)
      let page = head
      for (let n = 1; !sharesUnchanged(earlier, page); n += 1) {
        if (n >= MAX_LOOK_PAGES || page.records.length < this.#pageLength) return false
        page = this.#take(await this.#request(chain.end - 1 - (this.#pageLength >> 1)), true)
        if (!this.#tryAdd(chain, page) || !chain.grew) return false
      }
      earlier = head
    }
    return false
  }

  /** Takes a page into account. The offset of one that is read a second time shows nothing. */
  #take(page: Page, isRepeat = false): Page {
    const { tally } = this.#state
    this.#pages += 1
    this.#previous = this.#latest
    this.#latest = page
    if (page.records.length > 0) {
      this.#end = Math.max(this.#end, page.skip + page.records.length)
    }
    this.#evidence.add(page)
    const fresh = tally.add(page)
    this.#isSuspicious = !isRepeat && this.#watch.isSuspicious(page, fresh.length, tally.seen)
    for (const record of fresh) this.#fresh.push(record)
    return page
  }

  #request(skip: number, signal = this.#options.signal): Promise<Page> {
    return this.#fetch(skip, this.#size, signal)
  }

  #flush(): WireRecord[] {
    const fresh = this.#fresh
    this.#fresh = []
    return fresh
  }
}

/** Whether a first page is the whole list: one that ends at its total, which is not merely its own. */
function isWholeList({ skip, records, total, limit, isLimitReported }: Page): boolean {
  if (total !== skip + records.length) return false
  return skip > 0 || (isLimitReported && records.length < limit)
}
