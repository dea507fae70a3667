import { ChatlayerError, ConnectionError, InvalidInputError } from '../errors.ts'
import type { Outcome } from '../types.ts'
import { AfterFailure } from './listener.ts'
import type { Report } from './report.ts'
import { createRowSource, type RowSource, type Rows } from './rows.ts'
import { createOutcomeTally } from './tally.ts'

/** Rows of a call in flight at once. The gate decides how many requests are. */
const ROWS_IN_FLIGHT = 128
/** Outcomes that may wait for a slow reader before the write takes no more rows. */
const MAX_WAITING = 1_000
/** Consecutive rows that reached no gateway, after which the remaining rows are not sent. */
const GONE_AFTER = 20

export interface BulkOptions {
  readonly signal?: AbortSignal | undefined
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
 * A write of many rows. Iterate it for the outcomes (in order of completion; `index` is the
 * position in the input), or await it for the report. Rows are taken from the input only as fast as
 * they can be written and read.
 *
 * The error of a row is its outcome. An error of the whole call (credentials, a table that does not
 * exist, an unreachable gateway, the caller's abort, an input that throws) is thrown after the
 * outcomes of all rows that were taken. Rows that were not taken were not sent; neither was a row
 * that the input was still producing. A reader that leaves the loop early ends the write in the
 * same way, without an error.
 */
export class BulkWrite<Row> implements AsyncIterable<Outcome<Row>>, PromiseLike<Report<Row>> {
  readonly #prepare: () => Promise<Work<Row>>
  readonly #options: BulkOptions
  readonly #tally = createOutcomeTally<Row>()
  #report: Promise<Report<Row>> | undefined
  #onOutcome: ((outcome: Outcome<Row>) => Promise<void> | undefined) | undefined
  /** When set, no more rows are taken; `error` is what the call ends with. */
  #ended: { readonly error?: unknown } | undefined
  /** Closes the input, when there is one. */
  #close: (() => Promise<void>) | undefined
  #closed: Promise<void> | undefined
  #unreachable = 0

  /**
   * @internal
   * @param prepare runs once, when the write starts; its exception ends the call with nothing
   *   written
   */
  constructor(prepare: () => Promise<Work<Row>>, options: BulkOptions = {}) {
    this.#prepare = prepare
    this.#options = options
  }

  /** The totals so far; final once the call has ended, also with an error. */
  get progress(): Report<Row> {
    return this.#tally.report()
  }

  /** Runs the write to its end; every call returns the same promise. */
  report(): Promise<Report<Row>> {
    this.#report ??= this.#run()
    return this.#report
  }

  /**
   * Runs the write to its end, and throws where its rows have problems.
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

  async *[Symbol.asyncIterator](): AsyncGenerator<Outcome<Row>, void, undefined> {
    if (this.#report !== undefined)
      throw new Error('this write has already started: iterate it before awaiting it')
    const queue: Outcome<Row>[] = []
    // Created only while the other side waits.
    let room: PromiseWithResolvers<void> | undefined
    let news: PromiseWithResolvers<void> | undefined
    let leaving = false
    this.#onOutcome = (outcome) => {
      queue.push(outcome)
      news?.resolve()
      if (leaving || queue.length < MAX_WAITING) return undefined
      room ??= Promise.withResolvers()
      return room.promise
    }
    let done = false
    const finish = (): void => {
      done = true
      news?.resolve()
    }
    const run = this.report()
    run.then(finish, finish)
    try {
      for (;;) {
        while (queue.length > 0) {
          const batch = queue.splice(0)
          room?.resolve()
          room = undefined
          // Not `yield*`, which costs several promises more for each item.
          for (const outcome of batch) yield outcome
        }
        if (done) break
        news = Promise.withResolvers()
        await news.promise
        news = undefined
      }
    } finally {
      leaving = true
      room?.resolve()
      if (!done) {
        this.#end({})
        await run.catch(() => undefined)
      }
    }
    await run
  }

  async #run(): Promise<Report<Row>> {
    const { signal } = this.#options
    const inFlight = checkInFlight(this.#options.inFlight)
    signal?.throwIfAborted()
    const { rows, write, decided = false } = await this.#prepare()
    const source = createRowSource(rows)
    if (!decided) this.#close = () => source.close()
    const onAbort = (): void => this.#end({ error: signal?.reason })
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      if (signal?.aborted) onAbort()
      if (this.#ended !== undefined) this.#closed ??= this.#close?.()
      const workers = Math.min(inFlight, source.count ?? inFlight)
      await Promise.all(Array.from({ length: workers }, () => this.#work(source, write)))
      await this.#closed
    } finally {
      signal?.removeEventListener('abort', onAbort)
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
        const wait = this.#onOutcome?.(outcome)
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

function checkInFlight(inFlight: number = ROWS_IN_FLIGHT): number {
  if (Number.isSafeInteger(inFlight) && inFlight > 0) return inFlight
  throw new InvalidInputError('inFlight must be a whole number from 1', { field: 'inFlight' })
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
