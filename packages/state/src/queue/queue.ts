/** The queue of a database: orders, schedules, and what workers keep of them. */
import { createHash, randomUUID } from 'node:crypto'
import { InvalidInputError, NotFoundError } from '@chatlayer-tables/core'
import type { PgBoss } from 'pg-boss'
import type { Database, Run } from '../database.ts'
import { APPLIES, startBoss, stopBoss, withinTransaction } from './boss.ts'
import { Claims } from './claims.ts'
import {
  COUNT,
  COUNT_SCHEDULES,
  FIND,
  jobOf,
  KEEP_FILE,
  LIST,
  PRUNE,
  READ_FILES,
  READ_LINES,
  statusOf,
} from './queue-sql.ts'
import type {
  OrderData,
  QueueCounts,
  QueuedJob,
  QueueFile,
  QueueLine,
  QueueOrder,
  QueueSchedule,
  QueueStatus,
  QueueWorkerName,
  StoredFile,
} from './queue-types.ts'

export interface OpenQueueOptions {
  /** Of a worker, which takes orders, looks after lost workers, and sends what is scheduled. */
  readonly worker?: QueueWorkerName | undefined
  /** Called for errors of what is done in the background. */
  readonly onError?: ((error: Error) => void) | undefined
}

/** Jobs that a list has at most. */
const MAX_LISTED = 500

const REPEATABLE = { isRepeatable: true }

const OVER: ReadonlySet<QueueStatus> = new Set(['done', 'failed', 'cancelled', 'skipped'])

export class Queue implements AsyncDisposable {
  readonly #database: Database
  readonly #boss: PgBoss

  private constructor(database: Database, boss: PgBoss) {
    this.#database = database
    this.#boss = boss
  }

  /**
   * Opens the queue, and makes or updates its tables where that is due.
   *
   * @param database closed with the queue
   * @throws StorageError
   */
  static async open(database: Database, options: OpenQueueOptions = {}): Promise<Queue> {
    const { worker, onError = () => undefined } = options
    return new Queue(
      database,
      await startBoss(database, { isWorker: worker !== undefined, onError }),
    )
  }

