/** Reads everything that an offset-paged read answers, each record once, and knows whether it is all. */
import type { WireRecord } from '@chatlayer-tables/contract'
import { TableChangedError, UnexpectedAnswerError } from '../errors.ts'
import { inOrder } from './in-order.ts'
import type { FetchPage, Page } from './page.ts'
import { Tally } from './tally.ts'

export interface ReadOptions {
  /** Records asked for at once. */
  readonly pageSize: number
  /** Records to pass over by offset. */
  readonly skip: number
  /** How many the reader will take at most; undefined for all. Only saves requests. */
  readonly want: number | undefined
  /** Pages under way at once, at most; fewer at first when the reader may stop early. */
  readonly ahead: number
  readonly mayStopEarly: boolean
  /** See {@link Tally}. */
  readonly totalCounts: boolean
  /** Passes over the table that may end in doubt. */
  readonly maxPasses: number
  readonly signal: AbortSignal | undefined
  /** The first page, if it was read already. */
  readonly firstPage?: Page | undefined
}

/**
 * Where every page comes in an order of its own, a pass shows some 63% of the records, and those
 * that all passes missed shrink by that much each time: 3,400 records take some ten passes.
 */
const MAX_SHUFFLED_PASSES = 30
const MAX_FRUITLESS_PASSES = 8

/** Pages in a row that bring nothing new, beyond what was seen, before a read without end is given up. */
const MAX_FRUITLESS_PAGES = 20

/**
 * Yields records by page, none twice. Pages are read ahead in parallel and come in order. When the
 * ids and totals leave a doubt, the pages are read again, a bounded number of times, and what was
 * missed is yielded then.
 *
 * @throws TableChangedError at the end, after everything that was found, when a doubt remains
 * @throws UnexpectedAnswerError when the gateway pays no heed to the offset
 */
export async function* readRecords(
  fetch: FetchPage,
  options: ReadOptions,
): AsyncGenerator<WireRecord[], void, undefined> {
  const tally = new Tally(options)
  let doubtful = 0
  let fruitless = 0
  do {
    const again = tally.passes > 0
    tally.startPass()
    for await (const fresh of readPass(fetch, options, tally)) {
      if (fresh.length > 0) yield fresh
      if (again && tally.complete) return
    }
    if (tally.settled) return
    if (!tally.shuffled) doubtful += 1
    fruitless = tally.foundMore ? 0 : fruitless + 1
  } while (
    doubtful < options.maxPasses &&
    fruitless < MAX_FRUITLESS_PASSES &&
    tally.passes < MAX_SHUFFLED_PASSES
  )
  throw changed(tally)
}

function changed(tally: Tally): TableChangedError {
  const total = tally.total === undefined ? '' : `, while the gateway counts ${tally.total}`
  return new TableChangedError(
    `the table kept changing: ${tally.seen} different records came in ${tally.passes} passes${total}`,
    { hint: 'Read again when fewer writes are under way, or filter for what does not change.' },
  )
}

/** A stretch of records: one page, or several where the gateway gives fewer at once than asked. */
interface Stretch {
  readonly pages: readonly Page[]
  /** Whether there is nothing behind it. */
  readonly ended: boolean
}

async function* readPass(
  fetch: FetchPage,
  options: ReadOptions,
  tally: Tally,
): AsyncGenerator<WireRecord[], void, undefined> {
  const { skip, want = Number.POSITIVE_INFINITY } = options
  const given = tally.passes === 1 ? options.firstPage : undefined
  const watch = offsetWatch()
  let size = Math.max(1, Math.min(options.pageSize, want))
  let position = skip
  let pending = 0
  let taken = 0
  let ended = false
  let doubtfulEnd = false

  const mayAsk = (): boolean => {
    if (ended) return false
    const { total } = tally
    if (taken === 0 || total === undefined) return pending === 0
    return position < total || (pending === 0 && doubtfulEnd)
  }
  const next = (signal: AbortSignal | undefined): Promise<Stretch> | undefined => {
    if (!mayAsk()) return undefined
    const start = position
    position += size
    pending += 1
    return readStretch(fetch, start, size, signal, taken === 0 ? given : undefined)
  }
  const ahead = (): number => {
    const wanted = Math.ceil((skip + want - position) / size) + pending
    const ramp = options.mayStopEarly ? 2 ** taken : Number.POSITIVE_INFINITY
    return Math.max(1, Math.min(options.ahead, wanted, ramp))
  }

  for await (const { pages, ended: last } of inOrder(next, ahead, options.signal)) {
    pending -= 1
    taken += 1
    if (taken === 1) {
      // The first pages tell how many records really come at once.
      position = skip + pages.reduce((sum, page) => sum + page.records.length, 0)
      size = Math.max(1, Math.min(options.pageSize, ...pages.map((page) => page.limit)))
      if (pages.length > 1) size = Math.max(1, ...pages.map((page) => page.records.length))
    }
    if (last) ended = true
    doubtfulEnd = isTotalOfPage(pages)
    for (const page of pages) {
      const fresh = tally.add(page)
      watch(page, fresh.length, tally.seen)
      yield fresh
    }
  }
}

/** A full page whose total is its own length: that may be all there is, or all that is on the page. */
function isTotalOfPage(pages: readonly Page[]): boolean {
  const page = pages.at(-1)
  return page !== undefined && page.total === page.records.length && page.total >= page.limit
}

async function readStretch(
  fetch: FetchPage,
  start: number,
  size: number,
  signal: AbortSignal | undefined,
  given: Page | undefined,
): Promise<Stretch> {
  const pages: Page[] = []
  let count = 0
  let page = given
  while (count < size) {
    page ??= await fetch(start + count, size - count, signal)
    pages.push(page)
    count += page.records.length
    if (page.records.length === 0 || isLast(page)) return { pages, ended: true }
    const [before] = pages.slice(-2, -1)
    if (before !== undefined && haveSameIds(before, page)) return { pages, ended: false }
    page = undefined
  }
  return { pages, ended: false }
}

/** Whether a page that is not full ends at its total. */
function isLast({ skip, records, total, limit }: Page): boolean {
  return records.length < limit && total !== undefined && skip + records.length === total
}

/** Whether two pages hold the same records in the same order. */
function haveSameIds(a: Page, b: Page): boolean {
  return (
    a.records.length === b.records.length &&
    a.records.every(({ id }, index) => id === b.records[index]?.id)
  )
}

/** Notices a gateway that answers the same page whatever the offset. */
function offsetWatch(): (page: Page, fresh: number, seen: number) => void {
  let previous: Page | undefined
  let same = 0
  let fruitless = 0
  return (page, fresh, seen) => {
    const { records, skip } = page
    if (records.length === 0) return
    const again = previous !== undefined && haveSameIds(previous, page)
    same = again ? same + records.length : 0
    previous = page
    fruitless = fresh > 0 ? 0 : fruitless + records.length
    const patience = seen + MAX_FRUITLESS_PAGES * records.length
    if (same >= MIN_SAME || fruitless > patience) throw offsetIgnored(skip)
  }
}

/** Records that must come again in the same order: by chance that is out of the question. */
const MIN_SAME = 10

function offsetIgnored(skip: number): UnexpectedAnswerError {
  return new UnexpectedAnswerError(
    `the records at offset ${skip} are those of the page before it`,
    {
      place: 'data',
      hint: 'The gateway seems to ignore the offset. Reading on would not end.',
    },
  )
}
