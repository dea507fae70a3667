import { ChatlayerError, ConnectionError, InvalidInputError } from '../errors.ts'
import type { Outcome, Report } from '../types.ts'
import { AfterFailure } from './listener.ts'
import { createRowSource, type RowSource, type Rows } from './rows.ts'
import { createOutcomeTally } from './tally.ts'

/** How many rows of a call are under way at once; how many requests leave is the gate's affair. */
const ROWS_IN_FLIGHT = 128
/** Outcomes that wait for a slow reader before no more rows are taken. */
const MAX_WAITING = 1_000
/** So many rows in a row that reached nobody: the gateway is gone, and the rest stays unsent. */
const GONE_AFTER = 20

export interface BulkOptions {
  readonly signal?: AbortSignal | undefined
  readonly inFlight?: number | undefined
}

export interface Work<Row> {
  readonly rows: Rows<Row>
  /**
   * Writes one row. Trouble with it is its outcome; what it throws ends the call, an
   * {@link AfterFailure} with the outcome that it carries.
   */
  readonly write: (row: Row, index: number) => Outcome<Row> | Promise<Outcome<Row>>
  /** True where all rows were written together already: each gets its outcome, whatever ends the call. */
  readonly decided?: boolean | undefined
}

/**
 * A write of many rows. Iterate it for the outcomes as they come (in order of completion; `index`
 * is the place in the input), or await it for the report. Rows are taken from the input only as
 * fast as they can be written and read.
 *
 * Trouble with a row is its outcome. Trouble with the whole call (sign-in, a table that is not
 * there, a gateway that is gone, the caller's abort, an input that throws) is thrown, after the
 * outcomes of all rows that were taken; rows that were not taken were not sent, nor is a row that the
 * input was still making then. A reader that leaves the loop early ends the write in the same way,
 * without an error.
 */
export class BulkWrite<Row> implements AsyncIterable<Outcome<Row>>, PromiseLike<Report<Row>> {
  readonly #prepare: () => Promise<Work<Row>>
  readonly #options: BulkOptions
  readonly #tally = createOutcomeTally<Row>()
  #report: Promise<Report<Row>> | undefined
  #onOutcome: ((outcome: Outcome<Row>) => Promise<void> | undefined) | undefined
  /** No further row is taken once this is set; `error` is what the call ends with. */
  #ended: { readonly error?: unknown } | undefined
  /** Closes the input, once there is one. */
  #close: (() => Promise<void>) | undefined
  #closed: Promise<void> | undefined
  #unreachable = 0

  /**
   * @internal
   * @param prepare runs once, when the write starts; what it throws ends the call with nothing written
   */
  constructor(prepare: () => Promise<Work<Row>>, options: BulkOptions = {}) {
    this.#prepare = prepare
    this.#options = options
  }

  /** The sums so far; final once the call has ended, also when it ended with an error. */
  get progress(): Report<Row> {
    return this.#tally.report()
  }

  /** Runs the write to its end; the same promise however often it is called. */
  report(): Promise<Report<Row>> {
    this.#report ??= this.#run()
    return this.#report
  }

  // biome-ignore lint/suspicious/noThenProperty: awaiting a bulk write gives its report
  then<A = Report<Row>, B = never>(
    onfulfilled?: ((value: Report<Row>) => A | PromiseLike<A>) | null,
    onrejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.report().then(onfulfilled, onrejected)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Outcome<Row>, void, undefined> {
    if (this.#report !== undefined) throw new Error('this write has started; iterate it first')
    const queue: Outcome<Row>[] = []
    let room = Promise.withResolvers<void>()
    let news = Promise.withResolvers<void>()
    let leaving = false
    this.#onOutcome = (outcome) => {
      queue.push(outcome)
      news.resolve()
      return leaving || queue.length < MAX_WAITING ? undefined : room.promise
    }
    let done = false
    const finish = (): void => {
      done = true
      news.resolve()
    }
    const run = this.report()
    run.then(finish, finish)
    try {
      for (;;) {
        while (queue.length > 0) {
          const batch = queue.splice(0)
          room.resolve()
          room = Promise.withResolvers()
          yield* batch
        }
        if (done) break
        await news.promise
        news = Promise.withResolvers()
      }
    } finally {
      leaving = true
      room.resolve()
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

  /** The first end counts. */
  #end(how: { readonly error?: unknown }): void {
    if (this.#ended !== undefined) return
    this.#ended = how
    this.#closed = this.#close?.()
    // It may fail before its turn to be waited for comes.
    this.#closed?.catch(() => {})
  }

  /** Writes rows one after the other until there are no more. */
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

/** Whether a row's trouble came from a gateway that works; undefined where it tells nothing of that. */
function reachedGateway(error: ChatlayerError): boolean | undefined {
  const isUnknown = error.code === 'UNKNOWN_OUTCOME'
  const cause = isUnknown ? error.cause : error
  if (!(cause instanceof ChatlayerError)) return undefined
  // Having waited in vain for its turn, a row has met our own haste and nobody else.
  if (cause.code === 'TIMEOUT' && cause.request?.attempts === 0) return undefined
  // A row is unknown for a cause when not even reading worked.
  return !isUnknown && cause.code !== 'CONNECTION' && cause.code !== 'TIMEOUT'
}

/** Trouble that the next row would meet as well. */
function fatalError(error: ChatlayerError, unreachable: number): ChatlayerError | undefined {
  if (['AUTHENTICATION', 'PERMISSION', 'CONFIGURATION'].includes(error.code)) return error
  // A 404 of the gateway speaks of the table; a record that is not there was found out by looking.
  if (error.code === 'NOT_FOUND' && error.request !== undefined) return error
  if (unreachable < GONE_AFTER) return undefined
  return new ConnectionError(
    'the gateway cannot be reached any more; the remaining rows were not sent',
    {
      hint: 'Check the connection, then send the rows that are not reported as ok.',
      request: error.request,
      cause: error,
    },
  )
}
