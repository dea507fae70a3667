/** Rows of a resumed job that an earlier process may have sent: they come first and are searched for. */
import type { EarlierInserts, GatewayMoment } from '@chatlayer-tables/core'
import type { Job } from './job.ts'
import type { InsertPass, NumberedRow, RowAccount, RowFlow, RowToSend } from './row-flow.ts'
import type { EarlierMark } from './row-marks.ts'

/** What is known of the start of a job, and of this run of it. */
export interface JobStart {
  /** The gateway's time before the first row of the job was sent, as far as it was known. */
  readonly moment: GatewayMoment | undefined
  /** Whether the table held no record then. */
  readonly wasEmpty: boolean
  /** When this process took the job over, in milliseconds of `performance.now()`. */
  readonly openedAt: number
}

interface OrderedRow<Item extends NumberedRow> {
  readonly row: RowToSend<Item>
  /** What an earlier process marked before it may have sent the row. */
  readonly attempted: EarlierMark | undefined
}

/**
 * Rows that an orderly process had marked and then did not send are known not to have been sent; they
 * come after the rows that may have been.
 */
export async function* attemptedFirst<Item extends NumberedRow>(
  all: AsyncIterable<RowToSend<Item>>,
  rows: Job['rows'],
): AsyncGenerator<OrderedRow<Item>, void, undefined> {
  let later: OrderedRow<Item>[] = []
  for await (const row of all) {
    const attempted = rows.attemptedBefore(row.n)
    const ordered = { row, attempted }
    if (attempted === undefined && row.n <= rows.inherited) {
      later.push(ordered)
      continue
    }
    if (attempted === undefined) {
      yield* later
      later = []
    }
    yield ordered
  }
  yield* later
}

/**
 * A row that this process sends later than this is not confused with one that an earlier process
 * wrote: the gateway's clock shows which record is which. Within it, the client forgets no record.
 */
const NEAR_MS = 5_000

/** What is known of records that belong to no row that is written now; undefined when nothing is. */
export async function earlierInserts<Item extends NumberedRow>(
  { job }: RowAccount<Item>,
  { isStanding, start }: InsertPass<Item>,
  flow: RowFlow<Item>,
): Promise<EarlierInserts | undefined> {
  const { moment, wasEmpty, openedAt } = start
  if (job.rows.reachedBefore === 0) {
    if (isStanding === undefined) return undefined
    const none = () => undefined
    const takenOf = (ids: readonly string[]) => new Set(ids.filter(isStanding))
    return { endedAt: openedAt, attempted: none, takenOf, anonymous: none }
  }
  const known = await job.earlierRows()
  return {
    endedAt: openedAt,
    wasEmpty,
    altered: job.rows.alteredColumns(),
    attempted: (index) => flow.sent(index)?.attempted,
    takenOf: (ids) => new Set(ids.filter((id) => known.has(id) || isStanding?.(id) === true)),
    anonymous(index) {
      const sent = flow.sent(index)
      if (sent === undefined) return undefined
      if (sent.attempted === undefined && sent.handedAt - openedAt > NEAR_MS) return undefined
      const count = known.countOf(flow.contentOf(sent))
      return count === 0 ? undefined : { count, since: moment }
    },
  }
}

/** The rows that an earlier process may have sent and that are being resolved now. */
export class Attempts {
  readonly #open = new Set<number>()
  #done: (() => void) | undefined

  add(n: number): void {
    this.#open.add(n)
  }

  resolve(n: number): void {
    if (this.#open.delete(n) && this.#open.size === 0) this.#done?.()
  }

  allResolved(): Promise<void> | undefined {
    if (this.#open.size === 0) return undefined
    return new Promise((resolve) => {
      this.#done = resolve
    })
  }
}
