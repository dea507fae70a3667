import { type ChatlayerError, ConnectionError } from '../errors.ts'
import type { Change, Outcome, Report } from '../types.ts'

/** How many rows of a call are under way at once; how many requests leave is the gate's affair. */
const ROWS_IN_FLIGHT = 128
/** Outcomes that wait for a slow reader before no more rows are taken. */
const MOST_WAITING = 1_000
/** Problems kept in the report. */
const MOST_PROBLEMS = 10_000
/** So many rows in a row that reached nobody: the gateway is gone, and the rest stays unsent. */
const GONE_AFTER = 20

export interface BulkOptions {
  readonly signal?: AbortSignal | undefined
  readonly inFlight?: number | undefined
}

export type Rows<Row> = Iterable<Row> | AsyncIterable<Row>

export interface Work<Row> {
  readonly rows: Rows<Row>
  /** Writes one row. Trouble with it is its outcome; what it throws ends the call. */
  readonly write: (row: Row, index: number) => Promise<Outcome<Row>>
}

/**
 * A write of many rows. Iterate it for the outcomes as they come (in order of completion; `index`
 * is the place in the input), or await it for the report. Rows are taken from the input only as
 * fast as they can be written and read.
 *
 * Trouble with a row is its outcome. Trouble with the whole call (sign-in, a table that is not
 * there, a gateway that is gone, the caller's abort, an input that throws) is thrown, after the
 * outcomes of all rows that were taken; rows that were not taken were not sent.
 */
export class BulkWrite<Row> implements AsyncIterable<Outcome<Row>>, PromiseLike<Report<Row>> {
  readonly #prepare: () => Promise<Work<Row>>
  readonly #options: BulkOptions
  #report: Promise<Report<Row>> | undefined
  readonly #tally = new Tally<Row>()
  #left = false
  #onOutcome: ((outcome: Outcome<Row>) => Promise<void> | undefined) | undefined

  /** @param prepare runs once, when the write starts; what it throws ends the call with nothing written */
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
      return leaving || queue.length < MOST_WAITING ? undefined : room.promise
    }
    let ended = false
    const end = (): void => {
      ended = true
      news.resolve()
    }
    const run = this.report()
    run.then(end, end)
    try {
      for (;;) {
        while (queue.length > 0) {
          const batch = queue.splice(0)
          room.resolve()
          room = Promise.withResolvers()
          yield* batch
        }
        if (ended) break
        await news.promise
        news = Promise.withResolvers()
      }
    } finally {
      // A reader that leaves early ends the write: no further row is taken.
      leaving = true
      if (!ended) this.#left = true
      room.resolve()
      if (!ended) await run.catch(() => undefined)
    }
    await run
  }

  async #run(): Promise<Report<Row>> {
    const { signal, inFlight = ROWS_IN_FLIGHT } = this.#options
    signal?.throwIfAborted()
    const work = await this.#prepare()
    const rows = numbered(work.rows)
    let fatal: { error: unknown } | undefined
    let unreachable = 0
    const worker = async (): Promise<void> => {
      while (fatal === undefined && !this.#left) {
        if (signal?.aborted) fatal ??= { error: signal.reason }
        if (fatal !== undefined) return
        const next = await rows.next()
        if (next === undefined) return
        const outcome = await work.write(next.row, next.index)
        this.#tally.add(outcome)
        unreachable = isUnreachable(outcome) ? unreachable + 1 : 0
        const error = outcome.status === 'ok' ? undefined : fatalError(outcome.error, unreachable)
        if (error !== undefined) fatal ??= { error }
        const wait = this.#onOutcome?.(outcome)
        if (wait !== undefined) await wait
      }
    }
    const fail = (error: unknown): void => {
      fatal ??= { error }
    }
    const workers = Math.max(1, Math.min(inFlight, rows.count ?? inFlight))
    await Promise.all(Array.from({ length: workers }, () => worker().catch(fail)))
    await rows.close()
    if (signal?.aborted) fatal ??= { error: signal.reason }
    if (fatal !== undefined) throw fatal.error
    return this.#tally.report()
  }
}

/** Rows with their places, taken one at a time whoever asks. */
function numbered<Row>(rows: Rows<Row>): {
  next(): Promise<{ row: Row; index: number } | undefined>
  close(): Promise<void>
  readonly count: number | undefined
} {
  const iterator =
    Symbol.asyncIterator in rows ? rows[Symbol.asyncIterator]() : rows[Symbol.iterator]()
  let index = 0
  let ended = false
  let turn: Promise<unknown> = Promise.resolve()
  const take = async (): Promise<{ row: Row; index: number } | undefined> => {
    if (ended) return undefined
    try {
      const step = await iterator.next()
      if (step.done !== true) return { row: step.value, index: index++ }
    } catch (error) {
      ended = true
      throw error
    }
    ended = true
    return undefined
  }
  return {
    count: Array.isArray(rows) ? rows.length : undefined,
    next() {
      const mine = turn.then(take, take)
      turn = mine
      return mine
    },
    async close() {
      if (!ended) await iterator.return?.()
    },
  }
}

function isUnreachable(outcome: Outcome<unknown>): boolean {
  return outcome.status !== 'ok' && ['CONNECTION', 'TIMEOUT'].includes(rootCode(outcome.error))
}

/** The code of what kept an unknown outcome from being settled, or the error's own. */
function rootCode(error: ChatlayerError): string {
  const cause = error.code === 'UNKNOWN_OUTCOME' ? error.cause : undefined
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.code
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

class Tally<Row> {
  readonly #counts = { ok: 0, rejected: 0, unknown: 0 }
  readonly #changes: Record<Change, number> = { inserted: 0, updated: 0, deleted: 0, unchanged: 0 }
  readonly #problems: Outcome<Row>[] = []

  add(outcome: Outcome<Row>): void {
    this.#counts[outcome.status]++
    if (outcome.status === 'ok') this.#changes[outcome.change]++
    else if (this.#problems.length < MOST_PROBLEMS) this.#problems.push(outcome)
  }

  report(): Report<Row> {
    const { ok, rejected, unknown } = this.#counts
    return {
      total: ok + rejected + unknown,
      ok,
      rejected,
      unknown,
      changes: { ...this.#changes },
      problems: [...this.#problems],
    }
  }
}
