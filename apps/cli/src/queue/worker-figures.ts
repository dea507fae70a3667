/** The health and the figures of a worker, for its HTTP server. */
import type { Queue, QueueWorker } from '@chatlayer-tables/state'
import type { Context } from '../context.ts'
import { readVersion } from '../release.ts'
import type { OrderFigures } from './carry-out.ts'
import type { MetricsSource } from './metrics-server.ts'
import { metricsText, type SharedFigures, type WorkerFigures } from './metrics-text.ts'

/** A database that needs longer to respond is of no use. */
const RESPONSE_MS = 3_000

const ENDS = ['done', 'failed', 'retry', 'back', 'lost']

export class WorkerFiguresOf implements MetricsSource {
  readonly #context: Pick<Context, 'state'>
  readonly #queue: Queue
  readonly #concurrency: number
  readonly #startedAt = Date.now()
  readonly #ended: Record<string, number> = Object.fromEntries(ENDS.map((end) => [end, 0]))
  readonly #totals = { written: 0, rejected: 0, unknown: 0, sent: 0, throttled: 0 }
  readonly #running = new Map<string, () => OrderFigures>()
  #worker: Pick<QueueWorker, 'running' | 'isStopping'> | undefined
  #asked: Promise<SharedFigures> | undefined

  constructor(context: Pick<Context, 'state'>, queue: Queue, concurrency: number) {
    this.#context = context
    this.#queue = queue
    this.#concurrency = concurrency
  }

  of(worker: Pick<QueueWorker, 'running' | 'isStopping'>): void {
    this.#worker = worker
  }

  begun(id: string, tell: () => OrderFigures): void {
    this.#running.set(id, tell)
  }

  ended(id: string, end: string): void {
    this.#ended[end] = (this.#ended[end] ?? 0) + 1
    const found = this.#running.get(id)?.()
    this.#running.delete(id)
    if (found === undefined) return
    for (const name of TOTALS) this.#totals[name] += found[name]
  }

  async problem(): Promise<string | undefined> {
    if (this.#worker?.isStopping !== false) return 'the worker takes no more jobs'
    const shared = await this.#shared()
    return shared === undefined ? 'the database does not respond' : undefined
  }

  async metrics(): Promise<string> {
    const shared = await this.#shared()
    return metricsText(this.#figures(shared !== undefined), shared)
  }

  #figures(isReachable: boolean): WorkerFigures {
    const running = [...this.#running.values()].map((tell) => tell())
    const total = (name: keyof OrderFigures, before = 0): number =>
      running.reduce((sum, figures) => sum + figures[name], before)
    const { written, rejected, unknown, sent, throttled } = this.#totals
    return {
      version: readVersion(),
      isHealthy: isReachable && this.#worker?.isStopping === false,
      concurrency: this.#concurrency,
      running: this.#worker?.running.length ?? 0,
      ended: this.#ended,
      rows: {
        written: total('written', written),
        rejected: total('rejected', rejected),
        unknown: total('unknown', unknown),
      },
      requests: total('sent', sent),
      throttled: total('throttled', throttled),
      pace: total('pace'),
      startedAt: this.#startedAt,
    }
  }

  /** Undefined where the database does not respond in time. Several who ask share one question. */
  async #shared(): Promise<SharedFigures | undefined> {
    this.#asked ??= this.#ask().finally(() => {
      this.#asked = undefined
    })
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const timer = setTimeout(() => resolve(undefined), RESPONSE_MS)
    try {
      return await Promise.race([this.#asked, promise])
    } catch {
      return undefined
    } finally {
      clearTimeout(timer)
    }
  }

  async #ask(): Promise<SharedFigures> {
    const counts = await this.#queue.counts()
    const state = await this.#context.state.open()
    const sessions = await state.listSessions()
    return { counts, sessions: sessions.filter(({ isLive }) => isLive).length }
  }
}

const TOTALS = ['written', 'rejected', 'unknown', 'sent', 'throttled'] as const
