/** Reads all records of an offset-paged list, each once, and checks that none is missing. */
import type { WireRecord } from '@chatlayer-tables/contract'
import { TableChangedError } from '../errors.ts'
import type { FetchPage, Page } from './page.ts'
import { PassReader, type PassState } from './pass.ts'
import { Tally } from './tally.ts'

export interface ReadOptions {
  /** Records per request. */
  readonly pageSize: number
  /** Records to skip by offset. */
  readonly skip: number
  /** Maximum number of records that the caller takes; undefined for all. Only saves requests. */
  readonly want: number | undefined
  /** Maximum number of pages in flight; fewer at first when the caller may stop early. */
  readonly ahead: number
  readonly mayStopEarly: boolean
  /** See {@link Tally}. */
  readonly totalCounts: boolean
  /** Maximum number of passes over the table that prove nothing. */
  readonly maxPasses: number
  readonly signal: AbortSignal | undefined
  /** The first page, if it has been read already. */
  readonly firstPage?: Page | undefined
}

/** Passes over a table that prove nothing before a read fails. */
export const MAX_PASSES = 3

/**
 * Where every page is in a different order, a pass shows about 63% of the records, and the records
 * that all passes missed shrink by that much each time: 3,400 records take about ten passes. The
 * proof takes as many again, see {@link Tally}.
 */
const MAX_SHUFFLED_PASSES = 60
/** Consecutive passes without progress towards the proof. */
const MAX_FRUITLESS_PASSES = 14

/**
 * Yields records by page, each once. Every record that exists from before the first request to
 * after the last one is among them, or the read throws. There are two ways to know that nothing was
 * missed:
 *
 * 1. Pages overlap by a record, and a page that was shifted is connected by reading between, see
 *    {@link PassReader}. This works for lists that keep their order, and for lists in which an
 *    update moves a record to the head or the tail, with any inserts and deletes meanwhile.
 * 2. Ids are counted, see {@link Tally}. This works for any order.
 *
 * When neither proves it, the pages are read again, a limited number of times. Not detected: a
 * record that an update moves to a position other than the head or the tail, from pages not yet
 * read to pages already read, while the totals change or are missing.
 *
 * @throws TableChangedError at the end, after all records that were found, when there is no proof
 * @throws UnexpectedAnswerError when the gateway ignores the offset
 */
export async function* readRecords(
  fetch: FetchPage,
  options: ReadOptions,
): AsyncGenerator<WireRecord[], void, undefined> {
  const tally = new Tally(options)
  const state: PassState = { tally, isOrdered: true }
  let unproven = 0
  let fruitless = 0
  let missing = Number.POSITIVE_INFINITY
  do {
    const again = tally.passes > 0
    tally.startPass()
    const pass = new PassReader(fetch, options, state)
    for await (const fresh of pass.run()) {
      if (fresh.length > 0) yield fresh
      if (again && tally.proven) return
    }
    if (pass.isWhole || tally.proven) return
    if (!tally.isShuffled) unproven += 1
    fruitless = tally.missing < missing ? 0 : fruitless + 1
    missing = Math.min(missing, tally.missing)
  } while (
    unproven < options.maxPasses &&
    fruitless < MAX_FRUITLESS_PASSES &&
    tally.passes < MAX_SHUFFLED_PASSES
  )
  throw changed(tally)
}

function changed(tally: Tally): TableChangedError {
  const total = tally.total === undefined ? '' : `, and the gateway counts ${tally.total}`
  return new TableChangedError(
    `the table kept changing: ${tally.seen} different records were read in ${tally.passes} passes${total}`,
    {
      hint: 'Retry when fewer writes are in progress, or filter for records that do not change.',
    },
  )
}
