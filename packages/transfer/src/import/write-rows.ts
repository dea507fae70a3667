/** Numbered rows, such as those of a file, to records of a table: one pass over them. */
import type { EarlierInserts, GatewayMoment, Outcome, Table, Values } from '@chatlayer-tables/core'
import type { Job } from '../job/job.ts'
import type { EarlierMark } from '../job/row-states.ts'
import type { ImportTarget, Outcomes } from './import-types.ts'
import { contentOf } from './row-content.ts'
import { isOfTheRow } from './row-problem.ts'
import type { RowErrors } from './row-reader.ts'

/** A row that can be written, or why it cannot; numbers grow from one row to the next. */
export interface NumberedRow {
  readonly n: number
  readonly values?: Values | undefined
  readonly errors?: RowErrors | undefined
}

/** Where rows come from, the same ones in each run of a job. */
export interface RowsToWrite<Item extends NumberedRow> {
  /** The columns that the rows fill. */
  readonly columns: readonly { readonly name: string }[]
  rows(): AsyncIterable<Item>
}

/** Who keeps account of how the rows of a job end. */
export interface RowAccount<Item extends NumberedRow> {
  readonly job: Job
  readonly options: {
    readonly table: Pick<ImportTarget, 'insertMany' | 'gatewayMoment'>
    readonly signal?: AbortSignal | undefined
  }
  /** Whether no further row is to be sent. */
  readonly isStopping: boolean
  /** A row was taken. */
  read(item: Item): void
  /** Whether an earlier run has settled a row. */
  isDone(item: Item): boolean
  /** Writes to the job; what cannot be written stops the run. */
  keep(work: () => void): void
  /** A row that cannot be written, with all that is wrong with it. */
  reject(item: Item, errors: RowErrors): void
  /** @param content what the row shares with equal ones; asked for where its id is not known */
  settle(item: Item, outcome: Outcome<Values>, content: () => Uint8Array): void
  /** What ended a write of many rows, or the reading of them. */
  stopBy(error: unknown, reason: 'gateway' | 'file'): void
}

export interface Pass<Item extends NumberedRow> {
  readonly reader: RowsToWrite<Item>
  readonly table: Table
  /**
   * Whether a row is to be written in this pass, where an earlier pass over the file has rejected
   * those that cannot be; all are to be written when left out.
   */
  readonly isWanted?: ((values: Values) => boolean) | undefined
  /** All that is wrong with a row of which the client or the reader has refused something. */
  readonly allErrors?: ((item: Item, first: RowErrors) => Promise<RowErrors>) | undefined
}

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

/** A row that is handed to the client, until it has ended. */
interface RowInFlight<Item> {
  readonly item: Item
  readonly values: Values
  /** What an earlier process marked before it may have sent the row. */
  readonly attempted: EarlierMark | undefined
  /** In milliseconds of `performance.now()`. */
  readonly handedAt: number
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

/** Rows on their way from the file to the client, and their outcomes on the way back. */
class RowFlow<Item extends NumberedRow> {
  /** The last row that was dealt with. */
  last = 0
  readonly #state: RowAccount<Item>
  readonly #pass: Pass<Item>
  readonly #inFlight = new Map<number, RowInFlight<Item>>()
  readonly #columns: readonly string[]
  #sent = 0

  constructor(state: RowAccount<Item>, pass: Pass<Item>) {
    this.#state = state
    this.#pass = pass
    this.#columns = pass.reader.columns.map(({ name }) => name)
  }

  /** The rows to be written, until there are no more or the import is to stop. */
  async *rows(): AsyncGenerator<{ item: Item; values: Values }, void, undefined> {
    const state = this.#state
    const { reader, isWanted } = this.#pass
    try {
      for await (const item of reader.rows()) {
        if (state.isStopping) return
        state.read(item)
        const { values, errors } = item
        if (!state.isDone(item)) {
          if (values === undefined) {
            if (isWanted === undefined && errors !== undefined) await this.#reject(item, errors)
          } else if (isWanted === undefined || isWanted(values)) {
            yield { item, values }
          }
        }
        this.last = Math.max(this.last, item.n)
      }
    } catch (error) {
      state.stopBy(error, 'file')
    }
  }

  send(item: Item, values: Values, attempted: EarlierMark | undefined): Values {
    const row = { item, values, attempted, handedAt: performance.now() }
    this.#inFlight.set(this.#sent++, row)
    this.last = Math.max(this.last, item.n)
    return values
  }

  sent(index: number): RowInFlight<Item> | undefined {
    return this.#inFlight.get(index)
  }

  /** Once the write has ended: the rows that it did not take. */
  notTaken(): Iterable<RowInFlight<Item>> {
    return this.#inFlight.values()
  }

  contentOf({ values }: RowInFlight<Item>): Uint8Array {
    return contentOf(values, this.#columns, this.#pass.table)
  }

  /** Runs the write to its end. */
  async settle(
    write: Outcomes<Values>,
    onSettled?: ((item: Item) => void) | undefined,
  ): Promise<void> {
    try {
      for await (const outcome of write) {
        const item = this.#settle(outcome)
        if (outcome.status === 'rejected' && isOfTheRow(outcome.error)) {
          await this.#reject(item, [outcome.error])
        }
        onSettled?.(item)
      }
    } catch (error) {
      this.#state.stopBy(error, 'gateway')
    }
  }

  /** @returns the row of the outcome; one that is rejected for what it holds is not settled yet */
  #settle(outcome: Outcome<Values>): Item {
    const row = this.#inFlight.get(outcome.index)
    if (row === undefined) throw new Error(`an outcome for row ${outcome.index}, which is not out`)
    this.#inFlight.delete(outcome.index)
    const { item, attempted } = row
    if (outcome.status === 'rejected') {
      if (isOfTheRow(outcome.error)) return item
      // This process did not send it; whether an earlier one did, the next search shows again.
      if (attempted !== undefined) this.#state.job.rows.keepMark(item.n)
    }
    this.#state.settle(item, outcome, () => this.contentOf(row))
    return item
  }

  async #reject(item: Item, first: RowErrors): Promise<void> {
    const errors = (await this.#pass.allErrors?.(item, first)) ?? first
    this.#state.reject(item, errors)
  }
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
