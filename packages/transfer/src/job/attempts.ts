/** Rows of a resumed job that an earlier process may have sent: they come first and are searched for. */
import type { EarlierInserts, GatewayMoment } from '@chatlayer-tables/core'
import type { Job } from './job.ts'
import type { InsertPass, NumberedRow, RowAccount, RowFlow, RowToSend } from './row-flow.ts'

/** What is known of the begin of a job, and of this run of it. */
export interface JobStart {
  /** The gateway's time before the first row of the job was sent, as far as it was known. */
  readonly moment: GatewayMoment | undefined
  /** Whether the table held no record then. */
  readonly wasEmpty: boolean
  /** When this process took the job over, in milliseconds of `performance.now()`. */
  readonly openedAt: number
}

/**
 * Rows that an orderly process had marked and then did not send are known not to have been sent; they
 * come after the rows that may have been.
 */
export async function* attemptedFirst<Item extends NumberedRow>(
  all: AsyncIterable<RowToSend<Item>>,
  rows: Job['rows'],
): AsyncGenerator<RowToSend<Item>, void, undefined> {
  let later: RowToSend<Item>[] = []
  for await (const { item, values } of all) {
    const attempted = rows.attemptedBefore(item.n)
    const row = { item, values, attempted }
    if (attempted === undefined && item.n <= rows.inherited) {
      later.push(row)
      continue
    }
    if (attempted === undefined) {
      yield* later
      later = []
    }
    yield row
  }
  yield* later
}

/**
 * A row that this process sends later than this is not confused with one that an earlier process
 * wrote: the gateway's clock shows which record is which. Within it, the client forgets no record.
 */
const NEAR_MS = 5_000

/** What is known of records that belong to no row that is written now; undefined when nothing is. */
export function earlierInserts<Item extends NumberedRow>(
  { job }: RowAccount<Item>,
  { isStanding, start }: InsertPass<Item>,
  flow: RowFlow<Item>,
): EarlierInserts | undefined {
  const { moment, wasEmpty, openedAt } = start
  if (job.rows.reachedBefore === 0) {
    if (isStanding === undefined) return undefined
    const none = () => undefined
    return { endedAt: openedAt, attempted: none, isTaken: isStanding, anonymous: none }
  }
  const known = job.earlierRows()
  return {
    endedAt: openedAt,
    wasEmpty,
    altered: job.rows.alteredColumns(),
    attempted: (index) => flow.sent(index)?.attempted,
    isTaken: (id) => known.has(id) || isStanding?.(id) === true,
    anonymous(index) {
      const row = flow.sent(index)
      if (row === undefined) return undefined
      if (row.attempted === undefined && row.handedAt - openedAt > NEAR_MS) return undefined
      const count = known.countOf(flow.contentOf(row))
      return count === 0 ? undefined : { count, since: moment }
    },
  }
}

/** The rows that an earlier process may have sent and that are being resolved now. */
export class Attempts {
  readonly #open = new Set<number>()
  #done: (() => void) | undefined

  get areOpen(): boolean {
    return this.#open.size > 0
  }

  add(n: number): void {
    this.#open.add(n)
  }

  resolve(n: number): void {
    if (this.#open.delete(n) && this.#open.size === 0) this.#done?.()
  }

  allResolved(): Promise<void> {
    return new Promise((resolve) => {
      this.#done = resolve
    })
  }
}
