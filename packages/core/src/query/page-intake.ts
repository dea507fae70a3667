import type { WireRecord } from '@chatlayer-tables/contract'
import { farOffset, haveSameIds, OffsetWatch, offsetIgnored } from './offset-watch.ts'
import { OrderEvidence } from './order-evidence.ts'
import type { FetchPage, Page } from './page.ts'
import type { ReadOptions } from './read.ts'
import type { Tally } from './tally.ts'

/** Checks per pass for a gateway that ignores offsets. */
const MAX_SUSPICIONS = 3

/** Requests the pages of a pass and keeps the facts that the pass needs for its decisions. */
export class PageIntake {
  readonly #fetch: FetchPage
  readonly #signal: AbortSignal | undefined
  readonly #tally: Tally
  readonly #evidence = new OrderEvidence()
  readonly #watch = new OffsetWatch()
  /** Whether the last page suggests that offsets are ignored, and how many pages did. */
  #isSuspicious = false
  #suspicions = 0
  #fresh: WireRecord[] = []
  #size: number
  #end = 0
  #pages = 0
  #latest: Page | undefined
  #previous: Page | undefined

  constructor(fetch: FetchPage, options: ReadOptions, tally: Tally) {
    const { pageSize, want = Number.POSITIVE_INFINITY, signal } = options
    this.#fetch = fetch
    this.#signal = signal
    this.#tally = tally
    this.#size = Math.max(1, Math.min(pageSize, want))
  }

  /** The offset after the last record of any page. */
  get end(): number {
    return this.#end
  }

  get pages(): number {
    return this.#pages
  }

  /** The latest page. */
  get latest(): Page | undefined {
    return this.#latest
  }

  /** Whether dates within pages show that the newest records are listed last. */
  get isNewestLast(): boolean {
    return this.#evidence.isNewestLast
  }

  /** Whether the last page repeats the page before it, as if the offset had no effect. */
  get isRepeated(): boolean {
    const [page, previous] = [this.#latest, this.#previous]
    if (page === undefined || previous === undefined) return false
    return page.records.length > 1 && haveSameIds(previous, page)
  }

  /** Whether the list changes so much that pages contain nothing new. */
  get hasGivenUp(): boolean {
    return this.#suspicions >= MAX_SUSPICIONS
  }

  /** Limits the page size of later requests. */
  limitSize(most: number): void {
    this.#size = Math.min(this.#size, most)
  }

  request(skip: number, signal = this.#signal): Promise<Page> {
    return this.#fetch(skip, this.#size, signal)
  }

  /** Records the facts of a page. The offset of a page that is read a second time shows nothing. */
  take(page: Page, isSecondLook = false): Page {
    const { records } = page
    this.#pages += 1
    this.#previous = this.#latest
    this.#latest = page
    if (records.length > 0) this.#end = Math.max(this.#end, page.skip + records.length)
    this.#evidence.add(page)
    const fresh = this.#tally.add(page)
    this.#isSuspicious =
      !isSecondLook && this.#watch.isSuspicious(page, fresh.length, this.#tally.seen)
    for (const record of fresh) this.#fresh.push(record)
    return page
  }

  /** Requests one page and records its facts. */
  async takeNext(skip: number, isSecondLook = false): Promise<Page> {
    return this.take(await this.request(skip), isSecondLook)
  }

  /** @throws UnexpectedAnswerError when the gateway ignores the offset */
  async checkOffset(): Promise<void> {
    const page = this.#latest
    if (page === undefined || !this.#isSuspicious) return
    this.#suspicions += 1
    const far = await this.request(farOffset(page, this.#tally.seen))
    if (far.records.length > 0) throw offsetIgnored(page.skip)
  }

  /** The records since the last call that no page had shown before. */
  flush(): WireRecord[] {
    const fresh = this.#fresh
    this.#fresh = []
    return fresh
  }
}