  /**
   * Puts an order into the queue, with its files.
   *
   * @returns its id
   * @throws StorageError
   */
  async enqueue(order: QueueOrder): Promise<string> {
    // An own id: the transaction can be repeated where its answer was lost.
    const id = randomUUID()
    await this.#database.transaction(async (run) => {
      const data = await storeFiles(run, order)
      const { priority = 0, key } = order
      const db = withinTransaction(run)
      await this.#boss.send(APPLIES, data, { id, priority, singletonKey: keyOf(key), db })
    }, REPEATABLE)
    return id
  }

  /** All that is kept of the last orders, newest first. @throws StorageError */
  async list(): Promise<QueuedJob[]> {
    return (await this.#database.query(LIST, [MAX_LISTED])).map(jobOf)
  }

  /**
   * @param idOrStart an id, or as much of its beginning as only one has
   * @throws NotFoundError, InvalidInputError where it is ambiguous
   */
  async show(idOrStart: string): Promise<QueuedJob> {
    const found = await this.find(idOrStart)
    if (found !== undefined) return found
    throw new NotFoundError(`there is no queued job "${idOrStart}"`)
  }

  /** @returns undefined where there is none @throws InvalidInputError where it is ambiguous */
  async find(idOrStart: string): Promise<QueuedJob | undefined> {
    if (!/^[0-9a-f-]+$/.test(idOrStart)) return undefined
    const [first, second] = (await this.#database.query(FIND, [idOrStart])).map(jobOf)
    if (second === undefined || first?.id === idOrStart) return first
    throw new InvalidInputError(`several queued jobs begin with ${idOrStart}`, {
      hint: `Use more of the id, such as ${first?.id} or ${second.id}.`,
    })
  }

  /**
   * Cancels an order. One that runs is stopped by its worker within seconds; what it has written stays.
   *
   * @throws as {@link show} does, and InvalidInputError where it has ended
   */
  async cancel(idOrStart: string): Promise<QueuedJob> {
    const job = await this.show(idOrStart)
    if (OVER.has(job.status)) throw ended(job)
    await this.#boss.cancel(APPLIES, job.id)
    const after = await this.show(job.id)
    if (after.status !== 'cancelled') throw ended(after)
    return after
  }

  /** The last lines of a job's log. @param after only lines after this number */
  async lines(id: string, { after = 0, limit = 200 } = {}): Promise<QueueLine[]> {
    const rows = await this.#database.query(READ_LINES, [id, after, limit])
    return rows.map(({ number, at, text }) => ({
      ...{ number: Number(number), at: Number(at), text: String(text) },
    }))
  }

  /** The files of an order. @throws StorageError */
  async files(order: Pick<OrderData, 'files'>): Promise<QueueFile[]> {
    const digests = order.files.map(({ digest }) => digest)
    const rows = await this.#database.query(READ_FILES, [digests])
    const contents = new Map(rows.map(({ digest, content }) => [digest, content as Uint8Array]))
    return order.files.map(({ path, digest }) => {
      const content = contents.get(digest)
      if (content === undefined) throw new Error(`the queue has lost the file ${path}`)
      return { path, content }
    })
  }

  /**
   * Sends an order again and again. A schedule of the same key is replaced.
   *
   * @param key letters, digits, `_`, `-`, `.` and `/`
   * @param cron five fields
   * @throws InvalidInputError for an invalid cron text, time zone or key
   */
  async schedule(
    key: string,
    order: QueueOrder,
    { cron, timezone }: { readonly cron: string; readonly timezone: string },
  ): Promise<QueueSchedule> {
    this.#next(cron, timezone)
    if (!/^[\w./-]+$/.test(key)) {
      throw new InvalidInputError(`the name "${key}" of a schedule is not valid`, {
        hint: 'Use letters, digits, "_", "-", "." and "/".',
      })
    }
    await this.#database.transaction(async (run) => {
      const data: OrderData = { ...(await storeFiles(run, order)), schedule: key }
      await this.#boss.schedule(APPLIES, cron, data, {
        ...{ tz: timezone, key, missed: 'once', priority: order.priority ?? 0 },
        ...{ singletonKey: keyOf(order.key), db: withinTransaction(run) },
      })
    }, REPEATABLE)
    const found = (await this.schedules()).find((each) => each.key === key)
    if (found === undefined) throw new Error(`the schedule ${key} was removed meanwhile`)
    return found
  }

  /** @returns whether there was one */
  async unschedule(key: string): Promise<boolean> {
    const found = await this.#boss.getSchedule(APPLIES, key)
    await this.#boss.unschedule(APPLIES, key)
    return found !== null
  }

  async schedules(): Promise<QueueSchedule[]> {
    const found = await this.#boss.getSchedules(APPLIES)
    return found.map(({ key, cron, timezone, data, options }) => ({
      ...(data as OrderData),
      ...{ key, cron, timezone, priority: options?.priority ?? 0 },
      next: this.#next(cron, timezone),
    }))
  }

  /** @throws StorageError */
  async counts(): Promise<QueueCounts> {
    const rows = await this.#database.query(COUNT)
    const [schedules] = await this.#database.query(COUNT_SCHEDULES)
    const states = { ...NONE }
    for (const { state, result, count } of rows) states[statusOf(state, result)] += Number(count)
    return {
      states,
      oldestWaitingSeconds: Math.max(0, ...rows.map(({ oldest }) => Number(oldest))),
      schedules: Number(schedules?.count ?? 0),
    }
  }

  /** Removes logs, progress and files of orders that are no longer kept. */
  async prune(): Promise<void> {
    for (const statement of PRUNE) await this.#database.query(statement)
  }

  /** What a worker does with orders. */
  claims(worker: QueueWorkerName): Claims {
    return new Claims(this.#database, this.#boss, worker)
  }

  async close(): Promise<void> {
    await stopBoss(this.#boss)
    await this.#database.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #next(cron: string, timezone: string): number[] {
    try {
      const times = this.#boss.previewSchedule(cron, { tz: timezone, count: 3 })
      return times.map((time) => time.getTime())
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new InvalidInputError(`the schedule "${cron}" (${timezone}) is not valid: ${reason}`)
    }
  }
}

const NONE: Record<QueueStatus, number> = {
  ...{ queued: 0, retrying: 0, running: 0, done: 0, failed: 0, cancelled: 0, skipped: 0 },
}

async function storeFiles(run: Run, { name, work, files, by }: QueueOrder): Promise<OrderData> {
  const stored: StoredFile[] = []
  for (const { path, content } of files) {
    const digest = createHash('sha256').update(content).digest('hex')
    await run(KEEP_FILE, [digest, content])
    stored.push({ path, digest, size: content.length })
  }
  return { name, work, files: stored, by }
}

/** Keys may be long and have names of tables in them. */
function keyOf(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 32)
}

function ended({ id, status }: QueuedJob): InvalidInputError {
  return new InvalidInputError(`the queued job ${id} has ended: ${status}`)
}
