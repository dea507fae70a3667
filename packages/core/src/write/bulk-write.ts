import { ChatlayerError, ConnectionError, InvalidInputError } from '../errors.ts'
import { showAs } from '../inspect.ts'
import { isClosed } from '../send/call-errors.ts'
import type { Outcome } from '../types.ts'
import { AfterFailure } from './listener.ts'
import { OutcomeQueue } from './outcome-queue.ts'
import type { Report } from './report.ts'
import { createRowSource, type RowSource, type Rows } from './rows.ts'
import { createOutcomeTally } from './tally.ts'

/** Rows of a call in flight at once. The gate decides how many requests are. */
const ROWS_IN_FLIGHT = 128
/** Consecutive rows that reached no gateway, after which the remaining rows are not sent. */
const GONE_AFTER = 20

export interface BulkOptions {
  readonly signal?: AbortSignal | undefined
  readonly stop?: AbortSignal | undefined
  readonly inFlight?: number | undefined
}

export interface Work<Row> {
  readonly rows: Rows<Row>
  /**
   * Writes one row. Its error is its outcome. An exception ends the call; an {@link AfterFailure}
   * also carries the outcome of the row.
   */
  readonly write: (row: Row, index: number) => Outcome<Row> | Promise<Outcome<Row>>
  /**
   * True where all rows were written together already: each gets its outcome, even if the call
   * ends.
   */
  readonly decided?: boolean | undefined
}

/**
 * A write of many rows. It starts by itself. Iterate it for the outcomes (in order of completion;
 * `index` is the position in the input), or await it for the report. Rows are taken from the input
 * only as fast as they can be written and read.
 *
 * A loop over the outcomes begins where the write is created, before any other `await`: a write that
 * has started without a reader keeps no outcomes. The report can be awaited at any time.
 *
 * The error of a row is its outcome. An error of the whole call (credentials, a table that does not
 * exist, an unreachable gateway, a closed client, the caller's abort, an input that throws) is thrown
 * after the outcomes of all rows that were taken; where the write is neither awaited nor iterated, it
 * is an unhandled rejection. Rows that were not taken were not sent; neither was a row that the input
 * was still producing. A reader that leaves the loop early ends the write in the same way, without an
 * error.
 */
export class BulkWrite<Row> implements AsyncIterable<Outcome<Row>>, PromiseLike<Report<Row>> {
  readonly #prepare: () => Promise<Work<Row>>
  readonly #options: BulkOptions
  readonly #tally = createOutcomeTally<Row>()
  #report: Promise<Report<Row>> | undefined
  #reader: OutcomeQueue<Row> | undefined
  /** When set, no more rows are taken; `error` is what the call ends with. */
  #ended: { readonly error?: unknown } | undefined
  /** Closes the input, when there is one. */
  #close: (() => Promise<void>) | undefined
  #closed: Promise<void> | undefined
  #unreachable = 0

  static {
    showAs(BulkWrite, (write: BulkWrite<unknown>) => {
      const { total, ok, rejected, unknown } = write.progress
      return { hasStarted: write.#report !== undefined, total, ok, rejected, unknown }
    })
  }

  /**
   * @internal
   * @param prepare runs once, when the write starts; its exception ends the call with nothing
   *   written
   */
  constructor(prepare: () => Promise<Work<Row>>, options: BulkOptions = {}) {
    this.#prepare = prepare
    this.#options = options
    // After the current code, so that a loop over the outcomes has begun. A rejection without a
    // handler is reported by Node.
    queueMicrotask(() => void this.report())
  }

  /** The totals so far; final once the call has ended, also with an error. */
  get progress(): Report<Row> {
    return this.#tally.report()
  }

  /** The report at the end of the write; every call returns the same promise. */
  report(): Promise<Report<Row>> {
    this.#report ??= this.#run()
    return this.#report
  }

  /**
   * The report at the end of the write, if every row is `ok`.
   *
   * @throws WriteFailedError unless every row is `ok`
   */
  async orThrow(): Promise<Report<Row>> {
    return (await this.report()).orThrow()
  }

  // biome-ignore lint/suspicious/noThenProperty: awaiting a bulk write gives its report
  then<A = Report<Row>, B = never>(
    onfulfilled?: ((value: Report<Row>) => A | PromiseLike<A>) | null,
    onrejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.report().then(onfulfilled, onrejected)
  }

  /** @throws InvalidInputError when the write has started, or is iterated already */
  [Symbol.asyncIterator](): AsyncGenerator<Outcome<Row>, void, undefined> {
    if (this.#report !== undefined || this.#reader !== undefined) {
      throw new InvalidInputError(
        'the outcomes of this write can no longer be read: it has started',
        {
          hint: 'Begin the loop where the write is created, before any other await, or await its report.',
        },
      )
    }
    const reader = new OutcomeQueue<Row>()
    this.#reader = reader
    return this.#read(reader)
  }

  async *#read(reader: OutcomeQueue<Row>): AsyncGenerator<Outcome<Row>, void, undefined> {
    const run = this.report()
    const finish = (): void => reader.finish()
    run.then(finish, finish)
    try {
      for (;;) {
        const batch = await reader.take()
        if (batch.length === 0) break
        // Not `yield*`, which costs several promises more for each item.
        for (const outcome of batch) yield outcome
      }
    } finally {
      if (!reader.isFinished) {
        reader.leave()
        this.#end({})
        await run.catch(() => undefined)
      }
    }
    await run
  }

