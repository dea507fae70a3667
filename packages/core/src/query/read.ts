/** Reads everything that an offset-paged read answers, each record once, and knows whether it is all. */
import type { WireRecord } from '@chatlayer-tables/contract'
import { TableChangedError } from '../errors.ts'
import type { FetchPage, Page } from './page.ts'
import { PassReader, type PassState } from './pass.ts'
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

/** Passes over a table that prove nothing before a read fails. */
export const MAX_PASSES = 3

/**
 * Where every page comes in an order of its own, a pass shows some 63% of the records, and those
 * that all passes missed shrink by that much each time: 3,400 records take some ten passes. The proof
 * takes as many again, see {@link Tally}.
 */
const MAX_SHUFFLED_PASSES = 60
/** Passes in a row that bring the proof no nearer. */
const MAX_FRUITLESS_PASSES = 14

/**
 * Yields records by page, none twice. Every record that exists from before the first request to after
 * the last one is among them, or the read throws. There are two ways to know that nothing was missed:
 *
 * 1. Pages overlap by a record, and a page that was shifted is connected by reading between, see
 *    {@link PassReader}. This holds for lists that keep their order, and for lists in which an
 *    update moves a record to the head or the tail, whatever is inserted and deleted meanwhile.
 * 2. Ids are counted, see {@link Tally}. This holds for any order.
 *
 * When neither proves it, the pages are read again, a bounded number of times. Not noticed: a
 * record that an update moves elsewhere than to the head or the tail, from pages that are still to
 * be read to pages that were, while the totals change or are missing.
 *
 * @throws TableChangedError at the end, after everything that was found, when a doubt remains
 * @throws UnexpectedAnswerError when the gateway ignores the offset
 */
export async function* readRecords(
  fetch: FetchPage,
  options: ReadOptions,
): AsyncGenerator<WireRecord[], void, undefined> {
  const tally = new Tally(options)
  const state: PassState = { tally, isOrdered: true }
  let doubtful = 0
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
    if (!tally.isShuffled) doubtful += 1
    fruitless = tally.missing < missing ? 0 : fruitless + 1
    missing = Math.min(missing, tally.missing)
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
    {
      hint: 'Read again when fewer writes are in progress, or filter for records that do not change.',
    },
  )
}
