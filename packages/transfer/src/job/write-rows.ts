/** Numbered rows, such as those of a file, to records of a table: one pass over them. */
import type { EarlierInserts, GatewayMoment, Values } from '@chatlayer-tables/core'
import type { ImportTarget } from '../import/import-types.ts'
import type { Job } from './job.ts'
import { type NumberedRow, type Pass, type RowAccount, RowFlow } from './row-flow.ts'
import type { EarlierMark } from './row-states.ts'

export interface InsertPass<Item extends NumberedRow> extends Pass<Item> {
  readonly key?: readonly string[] | undefined
  /** Whether a record is known to have been there before the job, where that is known of any. */
  readonly isStanding?: ((id: string) => boolean) | undefined
  readonly start: JobStart
}

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
 * Inserts the rows that have no final state yet, many at a time. Those that an earlier process may
 * have sent come first and are settled before any other leaves: what is sent now could be mistaken
 * for theirs.
 */
export async function insertRows<Item extends NumberedRow>(
  state: RowAccount<Item>,
  pass: InsertPass<Item>,
): Promise<void> {
  const { rows } = state.job
  const { signal, table } = state.options
  const flow = new RowFlow(state, pass)
  const attempts = new Attempts()
  async function* toInsert(): AsyncGenerator<Values, void, undefined> {
    for await (const { item, values, attempted } of attemptedFirst(flow.rows(), rows)) {
      if (attempted === undefined) {
        await attempts.allSettled()
        if (state.isStopping) return
        rows.mark(item.n, () => table.gatewayMoment())
      } else {
        attempts.add(item.n)
      }
      yield flow.send(item, values, attempted)
    }
  }
  const options = { signal, key: pass.key, earlier: earlierInserts(state, pass, flow) }
  await flow.settle(table.insertMany(toInsert(), options), ({ n }) => attempts.settle(n))
  for (const { item, attempted } of flow.notTaken()) {
    if (attempted !== undefined) state.keep(() => rows.leaveOpen(item.n))
  }
  // Rows that stay marked are searched for when the job is resumed.
  state.keep(() => rows.concludeMarks(flow.last))
}

interface RowToInsert<Item> {
  readonly item: Item
  readonly values: Values
  readonly attempted: EarlierMark | undefined
}

/**
 * Rows that an orderly process had marked and then did not send are known not to have been sent; they
 * come after the rows of which that is not known.
 */
async function* attemptedFirst<Item extends NumberedRow>(
  all: AsyncIterable<{ item: Item; values: Values }>,
  rows: Job['rows'],
): AsyncGenerator<RowToInsert<Item>, void, undefined> {
  let later: RowToInsert<Item>[] = []
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

/** Changes the records of the rows that have no final state yet. Repeating that changes no more. */
export async function updateRows<Item extends NumberedRow>(
  state: RowAccount<Item> & { readonly options: { readonly table: Pick<ImportTarget, 'upsert'> } },
  pass: Pass<Item> & { readonly key: readonly string[] },
): Promise<void> {
  const { signal, table } = state.options
  const flow = new RowFlow(state, pass)
  async function* toUpdate(): AsyncGenerator<Values, void, undefined> {
    for await (const { item, values } of flow.rows()) {
      yield flow.send(item, values, undefined)
    }
  }
  await flow.settle(table.upsert(toUpdate(), { signal, key: pass.key }))
}

/**
 * A row that this process sends later than this is not confused with one that an earlier process
 * wrote: the gateway's clock shows which record is which. Within it, the client forgets no record.
 */
const NEAR_MS = 5_000

/** What is known of records that belong to no row that is written now; undefined when nothing is. */
function earlierInserts<Item extends NumberedRow>(
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

/** The rows that an earlier process may have sent and that are being settled now. */
class Attempts {
  readonly #open = new Set<number>()
  #done: (() => void) | undefined

  add(n: number): void {
    this.#open.add(n)
  }

  settle(n: number): void {
    if (this.#open.delete(n) && this.#open.size === 0) this.#done?.()
  }

  allSettled(): Promise<void> | undefined {
    if (this.#open.size === 0) return undefined
    return new Promise((resolve) => {
      this.#done = resolve
    })
  }
}
