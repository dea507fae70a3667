/** Numbered rows, such as those of a file, to records of a table: one pass over them. */
import type { Outcome, Table, Values } from '@chatlayer-tables/core'
import { contentOf } from '../rows/row-content.ts'
import { isOfTheRow } from '../rows/row-problem.ts'
import type { RowErrors } from '../rows/row-reader.ts'
import { Attempts, attemptedFirst, earlierInserts, type JobStart } from './attempts.ts'
import type { Job } from './job.ts'
import type { InsertTarget, Outcomes } from './job-types.ts'
import type { EarlierMark } from './row-marks.ts'

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

/** Records the outcome of rows, such as `RowRun`. */
export interface RowAccount<Item extends NumberedRow> {
  readonly job: Job
  readonly options: {
    readonly table: InsertTarget
    readonly signal?: AbortSignal | undefined
  }
  readonly isStopping: boolean
  read(item: Item): void
  isDone(item: Item): boolean
  keep(work: () => void): void
  keepWhole(work: () => Promise<void>): Promise<void>
  reject(item: Item, errors: RowErrors): void
  record(item: Item, outcome: Outcome<Values>, content: () => Uint8Array): void
  stopBy(error: unknown, reason: 'gateway' | 'file'): void
}

export interface Pass<Item extends NumberedRow> {
  readonly reader: RowsToWrite<Item>
  readonly table: Table
  /**
   * Whether a row is to be written in this pass, where an earlier pass over the file has rejected
   * those that cannot be (default: all rows).
   */
  readonly isWanted?: ((values: Values) => boolean) | undefined
  /** All that is wrong with a row that the client or the reader has rejected. */
  readonly allErrors?: ((item: Item, first: RowErrors) => Promise<RowErrors>) | undefined
}

export interface InsertPass<Item extends NumberedRow> extends Pass<Item> {
  readonly key?: readonly string[] | undefined
  /** Whether a record is known to have been there before the job, where that is known of any. */
  readonly isStanding?: ((id: string) => boolean) | undefined
  readonly start: JobStart
}

/**
 * Inserts the rows that have no final state yet, many at a time. Those that an earlier process may
 * have sent come first and are resolved before any other is sent: a row sent now could be mistaken
 * for one of them.
 */
export async function insertRows<Item extends NumberedRow>(
  run: RowAccount<Item>,
  pass: InsertPass<Item>,
): Promise<void> {
  const { rows } = run.job
  const { signal, table } = run.options
  const flow = new RowFlow(run, pass)
  const moment = () => table.gatewayMoment()
  const markAndSend = (row: RowToSend<Item>): Values | Promise<Values> => {
    const marking = rows.mark(row.n, moment)
    const send = (): Values => flow.send(row, undefined)
    return marking === undefined ? send() : marking.then(send)
  }
  const attempts = rows.reachedBefore === 0 ? undefined : new Attempts()
  async function* toInsertAfter(open: Attempts): AsyncGenerator<Values, void, undefined> {
    const all = flow.rows((row) => row)
    for await (const { row, attempted } of attemptedFirst(all, rows)) {
      if (attempted === undefined) {
        await open.allResolved()
        if (run.isStopping) return
        await rows.mark(row.n, moment)
      } else {
        open.add(row.n)
      }
      yield flow.send(row, attempted)
    }
  }
  const values = attempts === undefined ? flow.rows(markAndSend) : toInsertAfter(attempts)
  const options = { signal, key: pass.key, earlier: await earlierInserts(run, pass, flow) }
  await flow.receive(
    table.insertMany(values, options),
    attempts && (({ n }) => attempts.resolve(n)),
  )
  for (const { row, attempted } of flow.notTaken()) {
    if (attempted !== undefined) run.keep(() => rows.leaveOpen(row.n))
  }
  // Rows that stay marked are searched for when the job is resumed.
  await run.keepWhole(() => rows.concludeMarks(flow.last))
}

/** What changing records by a key needs of a table. */
interface UpdateTarget extends InsertTarget {
  upsert(...args: Parameters<InsertTarget['insertMany']>): Outcomes<Values>
}

/** Changes the records of the rows that have no final state yet. Repeating that changes no more. */
export async function updateRows<Item extends NumberedRow>(
  run: RowAccount<Item> & { readonly options: { readonly table: Pick<UpdateTarget, 'upsert'> } },
  pass: Pass<Item> & { readonly key: readonly string[] },
): Promise<void> {
  const { signal, table } = run.options
  const flow = new RowFlow(run, pass)
  const values = flow.rows((row) => flow.send(row, undefined))
  await flow.receive(table.upsert(values, { signal, key: pass.key }))
}

