/**
 * The input of a bulk write: rows are taken one at a time by any number of callers, and the input
 * is closed when the write ends.
 */
import { InvalidInputError } from '../errors.ts'
import { describe } from '../values/literal.ts'

export type Rows<Row> = Iterable<Row> | AsyncIterable<Row>

export interface NumberedRow<Row> {
  readonly row: Row
  /** Position in the input, from 0. */
  readonly index: number
}

interface Asker<Row> {
  readonly give: (row: NumberedRow<Row> | undefined) => void
  readonly fail: (error: unknown) => void
}

export interface RowSource<Row> {
  /** Number of rows, if known in advance. */
  readonly count: number | undefined
  /**
   * The next row; undefined at the end, or when the source was closed. Rejects with the exception
   * of the input.
   */
  next(): Promise<NumberedRow<Row> | undefined>
  /**
   * Closes the input; waiting callers get no row. It does not wait for an input that is still
   * producing its next row: that may never end.
   */
  close(): Promise<void>
}

export function createRowSource<Row>(rows: Rows<Row>): RowSource<Row> {
  const iterator = iteratorOf(rows)
  const askers: Asker<Row>[] = []
  let index = 0
  let ended = false
  let taking = false

  async function serve(): Promise<void> {
    taking = true
    while (askers.length > 0 && !ended) {
      try {
        const step = await iterator.next()
        if (step.done === true) ended = true
        else if (!ended) askers.shift()?.give({ row: step.value, index: index++ })
      } catch (error) {
        ended = true
        askers.shift()?.fail(error)
      }
    }
    taking = false
    dismiss()
  }

  function dismiss(): void {
    for (const asker of askers.splice(0)) asker.give(undefined)
  }

  return {
    count: Array.isArray(rows) ? rows.length : undefined,
    next: () =>
      new Promise((give, fail) => {
        askers.push({ give, fail })
        if (!taking) void serve()
      }),
    async close() {
      dismiss()
      if (ended) return
      ended = true
      const closed = iterator.return?.()
      if (taking) Promise.resolve(closed).catch(() => undefined)
      else await closed
    },
  }
}

/** An input whose first rows were read; they are repeated before the others. */
export class PeekedRows<Row> implements AsyncIterableIterator<Row> {
  readonly first: readonly Row[]
  readonly #iterator: Iterator<Row> | AsyncIterator<Row>
  /** The request to the input that was open when reading stopped. */
  #pending: Promise<IteratorResult<Row>> | undefined
  #given = 0

  private constructor(
    iterator: Iterator<Row> | AsyncIterator<Row>,
    first: readonly Row[],
    pending: Promise<IteratorResult<Row>> | undefined,
  ) {
    this.first = first
    this.#iterator = iterator
    this.#pending = pending
  }

  /** @param timeoutMs maximum time to wait for the input */
  static async peek<Row>(
    rows: Rows<Row>,
    most: number,
    timeoutMs: number,
  ): Promise<PeekedRows<Row>> {
    const iterator = iteratorOf(rows)
    const first: Row[] = []
    const late = Promise.withResolvers<undefined>()
    const timer = setTimeout(() => late.resolve(undefined), timeoutMs)
    let pending: Promise<IteratorResult<Row>> | undefined
    try {
      while (first.length < most) {
        pending = nextOf(iterator)
        const step = await Promise.race([pending, late.promise])
        if (step === undefined || step.done === true) break
        first.push(step.value)
        pending = undefined
      }
    } catch {
      // An exception of the input is kept in `pending` and comes after the rows before it.
    } finally {
      clearTimeout(timer)
    }
    return new PeekedRows(iterator, first, pending)
  }

  async next(): Promise<IteratorResult<Row>> {
    const known = this.first[this.#given]
    if (this.#given < this.first.length) {
      this.#given++
      return { done: false, value: known as Row }
    }
    const step = this.#pending ?? nextOf(this.#iterator)
    this.#pending = undefined
    return step
  }

  async return(): Promise<IteratorResult<Row>> {
    await this.#iterator.return?.()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}

/** @throws InvalidInputError where the rows cannot be iterated, such as for one row alone */
function iteratorOf<Row>(rows: Rows<Row>): Iterator<Row> | AsyncIterator<Row> {
  if (rows !== null && typeof rows === 'object') {
    if (Symbol.asyncIterator in rows) return rows[Symbol.asyncIterator]()
    if (Symbol.iterator in rows) return rows[Symbol.iterator]()
  }
  throw new InvalidInputError(`the rows must be iterable, not ${describe(rows)}`, {
    field: 'rows',
    hint: 'Pass an array, a generator or another iterable.',
  })
}

/** An exception of a synchronous input becomes a rejection. */
async function nextOf<Row>(
  iterator: Iterator<Row> | AsyncIterator<Row>,
): Promise<IteratorResult<Row>> {
  return iterator.next()
}
