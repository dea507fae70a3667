/** What a worker does with orders: takes them, shows that it lives, and says how they ended. */
import type { PgBoss } from 'pg-boss'
import type { Database } from '../database.ts'
import { APPLIES, withinTransaction } from './boss.ts'
import {
  ADD_LINES,
  BEGIN_RUN,
  HELD,
  HOLD,
  KEEP_PROGRESS,
  LATER_OF_SCHEDULE,
  SETTLE_RUN,
  TRIM_LINES,
} from './queue-sql.ts'
import type { Claim, OrderData, QueueWorkerName, Verdict } from './queue-types.ts'

/** Attempts that fail before an order has failed, and workers that may die with it. */
const MAX_FAILURES = 6
const MAX_LOST = 20

const FIRST_DELAY_MS = 5_000
const MAX_DELAY_MS = 900_000

/** Lines of a job's log that are kept, and characters of each. */
const MAX_LINES = 1_000
const MAX_LINE_LENGTH = 2_000

/** Done twice, a settled claim is found lost, and lines are there twice. */
const REPEATABLE = { isRepeatable: true }

/** What is new of a run since it was kept last. */
export interface RunNews {
  readonly lines: readonly string[]
  readonly progress?: object | undefined
  /** The id of the job in the `JobStore`. */
  readonly job?: string | undefined
}

export class Claims {
  readonly #database: Database
  readonly #boss: PgBoss
  readonly #worker: QueueWorkerName

  constructor(database: Database, boss: PgBoss, worker: QueueWorkerName) {
    this.#database = database
    this.#boss = boss
    this.#worker = worker
  }

  /**
   * Takes the next order, of those with the highest priority the oldest.
   *
   * @returns undefined where none can be taken now
   * @throws StorageError
   */
  async take(): Promise<Claim | undefined> {
    for (;;) {
      const [job] = await this.#boss.fetch<OrderData>(APPLIES, { includeMetadata: true })
      if (job === undefined) return undefined
      const { host, pid } = this.#worker
      const { id, retryCount: attempt, data: order } = job
      const [run] = await this.#database.query(BEGIN_RUN, [id, attempt, host, pid])
      const claim: Claim = {
        ...{ id, attempt, order, queuedAt: job.createdOn.getTime() },
        ...{ failures: Number(run?.failures), lost: Number(run?.lost) },
        isRepeated: attempt > 0,
      }
      if (claim.lost > MAX_LOST) {
        const reason = `${claim.lost} workers ended while they carried it out`
        await this.settle(claim, { end: 'failed', reason })
      } else if (await this.#isSuperseded(claim)) {
        await this.#complete(claim, { end: 'skipped', reason: 'a later one was waiting' })
      } else return claim
    }
  }

  /** Shows that these are being worked on. @returns the ids of those that this worker still has */
  async touch(claims: readonly Claim[]): Promise<Set<string>> {
    if (claims.length === 0) return new Set()
    const attempts = claims.map(({ id, attempt }) => ({ id, retryCount: attempt }))
    await this.#boss.touch(APPLIES, attempts)
    const rows = await this.#database.query(HELD, [
      claims.map(({ id }) => id),
      claims.map(({ attempt }) => attempt),
    ])
    return new Set(rows.map(({ id }) => String(id)))
  }

  /** Keeps progress and log lines of a run. */
  async keep({ id, attempt }: Claim, { lines, progress, job }: RunNews): Promise<void> {
    const texts = lines.slice(-MAX_LINES).map((line) => line.slice(0, MAX_LINE_LENGTH))
    await this.#database.transaction(async (run) => {
      const shown = progress === undefined ? null : JSON.stringify(progress)
      const [row] = await run(KEEP_PROGRESS, [id, attempt, shown, job ?? null, texts.length])
      // Another worker has it.
      if (row === undefined || texts.length === 0) return
      const last = Number(row.lines)
      await run(ADD_LINES, [id, last - texts.length + 1, texts])
      await run(TRIM_LINES, [id, last - MAX_LINES + 1])
    }, REPEATABLE)
  }

  /** Whether one more failure is the end of an order. */
  isLastAttempt({ failures }: Claim): boolean {
    return failures + 1 >= MAX_FAILURES
  }

  /**
   * Says how an order ended.
   *
   * @returns what became of it; `lost` where another worker has it, or it was cancelled
   */
  async settle(claim: Claim, verdict: Verdict): Promise<Settled> {
    if (verdict.end === 'done' || verdict.end === 'failed')
      return await this.#complete(claim, verdict)
    if (verdict.end === 'retry' && this.isLastAttempt(claim)) {
      return await this.#complete(claim, { ...verdict, end: 'failed' })
    }
    const isFailure = verdict.end === 'retry'
    const afterMs = verdict.end === 'retry' ? delayOf(claim.failures) : verdict.afterMs
    return await this.#settle(claim, isFailure, verdict.reason, async (db) => {
      const { id, attempt: retryCount } = claim
      await this.#boss.fail(APPLIES, { id, retryCount }, { reason: verdict.reason }, { db })
      await this.#boss.update(APPLIES, undefined, { id, startAfter: afterMs / 1_000, db })
      return { end: verdict.end, afterMs }
    })
  }

  #complete(claim: Claim, output: Completion): Promise<Settled> {
    const { id, attempt: retryCount } = claim
    return this.#settle(claim, output.end === 'failed', output.reason, async (db) => {
      await this.#boss.complete(APPLIES, { id, retryCount }, output, { db })
      return { end: output.end }
    })
  }

  async #settle(
    { id, attempt }: Claim,
    isFailure: boolean,
    reason: string | undefined,
    work: (db: ReturnType<typeof withinTransaction>) => Promise<Settled>,
  ): Promise<Settled> {
    return await this.#database.transaction(async (run) => {
      const held = await run(HOLD, [id, attempt])
      if (held.length === 0) return { end: 'lost' }
      await run(SETTLE_RUN, [id, attempt, isFailure, reason ?? null])
      return await work(withinTransaction(run))
    }, REPEATABLE)
  }

  async #isSuperseded({ id, order, isRepeated }: Claim): Promise<boolean> {
    // One that has begun is brought to its end.
    if (order.schedule === undefined || isRepeated) return false
    return (await this.#database.query(LATER_OF_SCHEDULE, [order.schedule, id])).length > 0
  }
}

export interface Settled {
  readonly end: Verdict['end'] | 'skipped' | 'lost'
  /** Milliseconds until it can be taken again. */
  readonly afterMs?: number | undefined
}

interface Completion {
  readonly end: 'done' | 'failed' | 'skipped'
  readonly reason?: string | undefined
  readonly result?: object | undefined
}

/** 5 s, then three times as long each time, with a fifth of jitter. */
function delayOf(failures: number): number {
  const delay = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 3 ** failures)
  return Math.round(delay * (0.9 + Math.random() * 0.2))
}