  async #run(): Promise<Report<Row>> {
    const { signal, stop, inFlight = ROWS_IN_FLIGHT } = this.#options
    signal?.throwIfAborted()
    stop?.throwIfAborted()
    const { rows, write, decided = false } = await this.#prepare()
    const source = createRowSource(rows)
    if (!decided) this.#close = () => source.close()
    const onAbort = (): void => this.#end({ error: (stop?.aborted ? stop : signal)?.reason })
    signal?.addEventListener('abort', onAbort, { once: true })
    stop?.addEventListener('abort', onAbort, { once: true })
    try {
      if (signal?.aborted || stop?.aborted) onAbort()
      if (this.#ended !== undefined) this.#closed ??= this.#close?.()
      const workers = Math.min(inFlight, source.count ?? inFlight)
      await Promise.all(Array.from({ length: workers }, () => this.#work(source, write)))
      await this.#closed
    } finally {
      signal?.removeEventListener('abort', onAbort)
      stop?.removeEventListener('abort', onAbort)
    }
    if (this.#ended !== undefined && 'error' in this.#ended) throw this.#ended.error
    return this.#tally.report()
  }

  /** Only the first end counts. */
  #end(how: { readonly error?: unknown }): void {
    if (this.#ended !== undefined) return
    this.#ended = how
    this.#closed = this.#close?.()
    // It may fail before it is awaited.
    this.#closed?.catch(() => {})
  }

  /** Writes rows one after the other until there are none left. */
  async #work(source: RowSource<Row>, write: Work<Row>['write']): Promise<void> {
    try {
      for (let next = await source.next(); next !== undefined; next = await source.next()) {
        let outcome: Outcome<Row>
        try {
          outcome = await write(next.row, next.index)
        } catch (error) {
          if (!(error instanceof AfterFailure)) throw error
          outcome = error.outcome as Outcome<Row>
          this.#end({ error: error.error })
        }
        this.#note(outcome)
        const wait = this.#reader?.add(outcome)
        if (wait !== undefined) await wait
      }
    } catch (error) {
      this.#end({ error })
    }
  }

  #note(outcome: Outcome<Row>): void {
    this.#tally.add(outcome)
    if (outcome.status === 'ok') {
      this.#unreachable = 0
      return
    }
    const reached = reachedGateway(outcome.error)
    if (reached !== undefined) this.#unreachable = reached ? 0 : this.#unreachable + 1
    const error = fatalError(outcome.error, this.#unreachable)
    if (error !== undefined) this.#end({ error })
  }
}

/**
 * Whether the error of a row came from a gateway that works; undefined where it does not show that.
 */
function reachedGateway(error: ChatlayerError): boolean | undefined {
  const isUnknown = error.code === 'UNKNOWN_OUTCOME'
  const cause = isUnknown ? error.cause : error
  if (!(cause instanceof ChatlayerError)) return undefined
  // A row that timed out before its turn was held back by our own rate, not by the gateway.
  if (cause.code === 'TIMEOUT' && cause.request?.attempts === 0) return undefined
  // An unknown outcome has a cause when even reading failed.
  return !isUnknown && cause.code !== 'CONNECTION' && cause.code !== 'TIMEOUT'
}

/** Whether the next row would fail with the same error. */
function fatalError(error: ChatlayerError, unreachable: number): ChatlayerError | undefined {
  if (['AUTHENTICATION', 'PERMISSION', 'CONFIGURATION'].includes(error.code)) return error
  // A 404 of the gateway is about the table; a missing record was found by a search.
  if (error.code === 'NOT_FOUND' && error.request !== undefined) return error
  const cause = error.code === 'UNKNOWN_OUTCOME' ? error.cause : error
  if (cause instanceof ChatlayerError && isClosed(cause)) {
    return new ConnectionError('the client was closed; the remaining rows were not sent', {
      hint: 'Await the write before you close its client.',
      request: cause.request,
      cause,
    })
  }
  if (unreachable < GONE_AFTER) return undefined
  return new ConnectionError(
    'the gateway is no longer reachable; the remaining rows were not sent',
    {
      hint: 'Check the connection, then send the rows that are not reported as ok.',
      request: error.request,
      cause: error,
    },
  )
}