/** A row that is about to be sent. */
export type RowToSend<Item extends NumberedRow> = Item & { readonly values: Values }

function hasValues<Item extends NumberedRow>(item: Item): item is RowToSend<Item> {
  return item.values !== undefined
}

/** A row that is handed to the client, until it has ended. */
interface RowInFlight<Item extends NumberedRow> {
  readonly row: RowToSend<Item>
  /** What an earlier process marked before it may have sent the row. */
  readonly attempted: EarlierMark | undefined
  /** Milliseconds of `performance.now()`. */
  readonly handedAt: number
}

/** Rows on their way from where they come from to the client, and their outcomes on the way back. */
export class RowFlow<Item extends NumberedRow> {
  /** The last row that was processed. */
  last = 0
  readonly #run: RowAccount<Item>
  readonly #pass: Pass<Item>
  readonly #inFlight = new Map<number, RowInFlight<Item>>()
  readonly #columns: readonly string[]
  #sent = 0

  constructor(run: RowAccount<Item>, pass: Pass<Item>) {
    this.#run = run
    this.#pass = pass
    this.#columns = pass.reader.columns.map(({ name }) => name)
  }

  /**
   * The rows to be written, until there are no more or the run is to stop.
   *
   * @param give maps a row to what is yielded for it; another generator for that would cost every row
   */
  async *rows<Given>(
    give: (row: RowToSend<Item>) => Given | Promise<Given>,
  ): AsyncGenerator<Given, void, undefined> {
    const run = this.#run
    const { reader, isWanted } = this.#pass
    try {
      for await (const item of reader.rows()) {
        if (run.isStopping) return
        run.read(item)
        if (!run.isDone(item)) {
          const { errors } = item
          if (!hasValues(item)) {
            if (isWanted === undefined && errors !== undefined) await this.#reject(item, errors)
          } else if (isWanted === undefined || isWanted(item.values)) {
            const checking = run.job.certain()
            if (checking !== undefined) await checking
            yield give(item)
          }
        }
        this.last = Math.max(this.last, item.n)
      }
    } catch (error) {
      run.stopBy(error, 'file')
    }
  }

  send(row: RowToSend<Item>, attempted: EarlierMark | undefined): Values {
    this.#inFlight.set(this.#sent++, { row, attempted, handedAt: performance.now() })
    this.last = Math.max(this.last, row.n)
    return row.values
  }

  sent(index: number): RowInFlight<Item> | undefined {
    return this.#inFlight.get(index)
  }

  /** Once the write has ended: the rows that it did not take. */
  notTaken(): Iterable<RowInFlight<Item>> {
    return this.#inFlight.values()
  }

  contentOf({ row }: RowInFlight<Item>): Uint8Array {
    return contentOf(row.values, this.#columns, this.#pass.table)
  }

  /** Runs the write to its end. */
  async receive(
    write: Outcomes<Values>,
    onRecorded?: ((item: Item) => void) | undefined,
  ): Promise<void> {
    try {
      for await (const outcome of write) {
        const item = this.#record(outcome)
        if (outcome.status === 'rejected' && isOfTheRow(outcome.error)) {
          await this.#reject(item, [outcome.error])
        }
        onRecorded?.(item)
      }
    } catch (error) {
      this.#run.stopBy(error, 'gateway')
    }
  }

  /** @returns the row of the outcome; one that is rejected for what it holds is not recorded yet */
  #record(outcome: Outcome<Values>): Item {
    const sent = this.#inFlight.get(outcome.index)
    if (sent === undefined)
      throw new Error(`outcome for row ${outcome.index}, which is not in flight`)
    this.#inFlight.delete(outcome.index)
    const { row, attempted } = sent
    if (outcome.status === 'rejected') {
      if (isOfTheRow(outcome.error)) return row
      // This process did not send it; whether an earlier one did, the next search shows again.
      if (attempted !== undefined) this.#run.job.rows.keepMark(row.n)
    }
    this.#run.record(row, outcome, () => this.contentOf(sent))
    return row
  }

  async #reject(item: Item, first: RowErrors): Promise<void> {
    const errors = (await this.#pass.allErrors?.(item, first)) ?? first
    this.#run.reject(item, errors)
  }
}
