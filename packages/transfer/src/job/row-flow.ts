/** Rows on their way from where they come from to the client, and their outcomes on the way back. */
import type { Outcome, Table, Values } from '@chatlayer-tables/core'
import type { ImportTarget, Outcomes } from '../import/import-types.ts'
import { contentOf } from '../rows/row-content.ts'
import { isOfTheRow } from '../rows/row-problem.ts'
import type { RowErrors } from '../rows/row-reader.ts'
import type { Job } from './job.ts'
import type { EarlierMark } from './row-states.ts'

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

/** A row that is handed to the client, until it has ended. */
interface RowInFlight<Item> {
  readonly item: Item
  readonly values: Values
  /** What an earlier process marked before it may have sent the row. */
  readonly attempted: EarlierMark | undefined
  /** In milliseconds of `performance.now()`. */
  readonly handedAt: number
}

export class RowFlow<Item extends NumberedRow> {
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
